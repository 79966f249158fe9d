// An expression with named groups, for what no other reader knows. RE2: its time grows with the
// line and not with the expression's tricks, and it takes no stack.
#include <re2/re2.h>

#include <array>

#include "api/cli/logs/columns.h"
#include "api/cli/logs/log_reader.h"

namespace etymon::cli::logs {
namespace {

constexpr int kGroupsMax = 32;
constexpr int64_t kMemoryMax = 8 << 20;  // octets, of the compiled expression

class RegexReader final : public LogReader {
 public:
  RegexReader(const LogTimes& times, std::unique_ptr<re2::RE2> expression)
      : times_(times), expression_(std::move(expression)) {
    for (const auto& [name, group] : expression_->NamedCapturingGroups()) {
      if (const auto part = part_named(name)) {
        groups_[static_cast<size_t>(*part)] = group;
      }
    }
  }

  std::string_view name() const override { return "regex"; }

  Reading read(std::string_view line, Flow& flow) override {
    std::array<re2::StringPiece, kGroupsMax> found;
    const re2::StringPiece text(line.data(), line.size());
    if (!expression_->Match(text, 0, line.size(), re2::RE2::UNANCHORED, found.data(),
                            expression_->NumberOfCapturingGroups() + 1)) {
      return Reading::kUnknown;
    }
    PartValues values;
    for (size_t i = 0; i < kParts; ++i) {
      const re2::StringPiece& piece = found[static_cast<size_t>(groups_[i])];
      values[i] =
          groups_[i] == 0 ? std::string_view() : std::string_view(piece.data(), piece.size());
    }
    return fill_from_parts(values, times_, flow) ? Reading::kFlow : Reading::kUnknown;
  }

 private:
  const LogTimes& times_;
  std::unique_ptr<re2::RE2> expression_;
  std::array<int, kParts> groups_{};  // by part; 0: the expression has none for it
};

Error invalid(const std::string& message) {
  return {ErrorCode::kInvalidArgument, message};
}

}  // namespace

Result<std::unique_ptr<LogReader>> regex_reader(const LogTimes& times, const std::string& pattern) {
  re2::RE2::Options options(re2::RE2::Quiet);
  options.set_max_mem(kMemoryMax);
  options.set_encoding(re2::RE2::Options::EncodingLatin1);  // lines need not be UTF-8
  auto expression = std::make_unique<re2::RE2>(pattern, options);
  if (!expression->ok()) {
    return invalid("the expression cannot be used: " + expression->error());
  }
  const auto& groups = expression->NamedCapturingGroups();
  for (const auto& [name, group] : groups) {
    if (!part_named(name)) {  // a time of another name, say: all would be asked as of now
      return invalid("the group " + name + " is none of " + part_names() +
                     "; what is no part needs no name: (...)");
    }
  }
  const auto has = [&](const char* name) { return groups.contains(name); };
  if (has("client") != has("address")) {
    return invalid("the groups client and address belong together");
  }
  if (!(has("source") && has("destination")) && !(has("client") && has("address"))) {
    return invalid(
        "the expression needs groups (?P<source>...) and (?P<destination>...), or client and "
        "address; others it may have: " +
        part_names());
  }
  if (expression->NumberOfCapturingGroups() >= kGroupsMax) {
    return invalid("the expression has more than " + std::to_string(kGroupsMax - 1) + " groups");
  }
  return std::unique_ptr<LogReader>(std::make_unique<RegexReader>(times, std::move(expression)));
}

}  // namespace etymon::cli::logs
