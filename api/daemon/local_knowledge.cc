#include "api/daemon/local_knowledge.h"

namespace etymon::daemon {

std::shared_ptr<const local::Knowledge> make_knowledge(const LocalConfig& config) {
  return std::make_shared<local::Knowledge>(local::Knowledge::Parts{
      .special_names = std::make_shared<local::SpecialNames>(config.passed_on)});
}

}  // namespace etymon::daemon
