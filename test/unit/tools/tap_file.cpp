// SPDX-License-Identifier: MIT
#include "tap_file.hpp"

#include <stdlib.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <system_error>
#include <utility>
#include <vector>

#include "json/value.hpp"
#include "unit/doctest.hpp"

namespace narrows::tools {
namespace {

using json::Value;
using Clock = TapFile::Clock;

/// A file of a name of its own, gone with this.
class TemporaryFile {
 public:
  TemporaryFile()
      : path_((std::filesystem::temp_directory_path() / "narrows-tap-XXXXXX").string()) {
    const int file = mkstemp(path_.data());
    REQUIRE(file >= 0);
    close(file);
  }
  ~TemporaryFile() { unlink(path_.c_str()); }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;

  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] std::string text() const {
    std::string text(static_cast<std::size_t>(std::filesystem::file_size(path_)), '\0');
    std::ifstream(path_, std::ios::binary).read(text.data(), std::ssize(text));
    return text;
  }

 private:
  std::string path_;
};

char* const* no_command() {
  static char* const command[] = {nullptr};
  return command;
}

/// The file's lines, each of which is whole and one JSON object.
std::vector<Value> lines_of(const std::string& text) {
  std::vector<Value> lines;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t newline = text.find('\n', at);
    REQUIRE(newline != std::string::npos);
    auto value = Value::parse(std::string_view(text).substr(at, newline - at));
    REQUIRE(value.has_value());
    REQUIRE(value->is_object());
    lines.push_back(*std::move(value));
    at = newline + 1;
  }
  return lines;
}

/// What a file has, but its head, once this was done.
std::vector<Value> recorded(const std::function<void(TapFile&)>& what) {
  const TemporaryFile file;
  {
    TapFile tap(file.path(), no_command());
    what(tap);
  }
  std::vector<Value> lines = lines_of(file.text());
  REQUIRE(!lines.empty());
  lines.erase(lines.begin());
  return lines;
}

/// A stream's lines when it comes in chunks of so many bytes; one that is unfinished has a +
/// behind.
std::vector<std::string> cut(std::string_view stream, std::size_t chunk) {
  std::vector<std::string> lines;
  for (const Value& line : recorded([&](TapFile& tap) {
         LineRecord record(tap, Direction::in);
         for (std::size_t at = 0; at < stream.size(); at += chunk) {
           record.add(stream.substr(at, chunk), Clock::now());
         }
         record.end();
       })) {
    lines.emplace_back(line["line"].string().value_or("(none)"));
    if (line["unfinished"].boolean() == true) lines.back() += '+';
  }
  return lines;
}

TEST_CASE("tap file: the head has the time and the command") {
  const TemporaryFile file;
  std::string node = "no\"de";
  std::string argument = "\xC3\xA4\n";
  char* const command[] = {node.data(), argument.data(), nullptr};
  { const TapFile tap(file.path(), command); }
  const auto lines = lines_of(file.text());
  REQUIRE(lines.size() == 1);
  CHECK(lines[0]["narrows_tap"].integer() == 1);
  CHECK(lines[0]["started"].integer() > 1'600'000'000);
  REQUIRE(lines[0]["command"].items().size() == 2);
  CHECK(lines[0]["command"].items()[0].string() == node);
  CHECK(lines[0]["command"].items()[1].string() == argument);
}

TEST_CASE("tap file: a line has its direction and its microseconds") {
  const auto lines = recorded([](TapFile& tap) {
    const auto now = Clock::now();
    tap.add(Direction::in, "{\"a\": \"\\n\x01\"}", now, TapFile::Part::whole);
    tap.add(Direction::out, "", now + std::chrono::milliseconds(2), TapFile::Part::whole);
  });
  REQUIRE(lines.size() == 2);
  CHECK(lines[0]["dir"].string() == "in");
  CHECK(lines[0]["line"].string() == "{\"a\": \"\\n\x01\"}");
  CHECK(lines[0].names().size() == 3);
  CHECK(lines[1]["dir"].string() == "out");
  CHECK(lines[1]["line"].string() == "");
  CHECK(*lines[1]["t_us"].number() - *lines[0]["t_us"].number() == doctest::Approx(2000));
}

TEST_CASE("tap file: lines are the same whatever the chunks they come in") {
  const std::string_view stream = "first\n\nthird, longer \xC3\xA4\r\n\n\nlast";
  const std::vector<std::string> lines{"first", "", "third, longer \xC3\xA4\r", "", "", "last+"};
  for (std::size_t chunk = 1; chunk <= stream.size(); ++chunk) {
    CHECK_MESSAGE(cut(stream, chunk) == lines, chunk);
  }
}

TEST_CASE("tap file: a stream that ends with a newline has no unfinished line") {
  CHECK(cut("a\n", 1) == std::vector<std::string>{"a"});
  CHECK(cut("\n", 1) == std::vector<std::string>{""});
  CHECK(cut("", 1).empty());
}

TEST_CASE("tap file: a line whole at last has the time of its end") {
  const auto lines = recorded([](TapFile& tap) {
    const auto now = Clock::now();
    LineRecord record(tap, Direction::out);
    record.add("a", now);
    record.add("b\nc\n", now + std::chrono::seconds(1));
    record.add("d\n", now + std::chrono::seconds(3));
  });
  REQUIRE(lines.size() == 3);
  const auto t_us = [&](std::size_t i) { return *lines[i]["t_us"].number(); };
  CHECK(lines[0]["line"].string() == "ab");
  CHECK(t_us(1) == t_us(0));
  CHECK(t_us(2) - t_us(0) == doctest::Approx(2e6));
}

TEST_CASE("tap file: a line as long as can be is whole, a longer one is cut, the next is as new") {
  std::string stream(LineRecord::kLongestLine, 'a');
  stream += '\n';
  stream.append(LineRecord::kLongestLine, 'b').append("c\n");
  for (const std::size_t chunk : {stream.size(), std::size_t{1'000'003}}) {
    const auto lines = recorded([&](TapFile& tap) {
      LineRecord record(tap, Direction::in);
      for (std::size_t at = 0; at < stream.size(); at += chunk) {
        record.add(std::string_view(stream).substr(at, chunk), Clock::now());
        tap.flush();
      }
      for (const std::string_view part : {"d", "e\n"}) record.add(part, Clock::now());
    });
    REQUIRE(lines.size() == 3);
    CHECK((lines[0]["line"].string() == std::string_view(stream).substr(0, stream.find('\n'))));
    CHECK_FALSE(lines[0]["cut"].boolean().has_value());
    CHECK((lines[1]["line"].string() == std::string(LineRecord::kLongestLine, 'b')));
    CHECK(lines[1]["cut"].boolean() == true);
    CHECK(lines[2]["line"].string() == "de");
    CHECK_FALSE(lines[2]["cut"].boolean().has_value());
  }
}

TEST_CASE("tap file: what is no UTF-8 goes to base64") {
  struct Row {
    std::string_view line;
    std::string_view base64;
  };
  for (const Row& row :
       {Row{"\xFF", "/w=="}, Row{"a\xFF", "Yf8="}, Row{"ab\xFF", "YWL/"},
        Row{"\xFB\xEF\xBE\xFF", "++++/w=="}, Row{"a\xC3", "YcM="}, Row{"\xC0\x80", "wIA="},
        Row{"\xED\xA0\x80", "7aCA"}, Row{"\xF4\x90\x80\x80", "9JCAgA=="}, Row{"\x80", "gA=="}}) {
    const auto lines = recorded([&](TapFile& tap) {
      tap.add(Direction::in, row.line, Clock::now(), TapFile::Part::whole);
    });
    REQUIRE(lines.size() == 1);
    CHECK(lines[0]["base64"].string() == row.base64);
    CHECK(lines[0]["line"].kind() == Value::Kind::null);
  }
}

TEST_CASE("tap file: what is UTF-8 stays text, control characters and U+FFFD as well") {
  const std::string all_ascii = [] {
    std::string text;
    for (char c = 0; c < 127; ++c) text += c;
    return text += '\x7F';
  }();
  for (const std::string& line :
       {all_ascii, std::string("\xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80"), std::string("\xEF\xBF\xBD"),
        std::string("\xC2\x85"), std::string("\xEF\xBB\xBF{}"), std::string("\\u0041\\")}) {
    const auto lines = recorded(
        [&](TapFile& tap) { tap.add(Direction::in, line, Clock::now(), TapFile::Part::whole); });
    REQUIRE(lines.size() == 1);
    CHECK(lines[0]["line"].string() == line);
  }
}

TEST_CASE("tap file: flushed, all that was added is in the file, in order") {
  const TemporaryFile file;
  TapFile tap(file.path(), no_command());
  for (int i = 0; i < 1000; ++i) {
    tap.add(Direction::in, std::to_string(i), Clock::now(), TapFile::Part::whole);
  }
  tap.flush();
  const auto lines = lines_of(file.text());
  REQUIRE(lines.size() == 1001);
  for (int i = 0; i < 1000; ++i) {
    CHECK(lines[static_cast<std::size_t>(i) + 1]["line"].string() == std::to_string(i));
  }
}

TEST_CASE("tap file: threads that add at once leave whole lines, each thread's in order") {
  const auto lines = recorded([](TapFile& tap) {
    const auto add = [&tap](Direction direction) {
      LineRecord record(tap, direction);
      for (int i = 0; i < 5000; ++i) record.add(std::to_string(i) + "\n", Clock::now());
    };
    std::jthread other(add, Direction::out);
    add(Direction::in);
  });
  CHECK(lines.size() == 10'000);
  int in = 0;
  int out = 0;
  for (const Value& line : lines) {
    int& next = line["dir"].string() == "in" ? in : out;
    CHECK(line["line"].string() == std::to_string(next++));
  }
  CHECK(in == 5000);
  CHECK(out == 5000);
}

TEST_CASE("tap file: what was in the file before is gone") {
  const TemporaryFile file;
  std::ofstream(file.path()) << std::string(10'000, 'x');
  { const TapFile tap(file.path(), no_command()); }
  CHECK(lines_of(file.text()).size() == 1);
}

TEST_CASE("tap file: a file that cannot be made is an error with its name") {
  CHECK_THROWS_WITH_AS(TapFile("/nowhere/at/all", no_command()),
                       "/nowhere/at/all: No such file or directory", std::system_error);
}

}  // namespace
}  // namespace narrows::tools
