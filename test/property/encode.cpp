// SPDX-License-Identifier: MIT
// What is encoded can be decoded, and is the same again.
#include "json/encode.hpp"

#include <charconv>
#include <cmath>
#include <vector>

#include "json/decode.hpp"
#include "json/scalar.hpp"
#include "json/string.hpp"
#include "property/property.hpp"

namespace narrows::json {
namespace {

using test::holds;

std::string escaped(const std::string& text) {
  std::vector<char> space(escaped_bound(text.size()) + 1);
  return {space.data(), escape_to(space.data(), text)};
}

bool is_value(const std::string& text) {
  const std::string padded = text + std::string(1 + Decoder::kSlackBytes, '\0');
  return Decoder(8).is_value(padded.data(), text.size());
}

template <typename Write>
std::string written(Write write) {
  std::vector<char> space(256);
  Cursor to(space.data());
  write(to);
  return {space.data(), to.at()};
}

TEST_CASE("encode: escaping and unescaping undo each other") {
  holds("escape, unescape", [] {
    const std::string text = *test::text();
    RC_ASSERT(unescape(escaped(text)) == text);
    RC_ASSERT(is_value("\"" + escaped(text) + "\""));
  });
}

TEST_CASE("encode: whatever bytes are escaped, JSON comes out") {
  holds("escape any bytes", [](const std::string& bytes) {
    RC_ASSERT(is_value("\"" + escaped(bytes) + "\""));
    RC_ASSERT(escaped(unescape(escaped(bytes))) == escaped(bytes));
  });
}

TEST_CASE("encode: a string's value is what it was, however it was written") {
  holds("decode, encode, decode", [] {
    const std::string written = *test::json_string();
    const auto value = as_string(written);
    RC_ASSERT(value.has_value());
    RC_ASSERT(as_string("\"" + escaped(*value) + "\"") == value);
  });
}

TEST_CASE("encode: integers read back the same") {
  holds("signed", [](std::int64_t value) {
    RC_ASSERT(as_integer(written([&](Cursor& to) { to.integer(value); })) == value);
  });
  holds("unsigned", [](std::uint64_t value) {
    RC_ASSERT(written([&](Cursor& to) { to.integer(value); }) == std::to_string(value));
  });
}

TEST_CASE("encode: doubles read back the same, and are JSON") {
  holds("real", [](std::uint64_t bits) {
    const auto value = std::bit_cast<double>(bits);
    const std::string text = written([&](Cursor& to) { to.real(value); });
    if (!std::isfinite(value)) {
      RC_ASSERT(text == "null");
    } else {
      double back = 0;
      std::from_chars(text.data(), text.data() + text.size(), back);
      RC_ASSERT(std::bit_cast<std::uint64_t>(back) == bits);
      RC_ASSERT(is_value(text));
    }
  });
}

TEST_CASE("encode: decimals are the nearest, and as short as can be") {
  holds("decimal", [] {
    const double value = static_cast<double>(*rc::gen::inRange<std::int64_t>(-1'000'000'000'000,
                                                                             1'000'000'000'000)) /
                         static_cast<double>(*rc::gen::inRange(1, 1'000'000));
    const int decimals = *rc::gen::inRange(0, 5);
    const std::string text = written([&](Cursor& to) { to.decimal(value, decimals); });
    double back = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), back);
    RC_ASSERT(error == std::errc());
    RC_ASSERT(end == text.data() + text.size());
    RC_ASSERT(std::abs(back - value) <= 0.5 * std::pow(10, -decimals) + std::abs(value) * 1e-15);
    const std::size_t point = text.find('.');
    RC_ASSERT(
        point == std::string::npos ||
        (text.back() != '0' && text.size() - point - 1 <= static_cast<std::size_t>(decimals)));
    RC_ASSERT(is_value(text));
  });
}

/// Not inlined: GCC 12 would warn of lengths that a writer never has.
[[gnu::noinline]] std::string put(CountWriter& writer, std::uint64_t value) {
  return written([&](Cursor& to) { writer.put(to, value); });
}

TEST_CASE("encode: numbers that mostly grow by one are written like any others") {
  holds("count writer", [] {
    CountWriter writer;
    std::uint64_t value = *rc::gen::oneOf(
        rc::gen::inRange<std::uint64_t>(0, 100),
        rc::gen::map(rc::gen::inRange<std::uint64_t>(1, 19), [](std::uint64_t digits) {
          std::uint64_t power = 1;
          while (digits-- > 0) power *= 10;
          return std::max<std::uint64_t>(power, 20) - 20;
        }));
    for (const std::uint32_t step : *rc::gen::container<std::vector<std::uint32_t>>(
             30, rc::gen::weightedOneOf<std::uint32_t>(
                     {{20, rc::gen::just(1U)}, {1, rc::gen::inRange(0U, 2'000'000'000U)}}))) {
      RC_ASSERT(put(writer, value) == std::to_string(value));
      value += step;
    }
  });
}

}  // namespace
}  // namespace narrows::json
