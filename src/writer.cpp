// SPDX-License-Identifier: MIT
#include "narrows/detail/writer.hpp"

#include <array>
#include <charconv>
#include <cmath>
#include <stdexcept>

#include "json/string.hpp"

namespace narrows::detail {
namespace {

template <typename Number>
void append_number(std::string& to, Number value) {
  std::array<char, 32> text;
  const char* const end = std::to_chars(text.data(), text.data() + text.size(), value).ptr;
  to.append(text.data(), static_cast<std::size_t>(end - text.data()));
}

}  // namespace

void Writer::write(std::string_view text) {
  to_.push_back('"');
  json::append_escaped(to_, text);
  to_.push_back('"');
}

void Writer::write(float value) {
  if (!std::isfinite(value)) return null();
  append_number(to_, value);
}

void Writer::write(double value) {
  if (!std::isfinite(value)) return null();
  append_number(to_, value);
}

void Writer::write_signed(std::int64_t value) { append_number(to_, value); }
void Writer::write_unsigned(std::uint64_t value) { append_number(to_, value); }

void Writer::key(std::string_view name) {
  write(name);
  to_.append(": ");
}

void Writer::open(char bracket) {
  if (depth_ == kDeepest) throw std::length_error("a value is nested too deeply for JSON");
  ++depth_;
  to_.push_back(bracket);
}

void Writer::close(char bracket) {
  --depth_;
  to_.push_back(bracket);
}

}  // namespace narrows::detail
