// SPDX-License-Identifier: MIT
#include "json/walk.hpp"

#include <cstring>

namespace narrows::json {

void Walk::skip_long_string() {
  const char* const begin = at_ + 1;
  const char* quote = begin;
  for (;; ++quote) {
    quote =
        static_cast<const char*>(std::memchr(quote, '"', static_cast<std::size_t>(end_ - quote)));
    // A quote behind an odd number of backslashes is one of the string's characters.
    const char* escapes = quote;
    while (escapes != begin && escapes[-1] == '\\') --escapes;
    if ((quote - escapes) % 2 == 0) break;
  }
  at_ = quote + 1;
}

void Walk::skip_container() {
  std::size_t depth = 0;
  do {
    switch (*at_) {
      case '"': skip_string(); continue;
      case '[':
      case '{': ++depth; break;
      case ']':
      case '}': --depth; break;
      default: break;
    }
    ++at_;
  } while (depth != 0);
}

}  // namespace narrows::json
