// SPDX-License-Identifier: MIT
// Bytes that no line may hold, and numbers that look odd.
#include <string>
#include <vector>

#include "json/decode.hpp"
#include "unit/decoded.hpp"
#include "unit/doctest.hpp"

namespace narrows::json {
namespace {

using test::Decoded;
using test::is_malformed;
using test::is_request;
using test::request_echoing;
using test::request_with;

/// Whether bytes are one well-formed character: decoded the long way (RFC 3629).
bool is_character(std::string_view bytes) {
  const auto at = [&](std::size_t i) { return static_cast<unsigned char>(bytes[i]); };
  if (bytes.empty()) return false;
  if (at(0) < 0x80) return bytes.size() == 1;
  const std::size_t size = at(0) >= 0xF0 ? 4 : at(0) >= 0xE0 ? 3 : 2;
  if (at(0) < 0xC0 || at(0) >= 0xF8 || bytes.size() != size) return false;
  unsigned code_point = at(0) & (0x7FU >> size);
  for (std::size_t i = 1; i < size; ++i) {
    if ((at(i) & 0xC0) != 0x80) return false;
    code_point = code_point << 6 | (at(i) & 0x3FU);
  }
  constexpr unsigned kLeast[] = {0, 0, 0x80, 0x800, 0x10000};
  return code_point >= kLeast[size] && code_point <= 0x10FFFF &&
         (code_point < 0xD800 || code_point > 0xDFFF);
}

/// The line with these bytes as payload is taken exactly when they are well-formed.
void check_character(const std::string& bytes) {
  const std::string line = request_echoing("\"" + bytes + "\"");
  if (is_request(line) != is_character(bytes)) {
    std::string shown;
    for (const char byte : bytes) {
      shown += std::to_string(static_cast<int>(static_cast<unsigned char>(byte))) + " ";
    }
    FAIL_CHECK("bytes " << shown);
  }
}

TEST_CASE("utf-8: every sequence of two and of three bytes is judged right") {
  for (int first = 0x80; first < 0x100; ++first) {
    check_character({static_cast<char>(first)});
    for (int second = 0x80; second < 0x100; ++second) {
      check_character({static_cast<char>(first), static_cast<char>(second)});
      if (first < 0xE0) continue;
      for (int third = 0x80; third < 0x100; ++third) {
        check_character(
            {static_cast<char>(first), static_cast<char>(second), static_cast<char>(third)});
      }
    }
  }
}

TEST_CASE("utf-8: sequences of four bytes are judged right at every border") {
  const std::string borders = "\x7f\x80\x8f\x90\x9f\xa0\xbf\xc0\xff";
  for (int first = 0xEF; first < 0x100; ++first) {
    for (int second = 0x80; second < 0x100; ++second) {
      for (const char third : borders) {
        for (const char fourth : borders) {
          if (third == '\x7f' || fourth == '\x7f') continue;  // a character of its own
          check_character({static_cast<char>(first), static_cast<char>(second), third, fourth});
        }
      }
    }
  }
}

TEST_CASE("utf-8: a bad sequence is found at every place of a string, in values and in keys") {
  for (const std::string_view bad : {"\x80", "\xff", "\xc3", "\xe2\x82", "\xf0\x9f\x98", "\xc0\xaf",
                                     "\xed\xa0\x80", "\xed\xbf\xbf", "\xf4\x90\x80\x80"}) {
    for (std::size_t place = 0; place <= 40; ++place) {
      for (const std::string_view unit : {"a", "\u00e4"}) {
        std::string text;
        for (std::size_t i = 0; i < 40; ++i) {
          if (i == place) text += bad;
          text += unit;
        }
        if (place == 40) text += bad;
        REQUIRE(is_malformed(request_echoing("\"" + text + "\"")));
        REQUIRE(is_malformed(request_echoing("{\"" + text + "\":1}")));
        REQUIRE(is_malformed(request_with("\"" + text + "\":1")));
      }
    }
  }
}

TEST_CASE("utf-8: a bad sequence is found in every part of a line") {
  const std::string_view parts[] = {
      "{\"src\":\"c",    "1\",\"dest\":\"n",  "1\",\"a", "b\":\"", "c\",\"body\":{\"type\":\"t",
      "u\",\"echo\":\"", "x\",\"msg_id\":1}}"};
  constexpr std::size_t kParts = std::size(parts);
  for (const std::string_view inserted : {"", "\xff", "\xed\xa0\x80", "\u20ac"}) {
    for (std::size_t place = 0; place + 1 < kParts; ++place) {
      std::string line;
      for (std::size_t i = 0; i < kParts; ++i) {
        line += parts[i];
        if (i == place) line += inserted;
      }
      const bool good = inserted.empty() || inserted == "\u20ac";
      CHECK_MESSAGE(is_request(line) == good, line);
    }
  }
  CHECK(is_malformed(request_echoing("\u00e4")));  // outside of strings even a good one
  CHECK(is_malformed("\xff" + request_echoing("1")));
  CHECK(is_malformed(request_echoing("1") + "\xff"));
}

TEST_CASE("bytes: a byte-order mark is refused") {
  CHECK(is_malformed("\xef\xbb\xbf" + request_echoing("1")));
  CHECK(is_malformed("\xef\xbb\xbf"));
  CHECK(is_request(request_echoing("\"\xef\xbb\xbf\"")));  // U+FEFF in a string is a character
}

TEST_CASE("bytes: a NUL is refused at every place of a line") {
  const std::string good = request_echoing(R"(["a", 12, true, {"b":"ä"}])");
  for (std::size_t place = 0; place <= good.size(); ++place) {
    std::string line = good;
    line.insert(place, 1, '\0');
    CHECK_MESSAGE(is_malformed(line), place);
  }
  CHECK(is_malformed(good + std::string(1, '\0') + good));
  CHECK(is_request(request_echoing(R"("\u0000")")));  // escaped, it is a character
}

TEST_CASE("bytes: control characters are refused in strings and keys, at every place") {
  for (int control = 0; control < 0x20; ++control) {
    for (const std::size_t place : {0U, 1U, 7U, 8U, 9U, 15U, 16U, 24U, 31U, 32U, 40U}) {
      std::string text(40, 'a');
      text.insert(place, 1, static_cast<char>(control));
      REQUIRE(is_malformed(request_echoing("\"" + text + "\"")));
      REQUIRE(is_malformed(request_echoing("{\"" + text + "\":1}")));
      REQUIRE(is_malformed(request_with("\"" + text + "\":1")));
    }
  }
  CHECK(is_request(request_echoing("\"\x7f\"")));
}

TEST_CASE("escapes: only JSON's own") {
  for (int letter = 0x20; letter < 0x7F; ++letter) {
    if (letter == 'u') continue;
    const std::string value = std::string("\"\\") + static_cast<char>(letter) + "\"";
    const bool good =
        std::string_view("\"\\/bfnrt").find(static_cast<char>(letter)) != std::string_view::npos;
    // A quote left open by `\"` would be another fault.
    CHECK_MESSAGE(is_request(request_echoing(value)) == good, value);
  }
  for (const std::string_view bad :
       {R"("\u")", R"("\u0")", R"("\u00")", R"("\u000")", R"("\u000g")", R"("\u 000")",
        R"("\U0041")", R"("\x41")", R"("\)"}) {
    CHECK_MESSAGE(is_malformed(request_echoing(bad)), bad);
  }
  CHECK(is_request(request_echoing(R"("\u0041\u00e4\u20ac\uFFFF\uabCD")")));
}

TEST_CASE("escapes: a lone surrogate is refused, in values, in keys and in the fields") {
  for (const std::string_view bad :
       {R"(\ud800)", R"(\uDBFF)", R"(\udc00)", R"(\uDFFF)", R"(\ud800\ud800)", R"(\udc00\ud800)",
        R"(\ud800x)", R"(\ud800\n)", R"(\ud800\u0041)", R"(\ud83d \ude00)", R"(\ude00\ud83d)",
        R"(\ud83d\ude00\ude00)"}) {
    for (const std::string_view before : {"", "a", "0123456789abcdef0123456789"}) {
      const std::string text = std::string(before) + std::string(bad);
      CHECK_MESSAGE(is_malformed(request_echoing("\"" + text + "\"")), text);
      CHECK_MESSAGE(is_malformed(request_echoing("[{\"a\":[\"" + text + "z\"]}]")), text);
      CHECK_MESSAGE(is_malformed(request_with("\"" + text + "\":1")), text);
      CHECK_MESSAGE(is_malformed(request_echoing("{\"" + text + "\":1}")), text);
      CHECK_MESSAGE(is_malformed("{\"src\":\"" + text + "\",\"body\":{\"type\":\"t\"}}"), text);
      CHECK_MESSAGE(is_malformed("{\"src\":\"s\",\"body\":{\"type\":\"" + text + "\"}}"), text);
      CHECK_MESSAGE(is_malformed("{\"src\":\"s\",\"" + text + "\":1,\"body\":{\"type\":\"t\"}}"),
                    text);
    }
  }
  CHECK(is_request(request_echoing(R"("\ud83d\ude00\uD800\uDC00\udbff\udfff")")));
}

TEST_CASE("numbers: JSON's are taken, and stay as they are") {
  for (const std::string_view number :
       {"0", "-0", "1", "-1", "10", "1.10", "0.0", "-0.5", "1e20", "1E+20", "1e-20", "1.5e3",
        "123456789012345678901234567890", "9223372036854775808", "18446744073709551616", "1e308",
        "0.1234567890123456789012345678901234567890", "1e-400",
        // RapidJSON 1.1.0 crashes on the first with full precision, overflows an int on the second.
        "128.74836467836484838364836483643636483648e-336", "1.00000000000e-2147483639",
        "1e-99999999999999999999"}) {
    CHECK(Decoded(request_echoing(number)).find("echo") == number);
    CHECK(Decoded(request_echoing("[" + std::string(number) + "]")).find("echo") ==
          "[" + std::string(number) + "]");
  }
}

TEST_CASE("numbers: what only looks like one is refused") {
  for (const std::string_view bad :
       {"00",  "01",    "-",     "-a",    "+1",  ".5",  "1.",      "1.e3",     "1e",
        "1e+", "1e-",   "--1",   "0x10",  "1_0", "NaN", "nan",     "Infinity", "-Infinity",
        "inf", "1.2.3", "1e2e3", "1e2.5", "- 1", "1f",  "\xc2\xb2"}) {
    CHECK_MESSAGE(is_malformed(request_echoing(bad)), bad);
    CHECK_MESSAGE(is_malformed(request_echoing("[" + std::string(bad) + "]")), bad);
  }
}

TEST_CASE("numbers: of any size they are carried") {
  for (const std::string& number :
       {std::string("1e309"), std::string("1e400"), std::string("-1e99999999999999999999"),
        std::string("0e999999999999"), std::string("1.00000000000e-2147483639"),
        std::string(100'000, '7'), "-0." + std::string(100'000, '3')}) {
    CHECK_FALSE(is_malformed(request_echoing(number)));
    CHECK_FALSE(is_malformed(request_echoing("[" + number + "]")));
  }
}

TEST_CASE("literals: only JSON's three, in small letters") {
  for (const std::string_view bad :
       {"True", "TRUE", "tru", "truee", "t", "False", "fals", "Null", "nul", "nil", "undefined"}) {
    CHECK_MESSAGE(is_malformed(request_echoing(bad)), bad);
  }
}

}  // namespace
}  // namespace narrows::json
