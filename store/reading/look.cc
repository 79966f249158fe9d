#include "store/reading/look.h"

#include <optional>
#include <utility>

#include "store/reading/evidence_scan.h"

namespace etymon::store {

class Look::Impl {
 public:
  Impl(const Memory& memory, std::function<Coverage()> read_coverage)
      : memory_(memory), read_coverage_(std::move(read_coverage)) {}

  // A view is taken anew where an answer of it is gone.
  Result<std::vector<Evidence>> evidence(const EvidenceQuery& query) {
    auto found = read(query);
    if (!found && found.error().code == ErrorCode::kNotFound) {
      let_go();
      found = read(query);
    }
    return found;
  }

  std::shared_ptr<const Coverage> coverage() {
    if (coverage_ == nullptr) {
      coverage_ = std::make_shared<const Coverage>(read_coverage_());
    }
    return coverage_;
  }

 private:
  Result<std::vector<Evidence>> read(const EvidenceQuery& query) {
    if (!view_) {
      Result<EvidenceView> taken = EvidenceView::take(memory_);
      if (!taken) {
        return taken.error();
      }
      view_.emplace(*std::move(taken));
    }
    return view_->evidence(query);
  }

  // What is told of coverage must not be older than what is told of deliveries.
  void let_go() {
    view_.reset();
    coverage_.reset();
  }

  const Memory memory_;
  const std::function<Coverage()> read_coverage_;
  std::optional<EvidenceView> view_;
  std::shared_ptr<const Coverage> coverage_;
};

Look::Look(const Memory& memory, std::function<Coverage()> read_coverage)
    : impl_(std::make_unique<Impl>(memory, std::move(read_coverage))) {}
Look::Look(Look&&) noexcept = default;
Look& Look::operator=(Look&&) noexcept = default;
Look::~Look() = default;

Result<std::vector<Evidence>> Look::evidence(const EvidenceQuery& query) {
  return impl_->evidence(query);
}

std::shared_ptr<const Coverage> Look::coverage() {
  return impl_->coverage();
}

}  // namespace etymon::store
