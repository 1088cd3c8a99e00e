// SPDX-License-Identifier: MIT
#include "json/string.hpp"

#include <vector>

#include "unit/doctest.hpp"

namespace narrows::json {
namespace {

std::string escape(std::string_view text) {
  std::vector<char> space(escaped_bound(text.size()) + 1, '#');
  char* const end = escape_to(space.data(), text);
  CHECK(space.back() == '#');  // within the bound
  return {space.data(), end};
}

TEST_CASE("string: the escapes of JSON are undone") {
  CHECK(unescape("") == "");
  CHECK(unescape("plain") == "plain");
  CHECK(unescape(R"(\"\\\/\b\f\n\r\t)") == "\"\\/\b\f\n\r\t");
  CHECK(unescape(R"(a\u0041\u00e4\u20AC\uffff)") == "aA\u00e4\u20ac\uffff");
  CHECK(unescape(R"(\ud83d\ude00\uDBFF\uDFFF)") == "\U0001F600\U0010FFFF");
  CHECK(unescape(R"(\u0000x)") == std::string_view("\0x", 2));
  CHECK(unescape("\u00e4\U0001F600") == "\u00e4\U0001F600");
}

TEST_CASE("string: quotes, backslashes and control characters are escaped, and nothing else") {
  CHECK(escape("").empty());
  CHECK(escape("plain / ~ \u00e4\u20ac\U0001F600") == "plain / ~ \u00e4\u20ac\U0001F600");
  CHECK(escape("\"\\") == R"(\"\\)");
  CHECK(escape("\n\r\t") == R"(\n\r\t)");
  CHECK(escape({"\0\x01\x1f", 3}) == R"(\u0000\u0001\u001f)");
  CHECK(escape("\b\f\x7f") == R"(\u0008\u000c\u007f)");
}

TEST_CASE("string: bytes that are no UTF-8 become U+FFFD, one by one") {
  CHECK(escape("\x80") == "\ufffd");
  CHECK(escape("a\xff\xfe!") == "a\ufffd\ufffd!");
  CHECK(escape("\xc0\xaf") == "\ufffd\ufffd");
  CHECK(escape("\xed\xa0\x80") == "\ufffd\ufffd\ufffd");
  CHECK(escape("\xf4\x90\x80\x80") == "\ufffd\ufffd\ufffd\ufffd");
  CHECK(escape("\xe2\x82") == "\ufffd\ufffd");        // cut off at the end …
  CHECK(escape("\xe2\x82\"") == "\ufffd\ufffd\\\"");  // … and before a quote
}

TEST_CASE("string: the longest escape is within its bound") {
  CHECK(escape(std::string(100, '\x01')).size() == escaped_bound(100));
}

TEST_CASE("string: escaped text is appended as it is written, however long") {
  constexpr std::size_t kSizes[] = {0, 1, 255, 256, 257, 511, 512, 513, 5'000};
  for (const std::size_t size : kSizes) {
    for (const std::string_view unit :
         {"x", "\x01", "\u00e4", "\u20ac", "\U0001F600", "\x80", "\xe2\x82"}) {
      std::string text;
      while (text.size() < size) text += unit;
      for (const std::string_view before : {"", "a", "ab", "abc"}) {
        std::string appended = "[";
        append_escaped(appended, std::string(before) + text);
        CHECK((appended == "[" + escape(std::string(before) + text)));
      }
    }
  }
}

}  // namespace
}  // namespace narrows::json
