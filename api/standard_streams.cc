// Standard input, output and error, as the programs find them.
//
// Whoever starts a program may have closed them (`<&-`). The next file or socket that it opens
// would get such a number, and take for its own what is meant for the user: a log line would be
// written into a database, and who waits for input would wait for ever. So each that is closed
// becomes one that nothing can be read from, or written to: whoever tries is told that the
// descriptor is bad, as if it still was closed.
//
// Nobody calls this: it is linked into both programs, and runs before the libraries that they stand
// on begin their work, because gRPC opens a descriptor then, long before main().
#include <fcntl.h>
#include <unistd.h>

namespace {

void take_if_closed(int stream, int wrong_way) {
  if (fcntl(stream, F_GETFD) < 0) {
    static_cast<void>(open("/dev/null", wrong_way));
  }
}

// In ascending order: open() gives the lowest number that is free.
void take_closed_streams() {
  take_if_closed(STDIN_FILENO, O_WRONLY);
  take_if_closed(STDOUT_FILENO, O_RDONLY);
  take_if_closed(STDERR_FILENO, O_RDONLY);
}

// The dynamic linker calls what stands there before it calls anything else of program and
// libraries.
[[gnu::section(".preinit_array"), gnu::used]] void (*const first_of_all)() = take_closed_streams;

}  // namespace
