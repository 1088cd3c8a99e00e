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

TEST_CASE("text: what turns, hides or takes no room becomes \\xNN") {
  CHECK(printable("a\u202eb") == "a\\xe2\\x80\\xaeb");  // from right to left
  CHECK(printable("\u00ad\u061c") == "\\xc2\\xad\\xd8\\x9c");
  CHECK(printable("\U000E0041") == "\\xf3\\xa0\\x81\\x81");  // a tag
}

TEST_CASE("text: what cannot be seen is known, and its neighbours can") {
  constexpr struct {
    char32_t first, last;
  } kUnseen[] = {{0, 0x1F},         {0x7F, 0x9F},       {0xAD, 0xAD},     {0x200B, 0x200F},
                 {0x2028, 0x202E},  {0x2060, 0x206F},   {0xFE00, 0xFE0F}, {0xFEFF, 0xFEFF},
                 {0xFFF0, 0xFFFB},  {0xE0000, 0xE0FFF}, {0x3164, 0x3164}, {0x61C, 0x61C},
                 {0x1D173, 0x1D17A}};
  for (const auto& range : kUnseen) {
    for (char32_t each = range.first; each <= range.last; ++each) CHECK(!can_be_seen(each));
    if (range.first > 0) CHECK(can_be_seen(range.first - 1));
    CHECK(can_be_seen(range.last + 1));
  }
  for (const char32_t each :
       {U' ', U'~', U'\u00e4', U'\u20ac', U'\u4e2d', U'\U0001F600', U'\U0010FFFF'}) {
    CHECK(can_be_seen(each));
  }
  CHECK(!can_be_seen(0x110000));  // no character
}

TEST_CASE("text: the first character of a text is read whole") {
  const struct {
    std::string_view text;
    char32_t code_point;
    std::size_t bytes;
  } cases[] = {{"", 0, 0},
               {"a", 'a', 1},
               {"\u00e4x", 0xE4, 2},
               {"\u20acx", 0x20AC, 3},
               {"\U0001F600x", 0x1F600, 4},
               {"\U0010FFFF", 0x10FFFF, 4},
               {"\x80", 0, 0}};
  for (const auto& each : cases) {
    CHECK(first_character(each.text).code_point == each.code_point);
    CHECK(first_character(each.text).bytes == each.bytes);
  }
  CHECK(first_character({"\0", 1}).bytes == 1);
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
  CHECK(printable("a\u202e", 12) == "a");
  CHECK(printable("a\u202e", 13) == "a\\xe2\\x80\\xae");
}

}  // namespace
}  // namespace narrows
