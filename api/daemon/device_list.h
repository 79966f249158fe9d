// The operator's list of devices: "NAME ADDRESS" or "NAME MAC", as often as a device has them. Pure
// function.
#pragma once

#include <span>
#include <string>

#include "resolver/base/result.h"
#include "store/hosts/host_book.h"

namespace etymon::daemon {

// Puts all of them into `hosts` in place of those before, or none. Error kInvalidArgument: not of
// this form, a name longer than 32 octets, or one address or MAC for two names.
Status put_devices(std::span<const std::string> entries, store::HostOptions& hosts);

}  // namespace etymon::daemon
