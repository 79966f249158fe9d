// The calling thread: what it is called, and whom it lets pass.
//
// Linux keeps both for each thread, not for the process.
#pragma once

namespace etymon {

// As `top -H` and `ps -T` show it. REQUIRES: 1 to 15 octets.
void name_this_thread(const char* name);

// From now on it, and those it starts, stand behind the threads that answer clients wherever a
// processor is short: nicer by 10, so a ninth of what each of the others gets that want all of one.
// There is no way back without privileges.
void step_behind();

}  // namespace etymon
