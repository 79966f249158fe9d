#include "api/daemon/forget_notice.h"

namespace etymon::daemon {
namespace {

std::string conditions_of(const store::ForgetRecord& record) {
  const char* const who = record.by_client ? " of a client" : "";
  return who + std::string(record.by_name ? " with a name" : "");
}

std::string stage_of(const store::ForgetNews& news) {
  switch (news.stage) {
    case store::ForgetNews::Stage::kBegun:
      return "has begun";
    case store::ForgetNews::Stage::kResumed:
      return "goes on";
    case store::ForgetNews::Stage::kFailed:
      return "is tried again: " + news.error;
    case store::ForgetNews::Stage::kDone:
      break;
  }
  return "is done: " + std::to_string(news.record.report.deliveries) + " went";
}

}  // namespace

std::string notice_of(const store::ForgetNews& news) {
  return "forgetting deliveries" + conditions_of(news.record) + ", asked for by " + news.record.by +
         ", " + stage_of(news);
}

}  // namespace etymon::daemon
