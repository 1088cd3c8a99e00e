// SPDX-License-Identifier: MIT
// The I/O floor: what one thread reaches that finds the newlines and writes the same bytes.
//
//   stdin ─read 64 KiB─▶ memchr ─▶ stdout
//
// It is shown and not judged by: it moves by a factor of two between machines of one kind.
// At the end it prints "messages N" to stderr.
#include <cstdint>
#include <cstdio>

#include "lines.hpp"

int main() {
  std::uintmax_t messages = 0;
  LineReader reader(0);
  while (reader.read()) {
    while (reader.next()) ++messages;
    if (!write_all(1, reader.fresh())) return 1;
  }
  std::fprintf(stderr, "messages %ju\n", messages);
  return 0;
}
