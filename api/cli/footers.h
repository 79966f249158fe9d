// What --help says below the options: how times are written, exit statuses. Used by one thread, at
// the start.
#pragma once

namespace CLI {
class App;
}  // namespace CLI

namespace etymon::cli {

// Gives the app all of it, and each of its verbs what concerns that one, in the same words. A verb
// keeps what it has already.
void add_footers(CLI::App& app);

}  // namespace etymon::cli
