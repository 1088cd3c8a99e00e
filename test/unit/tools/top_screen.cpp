// SPDX-License-Identifier: MIT
#include "top/screen.hpp"
#include "top/units.hpp"
#include "unit/doctest.hpp"

namespace narrows::tools {
namespace {

std::string put(std::string_view text, int end, bool utf8 = true) {
  Screen screen({1, 12}, utf8);
  screen.put(0, 1, text, Ink::plain, end);
  return screen.line(0);
}

TEST_CASE("top screen: text is clipped at its end, and an ellipsis says so") {
  CHECK(put("abc", 12) == " abc");
  CHECK(put("abcdef", 7) == " abcdef");
  CHECK(put("abcdefg", 7) == " abcde…");
  CHECK(put("abcdefg", 7, false) == " abcde~");
  CHECK(put("abcdefghijklmnop", -1) == " abcdefghij…");
  CHECK(put("abc", 1).empty());
  CHECK(put("abc", 0).empty());
}

TEST_CASE("top screen: what lies outside of it is not drawn") {
  Screen screen({2, 4}, true);
  screen.put(2, 0, "x");
  screen.put(-1, 0, "x");
  screen.put(0, 4, "x");
  screen.put(0, -1, "x");
  screen.fill(0, 3, 99, U'#', Ink::busy);
  screen.fill(7, 0, 2, U'#', Ink::busy);
  screen.paint(9, 0, 2, Ink::busy);
  CHECK(screen.line(0) == "   #");
  CHECK(screen.line(1).empty());
  CHECK(Screen({-3, -3}, true).size().rows == 0);
}

TEST_CASE("top screen: a wide character takes two columns, and is never halved") {
  CHECK(columns_on_screen("日本") == 4);
  CHECK(put("日本語", 7) == " 日本語");
  CHECK(put("日本語", 6) == " 日本…");
  CHECK(put("日本語", 5) == " 日…");
  CHECK(put("日本", 12, false) == " ????");
  Screen screen({1, 4}, true);
  CHECK(screen.put(0, 0, "日") == 2);
  CHECK(screen.at(0, 0).character == U'日');
  CHECK(screen.at(0, 1).character == 0);
}

TEST_CASE("top screen: what could control a terminal, or take no column, is replaced") {
  const std::string_view bad[] = {"\x1b",
                                  "\x07",
                                  "\x7f",
                                  "\xc2\x9b",  // ESC, BEL, DEL, CSI
                                  "\xe2\x80\xae",
                                  "\xe2\x80\x8b",  // right-to-left, zero width
                                  "\xcc\x81",
                                  "\xef\xb8\x8f",  // combining, variation
                                  "\xf0\x9f\x98\x80",
                                  "\xff",
                                  "\xe2\x82",  // a picture, no UTF-8, half of a character
                                  "\xc0\xaf",
                                  "\xed\xa0\x80"};  // overlong, a surrogate
  for (const std::string_view text : bad) {
    CAPTURE(text.size());
    Screen screen({1, 8}, true);
    screen.put(0, 0, text);
    CHECK(screen.at(0, 0).character == U'\uFFFD');
    Screen ascii({1, 8}, false);
    ascii.put(0, 0, text);
    CHECK(ascii.at(0, 0).character == U'?');
  }
}

TEST_CASE("top screen: without UTF-8 all is ASCII") {
  CHECK(text_on_screen("12 µs · █▌░▒ ▁█ │■▼▸ – …", false) == "12 us - ##.% _# |#v> - ~");
  CHECK(text_on_screen("12 µs", true) == "12 µs");
}

TEST_CASE("top screen: text is wrapped between words, the last line has the rest") {
  CHECK(wrapped("one two three", 7, 9) == std::vector<std::string>{"one two", "three"});
  CHECK(wrapped("one two three", 8, 9) == std::vector<std::string>{"one two", "three"});
  CHECK(wrapped("one two three", 5, 2) == std::vector<std::string>{"one", "two three"});
  CHECK(wrapped("abcdefgh", 3, 9) == std::vector<std::string>{"abc", "def", "gh"});
  CHECK(wrapped("日本語", 4, 9) == std::vector<std::string>{"日本", "語"});
  CHECK(wrapped("", 5, 9).empty());
  CHECK(wrapped("日", 1, 9).empty());
  CHECK(wrapped("abc", 0, 9).empty());
}

TEST_CASE("top units: a time has three digits and the unit that suits it") {
  CHECK(time_text(0.0) == "0 ns");
  CHECK(time_text(0.0264) == "26 ns");
  CHECK(time_text(0.9994) == "999 ns");
  CHECK(time_text(0.9996) == "1.00 µs");
  CHECK(time_text(6.946) == "6.95 µs");
  CHECK(time_text(59.64) == "59.6 µs");
  CHECK(time_text(142.6) == "143 µs");
  CHECK(time_text(999.4) == "999 µs");
  CHECK(time_text(999.6) == "1.00 ms");
  CHECK(time_text(1'292'894) == "1.29 s");
  CHECK(time_text(999e6) == "999 s");
  CHECK(time_text(1e9) == "17 min");
  CHECK(time_text(1e12) == "278 h");
  CHECK(time_text(1e300) == ">9,999 h");
  CHECK(time_text(-1.0) == "–");
  CHECK(time_text({}) == "–");
}

TEST_CASE("top units: a rate is whole, unless it is small or has a unit") {
  CHECK(rate_text(0.0) == "0");
  CHECK(rate_text(0.52) == "0.5");
  CHECK(rate_text(48'213.4) == "48,213");
  CHECK(rate_text(9'999'999) == "9,999,999");
  CHECK(rate_text(12.34e6) == "12.3 M");
  CHECK(rate_text(5e9) == "5.00 G");
  CHECK(rate_text(1e300) == ">999 T");
  CHECK(rate_text(-5.0) == "–");
}

TEST_CASE("top units: a share is in per cent, and a little is not nothing") {
  CHECK(percent_text(0.0) == "0 %");
  CHECK(percent_text(0.001) == "<1 %");
  CHECK(percent_text(0.444) == "44 %");
  CHECK(percent_text(1.0) == "100 %");
  CHECK(percent_text(1e300) == "999 %");
  CHECK(percent_text(-0.1) == "–");
  CHECK(percent_text({}) == "–");
}

TEST_CASE("top units: an age has two units at most") {
  CHECK(age_text(0.04) == "0.0 s");
  CHECK(age_text(4.23) == "4.2 s");
  CHECK(age_text(59.9) == "59 s");
  CHECK(age_text(60) == "1 min");
  CHECK(age_text(72.5) == "1 min 12 s");
  CHECK(age_text(11'100) == "3 h 5 min");
  CHECK(age_text(5 * 86'400.0) == "5 days");
  CHECK(age_text(1e300) == "999,999 days");
  CHECK(age_text(-1) == "0 s");
  CHECK(elapsed_text(4.9) == "4 s");
  CHECK(elapsed_text(-4) == "0 s");
  CHECK(elapsed_text(72.5) == "1 min 12 s");
}

TEST_CASE("top units: bytes") {
  CHECK(bytes_text(27.3e6) == "27.3 MB");
  CHECK(bytes_text(800) == "0.80 kB");
  CHECK(bytes_text(1e300) == ">999 TB");
  CHECK(bytes_text(0) == "–");
}

}  // namespace
}  // namespace narrows::tools
