// SPDX-License-Identifier: MIT
// Writes JSON by splicing: fixed text, names, and values that are valid already.
//
// Precondition of everything here: the room was reckoned before; a cursor checks nothing.
#pragma once

#include <array>
#include <bit>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "json/string.hpp"

namespace narrows::json {

class Cursor {
 public:
  /// Bytes behind the text that a padded() source must have, and that every target needs.
  static constexpr std::size_t kPadding = 16;
  /// Bytes that an integer takes at most.
  static constexpr std::size_t kIntegerBytes = 20;

  explicit Cursor(char* at) : at_(at) {}

  [[nodiscard]] char* at() const { return at_; }

  /// Text whose length the compiler knows.
  template <std::size_t kSize>
  void literal(const char (&text)[kSize]) {
    std::memcpy(at_, text, kSize - 1);
    at_ += kSize - 1;
  }

  /// Any text; short ones without a call.
  void put(std::string_view text) {
    const std::size_t size = text.size();
    if (size >= 8 && size <= 16) {
      copy_ends<8>(text.data(), size);
    } else if (size >= 4 && size < 8) {
      copy_ends<4>(text.data(), size);
    } else if (size != 0) {
      std::memcpy(at_, text.data(), size);
    }
    at_ += size;
  }

  /// Text that has kPadding readable bytes behind it.
  void padded(const char* text, std::size_t size) {
    if (size > 8 * kPadding) {
      std::memcpy(at_, text, size);
    } else {
      for (std::size_t done = 0; done < size; done += kPadding) {
        std::memcpy(at_ + done, text + done, kPadding);
      }
    }
    at_ += size;
  }

  /// Up to eight bytes that a number holds, the first in its lowest byte.
  void eight(std::uint64_t text, std::size_t size) {
    std::memcpy(at_, &text, sizeof text);
    at_ += size;
  }

  /// The first bytes of a small array, which is copied whole.
  template <std::size_t kSize>
  void start_of(const std::array<char, kSize>& text, std::size_t size) {
    std::memcpy(at_, text.data(), kSize);
    at_ += size;
  }

  void integer(std::int64_t value) { at_ = std::to_chars(at_, at_ + kIntegerBytes, value).ptr; }
  void integer(std::uint64_t value) { at_ = std::to_chars(at_, at_ + kIntegerBytes, value).ptr; }

  /// The shortest text that reads back as the same double; null when JSON has none.
  void real(double value) {
    if (!std::isfinite(value)) return literal("null");
    at_ = std::to_chars(at_, at_ + kRealBytes, value).ptr;
  }
  static constexpr std::size_t kRealBytes = 32;

  /// Rounded to so many decimals, trailing zeros left off; null when that is no number, or one
  /// that has no room in 64 bits.
  void decimal(double value, int decimals) {
    std::int64_t scale = 1;
    for (int i = 0; i < decimals; ++i) scale *= 10;
    const double exact = value * static_cast<double>(scale);
    if (!(std::fabs(exact) < 0x1p63)) return literal("null");
    std::int64_t scaled = std::llround(exact);
    if (scaled < 0) {
      *at_++ = '-';
      scaled = -scaled;
    }
    integer(scaled / scale);
    std::int64_t rest = scaled % scale;
    if (rest != 0) *at_++ = '.';
    while (rest != 0) {
      scale /= 10;
      *at_++ = static_cast<char>('0' + rest / scale);
      rest %= scale;
    }
  }

  /// Text as the inside of a string.
  void escaped(std::string_view text) { at_ = escape_to(at_, text); }

 private:
  template <std::size_t kPart>
  void copy_ends(const char* text, std::size_t size) {
    std::memcpy(at_, text, kPart);
    std::memcpy(at_ + size - kPart, text + size - kPart, kPart);
  }

  char* at_;
};

/// Writes numbers that mostly grow by one: the last eight digits stay in a register as text.
class CountWriter {
 public:
  /// Target: kIntegerBytes and kPadding.
  void put(Cursor& to, std::uint64_t value) {
    const unsigned last = 8 * (low_digits_ - 1);
    if (value == value_ + 1 && ((low_ >> last) & 0xFF) < '9') [[likely]] {
      low_ += std::uint64_t{1} << last;
      value_ = value;
    } else {
      render(value);
    }
    to.start_of(high_, high_size_);
    to.eight(low_, low_digits_);
  }

 private:
  static_assert(std::endian::native == std::endian::little);

  void render(std::uint64_t value) {
    constexpr std::uint64_t kSplit = 100'000'000;
    std::array<char, Cursor::kIntegerBytes> text{};
    const auto size = static_cast<std::size_t>(
        std::to_chars(text.data(), text.data() + text.size(), value).ptr - text.data());
    high_size_ = value < kSplit ? 0 : size - 8;
    low_digits_ = static_cast<unsigned>(size - high_size_);
    std::memcpy(high_.data(), text.data(), high_size_);
    low_ = 0;
    std::memcpy(&low_, text.data() + high_size_, low_digits_);
    value_ = value;
  }

  std::uint64_t value_ = 0;
  std::uint64_t low_ = '0';  // digits as text, the first in the lowest byte
  unsigned low_digits_ = 1;
  std::size_t high_size_ = 0;
  std::array<char, Cursor::kIntegerBytes> high_{};
};

}  // namespace narrows::json
