// What etymond tells its caller when it ends. Scripts and service managers rely on the numbers.
#pragma once

namespace etymon::daemon {

enum class ExitStatus : int {
  kOk = 0,      // stopped in order, or the configuration is good
  kFailed = 1,  // failed while running
  kConfig = 2,  // command line or configuration file is wrong
  kListen = 3,  // an address cannot be listened on: in use, not ours, not permitted
  kStore = 4,   // the store cannot be opened: not writable, held by another process, newer format
};

}  // namespace etymon::daemon
