// SPDX-License-Identifier: MIT
#include "base/text.hpp"

#include <string>
#include <vector>

#include "unit/doctest.hpp"

namespace narrows {
namespace {

std::string printable(std::string_view text, std::size_t room = 256) {
  std::vector<char> space(room + 1, '#');
  char* const end = append_printable(space.data(), space.data() + room, text);
  CHECK(space[room] == '#');  // nothing behind the end
  return {space.data(), end};
}

TEST_CASE("text: what can be printed stays as it is") {
  CHECK(printable("").empty());
  CHECK(printable("plain ~!\"\\ text") == "plain ~!\"\\ text");
  CHECK(printable("\u00a0\u00e4\u07ff\u0800\u20ac\ud7ff\ue000\uffff") ==
        "\u00a0\u00e4\u07ff\u0800\u20ac\ud7ff\ue000\uffff");
  CHECK(printable("\U00010000\U0001F600\U0010FFFF") == "\U00010000\U0001F600\U0010FFFF");
}

TEST_CASE("text: control characters become \\xNN") {
  for (int control = 0; control < 0x20; ++control) {
    const char byte = static_cast<char>(control);
    const std::string hex = "0123456789abcdef";
    const std::string expected = {'\\', 'x', hex[static_cast<std::size_t>(control / 16)],
                                  hex[static_cast<std::size_t>(control % 16)]};
    CHECK(printable({&byte, 1}) == expected);
  }
  CHECK(printable("a\x1b[31m\nb") == "a\\x1b[31m\\x0ab");
  CHECK(printable("\x7f") == "\\x7f");
  CHECK(printable("\u0080\u009b\u009f") == "\\xc2\\x80\\xc2\\x9b\\xc2\\x9f");  // C1
}

TEST_CASE("text: bytes that are no UTF-8 become \\xNN, one by one") {
  const struct {
    std::string_view text, expected;
  } cases[] = {
      {"\x80", "\\x80"},
      {"\xff", "\\xff"},
      {"\xc0\x80", "\\xc0\\x80"},  // overlong
      {"\xc1\xbf", "\\xc1\\xbf"},
      {"\xe0\x9f\xbf", "\\xe0\\x9f\\xbf"},
      {"\xf0\x8f\xbf\xbf", "\\xf0\\x8f\\xbf\\xbf"},
      {"\xed\xa0\x80", "\\xed\\xa0\\x80"},           // a surrogate
      {"\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80"},  // beyond U+10FFFF
      {"\xf5\x80\x80\x80", "\\xf5\\x80\\x80\\x80"},
      {"\xe2\x82", "\\xe2\\x82"},  // cut off
      {"\xe2\x82x", "\\xe2\\x82x"},
      {"\xf0\x9f\x98", "\\xf0\\x9f\\x98"},
      {"\xc3", "\\xc3"},
  };
  for (const auto& each : cases) CHECK(printable(each.text) == each.expected);
}

TEST_CASE("text: what does not fit is left off, never in mid-character") {
  CHECK(printable("abc", 2) == "ab");
  CHECK(printable("abc", 0).empty());
  CHECK(printable("a\u20ac", 3) == "a");
  CHECK(printable("a\u20ac", 4) == "a\u20ac");
  CHECK(printable("a\U0001F600", 4) == "a");
  CHECK(printable("a\nb", 4) == "a");  // an escape is not cut either
  CHECK(printable("a\nb", 5) == "a\\x0a");
}

}  // namespace
}  // namespace narrows
