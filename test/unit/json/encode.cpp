// SPDX-License-Identifier: MIT
#include "json/encode.hpp"

#include <array>
#include <limits>
#include <string>

#include "unit/doctest.hpp"

namespace narrows::json {
namespace {

/// What `write` writes with a cursor.
template <typename Write>
std::string written(Write write) {
  std::array<char, 1024> space;
  space.fill('#');
  Cursor cursor(space.data());
  write(cursor);
  return {space.data(), cursor.at()};
}

std::string decimal(double value, int decimals) {
  return written([&](Cursor& to) { to.decimal(value, decimals); });
}
std::string real(double value) {
  return written([&](Cursor& to) { to.real(value); });
}

TEST_CASE("encode: texts of every length are put whole, one behind the other") {
  const std::string text = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
  for (std::size_t size = 0; size <= text.size(); ++size) {
    const std::string_view part = std::string_view(text).substr(0, size);
    CHECK(written([&](Cursor& to) {
            to.put(part);
            to.literal("|");
            to.put(part);
          }) == std::string(part) + "|" + std::string(part));
  }
}

TEST_CASE("encode: padded texts of every length are put whole, however long") {
  std::string text;
  for (int i = 0; i < 400; ++i) text.push_back(static_cast<char>('a' + i % 26));
  for (std::size_t size = 0; size <= 384; ++size) {
    const std::string expected = text.substr(0, size);
    CHECK(written([&](Cursor& to) {
            to.padded(text.data(), size);
            to.literal("|");
          }) == expected + "|");
  }
}

TEST_CASE("encode: integers to their limits") {
  const auto integer = [](auto value) { return written([&](Cursor& to) { to.integer(value); }); };
  CHECK(integer(std::int64_t{0}) == "0");
  CHECK(integer(std::int64_t{-1}) == "-1");
  CHECK(integer(std::numeric_limits<std::int64_t>::max()) == "9223372036854775807");
  CHECK(integer(std::numeric_limits<std::int64_t>::min()) == "-9223372036854775808");
  CHECK(integer(std::numeric_limits<std::uint64_t>::max()) == "18446744073709551615");
  CHECK(std::string_view("-9223372036854775808").size() <= Cursor::kIntegerBytes);
}

TEST_CASE("encode: a double is the shortest text that reads back the same") {
  CHECK(real(0) == "0");
  CHECK(real(-0.0) == "-0");
  CHECK(real(0.1) == "0.1");
  CHECK(real(1.5) == "1.5");
  CHECK(real(1e21) == "1e+21");
  CHECK(real(5e-324) == "5e-324");
  CHECK(real(-1.7976931348623157e308) == "-1.7976931348623157e+308");
}

TEST_CASE("encode: what JSON has no number for is null") {
  CHECK(real(std::numeric_limits<double>::infinity()) == "null");
  CHECK(real(-std::numeric_limits<double>::infinity()) == "null");
  CHECK(real(std::numeric_limits<double>::quiet_NaN()) == "null");
}

TEST_CASE("encode: decimals that JSON has no number for are null") {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  CHECK(decimal(std::numeric_limits<double>::quiet_NaN(), 3) == "null");
  CHECK(decimal(kInfinity, 0) == "null");
  CHECK(decimal(-kInfinity, 3) == "null");
  CHECK(decimal(1e300, 3) == "null");
  CHECK(decimal(-0x1p63, 0) == "null");
  CHECK(decimal(0x1p62, 0) == "4611686018427387904");
  CHECK(decimal(-0x1p62, 0) == "-4611686018427387904");
}

TEST_CASE("encode: decimals are rounded, without trailing zeros") {
  CHECK(decimal(0, 3) == "0");
  CHECK(decimal(1, 3) == "1");
  CHECK(decimal(1.5, 3) == "1.5");
  CHECK(decimal(1.05, 3) == "1.05");
  CHECK(decimal(1.005, 2) == "1");  // 1.00499…
  CHECK(decimal(0.001, 3) == "0.001");
  CHECK(decimal(0.0004, 3) == "0");
  CHECK(decimal(0.0006, 3) == "0.001");
  CHECK(decimal(0.9996, 3) == "1");
  CHECK(decimal(123.456789, 3) == "123.457");
  CHECK(decimal(100, 0) == "100");
  CHECK(decimal(2.5, 1) == "2.5");
  CHECK(decimal(1234567.8, 1) == "1234567.8");
  CHECK(decimal(-1.25, 3) == "-1.25");
  CHECK(decimal(-0.5, 4) == "-0.5");
  CHECK(decimal(-0.00001, 4) == "0");
  CHECK(decimal(8.9e12, 3) == "8900000000000");
}

TEST_CASE("encode: text is escaped where it stands") {
  CHECK(written([](Cursor& to) {
          to.literal("\"");
          to.escaped("a\"\n");
          to.literal("\"");
        }) == R"("a\"\n")");
}

}  // namespace
}  // namespace narrows::json
