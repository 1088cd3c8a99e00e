// SPDX-License-Identifier: MIT
#include "json/walk.hpp"

#include <algorithm>
#include <cstring>

namespace narrows::json {

std::string_view Walk::value() {
  const char* const begin = at_;
  switch (*at_) {
    case '"': skip_string(); break;
    case '[':
    case '{': skip_container(); break;
    default: skip_scalar();
  }
  return {begin, static_cast<std::size_t>(at_ - begin)};
}

bool Walk::next() {
  skip_space();
  if (*at_ == ']' || *at_ == '}') {
    ++at_;
    return false;
  }
  if (*at_ == ',') ++at_;
  skip_space();
  return true;
}

std::string_view Walk::key() {
  const char* const begin = at_ + 1;
  skip_string();
  const std::string_view inside{begin, static_cast<std::size_t>(at_ - begin - 1)};
  skip_space();
  ++at_;  // the colon
  skip_space();
  return inside;
}

void Walk::skip_string() {
  const char* const begin = at_ + 1;
  const char* quote = begin;
  // Most strings are shorter than a call is worth.
  for (const char* const near = begin + std::min<std::ptrdiff_t>(end_ - begin, 16);
       quote != near && *quote != '\\'; ++quote) {
    if (*quote == '"') {
      at_ = quote + 1;
      return;
    }
  }
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

void Walk::skip_scalar() {
  const auto ends = [](char byte) {
    return byte == ',' || byte == ']' || byte == '}' || byte == ' ' || byte == '\t' ||
           byte == '\r' || byte == '\n';
  };
  while (at_ != end_ && !ends(*at_)) ++at_;
}

}  // namespace narrows::json
