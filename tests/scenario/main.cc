// scenario FILE: plays one scenario. Exit status: 0 when it went as written, 1 when not (standard
// error says where), 2 when there is no such file.
#include <fstream>
#include <iostream>
#include <iterator>

#include "tests/scenario/play.h"

int main(int argc, char** argv) {
  std::ifstream file(argc == 2 ? argv[1] : "");
  if (!file) {
    std::cerr << "usage: scenario FILE\n";
    return 2;
  }
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  const etymon::Status played = etymon::scenario::play(argv[1], text);
  if (!played.ok()) {
    std::cerr << played.error().message << '\n';
  }
  return played.ok() ? 0 : 1;
}
