// SPDX-License-Identifier: MIT
// Lines that look like earlier ones are read without being parsed: to the same result.
#include <array>
#include <cstring>
#include <string>
#include <vector>

#include "json/decode.hpp"
#include "unit/doctest.hpp"

namespace narrows::json {
namespace {

/// All that decoding gives, as text.
std::string shown(const char* base, const Message& message, const std::vector<Member>& members) {
  std::string text;
  const auto add = [&](std::string_view part) { text.append(part).append("|"); };
  const auto add_span = [&](Span span) {
    add(std::to_string(span.length));
    if (span.length != 0) add(std::to_string(span.offset) + "=" + std::string(span.in(base)));
  };
  add(std::to_string(static_cast<int>(message.kind)));
  const bool has_reason = message.kind != LineKind::late_reply && message.reason != nullptr;
  add(has_reason ? message.reason : "");
  if (message.kind == LineKind::malformed_line) return text;
  add_span(message.src);
  add_span(message.dest);
  add_span(message.type);
  add_span(message.body);
  add(message.msg_id(base));
  add(message.members_left_out ? "left out" : "");
  for (std::size_t i = 0; i < message.members; ++i) {
    add(std::to_string(members[i].prefix));
    add_span(members[i].key);
    add_span(members[i].value);
  }
  return text;
}

/// A decoder that has seen lines, beside one that has not.
class Pair {
 public:
  explicit Pair(std::uint32_t max_depth = 512, std::size_t room = 64)
      : max_depth_(max_depth), trained_(max_depth), members_(room) {}

  /// Decodes the line with both; true when they agree.
  bool agree(std::string_view line) {
    std::string text = "before\n" + std::string(line);
    text.append(1, '\0').append(Decoder::kSlackBytes, '9');
    const Span span{7, static_cast<std::uint32_t>(line.size())};
    Message message;
    std::memset(static_cast<void*>(&message), 0x5A, sizeof message);
    trained_.decode(text.data(), span, members_, message);
    const std::string found = shown(text.data(), message, members_);
    kind = message.kind;
    Decoder(max_depth_).parse(text.data(), span, members_, message);
    const std::string expected = shown(text.data(), message, members_);
    if (found != expected) MESSAGE("found " << found << "\nexpected " << expected);
    return found == expected;
  }

  LineKind kind = LineKind::request;

 private:
  std::uint32_t max_depth_;
  Decoder trained_;
  std::vector<Member> members_;
};

constexpr std::array<std::string_view, 7> kShapes{
    R"({"src":"c1","dest":"n1","body":{"type":"echo","msg_id":12,"echo":"bench"}})",
    R"({"id":7,"src":"c1","dest":"n1","body":{"echo":"x","type":"echo","msg_id":1}})",
    R"({ "src" : "c1" , "dest" : "n1" , "body" : { "type" : "t" , "a" : 5 , "b" : "6" } })",
    R"({"body":{"type":"t","in_reply_to":null,"msg_id":3},"dest":"n","src":"s"} )",
    R"({"src":"s","body":{"type":""}})",
    R"({"src":"s","dest":5,"x":{"src":"y","n":1},"body":{"type":"t","a":1,"a":2}})",
    R"({"src":"s","dest":"","body":{"a":"","b":0,"type":"t","c":"0123456789abcdefghij"}})",
};

TEST_CASE("shape: a line that fits is read as parsing would read it") {
  for (const std::string_view shape : kShapes) {
    Pair pair;
    for (int i = 0; i < 3; ++i) CHECK(pair.agree(shape));
  }
  Pair pair;
  CHECK(pair.agree(kShapes[0]));
  CHECK(pair.agree(
      R"({"src":"client","dest":"","body":{"type":"echo","msg_id":0,"echo":"a longer text !~"}})"));
  CHECK(pair.kind == LineKind::request);
  CHECK(pair.agree(
      R"({"src":"c","dest":"n2","body":{"type":"echo","msg_id":123456789012345678,"echo":""}})"));
  CHECK(pair.kind == LineKind::request);
}

TEST_CASE("shape: a changed byte anywhere is judged as parsing judges it") {
  const std::string bytes = std::string("\0\x01 \t\"\\,:.-+{}[]0159aex/\x7f\x80\xc3\xff", 28);
  for (const std::string_view shape : kShapes) {
    for (std::size_t place = 0; place < shape.size(); ++place) {
      Pair pair;
      REQUIRE(pair.agree(shape));
      for (const char byte : bytes) {
        std::string line(shape);
        line[place] = byte;
        REQUIRE(pair.agree(line));
        line = shape;
        line.insert(place, 1, byte);
        REQUIRE(pair.agree(line));
      }
      std::string shorter(shape);
      shorter.erase(place, 1);
      REQUIRE(pair.agree(shorter));
      REQUIRE(pair.agree(shape.substr(0, place)));
      REQUIRE(pair.agree(shape.substr(place)));
      REQUIRE(pair.agree(std::string(shape.substr(0, place)) + std::string(shape)));
    }
  }
}

TEST_CASE("shape: every other value in a value's place is judged as parsing judges it") {
  const std::vector<std::string> values{"\"\"",
                                        "\"a\"",
                                        "\"\\n\"",
                                        "\"\\u0041\"",
                                        "\"\\ud800\"",
                                        "\"\u00e4\"",
                                        "\"\xff\"",
                                        "\"a",
                                        "a\"",
                                        "0",
                                        "00",
                                        "01",
                                        "7",
                                        "-1",
                                        "-0",
                                        "1.5",
                                        "1e3",
                                        "1.",
                                        ".5",
                                        "-",
                                        "",
                                        " ",
                                        "null",
                                        "true",
                                        "false",
                                        "[]",
                                        "[1]",
                                        "{}",
                                        "{\"a\":1}",
                                        "999999999999999999",
                                        "1000000000000000000",
                                        "9223372036854775807",
                                        "9223372036854775808",
                                        std::string(300, '9'),
                                        std::string(308, '9'),
                                        std::string(309, '9'),
                                        std::string(400, '9'),
                                        "\"" + std::string(1'000, 'x') + "\"",
                                        "1 ",
                                        " 1",
                                        "1,\"src\":\"x\"",
                                        "\"x\",\"msg_id\":5"};
  for (const std::string_view trained :
       {R"({"src":"s","dest":"n","body":{"type":"t","msg_id":1,"a":"x"}})",
        R"({"src":"s","dest":"n","body":{"type":"t","msg_id":1,"a":5}})"}) {
    for (const std::string& value : values) {
      for (int place = 0; place < 5; ++place) {
        Pair pair;
        REQUIRE(pair.agree(trained));
        std::vector<std::string> parts{"\"s\"", "\"n\"", "\"t\"", "1", "5"};
        parts[static_cast<std::size_t>(place)] = value;
        CHECK(pair.agree("{\"src\":" + parts[0] + ",\"dest\":" + parts[1] + ",\"body\":{\"type\":" +
                         parts[2] + ",\"msg_id\":" + parts[3] + ",\"a\":" + parts[4] + "}}"));
      }
    }
  }
}

TEST_CASE("shape: lines that have no simple shape are parsed, also between such as have") {
  const std::vector<std::string> lines{
      std::string(kShapes[0]),
      R"({"src":"c\u0031","dest":"n1","body":{"type":"echo","msg_id":12,"echo":"bench"}})",
      R"({"src":"c1","dest":"n1","body":{"type":"ech\u006f","msg_id":12,"echo":"bench"}})",
      R"({"src":"c1","dest":"n1","body":{"type":"echo","msg_id":12,"echo":true}})",
      R"({"src":"c1","dest":"n1","body":{"type":"echo","msg_id":12,"echo":[1]}})",
      R"({"src":"c1","dest":"n1","body":{"type":"echo","msg_id":12,"echo":{"a":1}}})",
      R"({"src":"c1","dest":"n1","body":{"type":"echo","msg_id":12,"echo":-1}})",
      R"({"src":"c1","dest":"n1","body":{"type":"echo","msg_id":12,"echo":1.5}})",
      R"({"src":"c1","dest":"n1","body":{"type":"echo","msg_id":12,"echo":"1","in_reply_to":1}})",
      R"({"src":"c1","dest":"n1","body":{"msg_id":12}})",
      R"({"src":"c1","dest":"n1"})",
      "{",
      "",
      "x",
  };
  Pair pair;
  for (int round = 0; round < 20; ++round) {
    for (std::size_t i = 0; i < lines.size(); ++i) {
      CHECK(pair.agree(lines[(i * 5 + static_cast<std::size_t>(round)) % lines.size()]));
    }
  }
}

TEST_CASE("shape: whitespace of any kind, anywhere, is no value and hides none") {
  const std::vector<std::string> tokens = {
      "{",           R"("src")", ":",         R"("c1")",   ",",         R"("dest")",
      ":",           R"("n1")",  ",",         R"("body")", ":",         "{",
      R"("type")",   ":",        R"("echo")", ",",         R"("echo")", ":",
      R"("please")", ",",        R"("n")",    ":",         "17",        ",",
      R"("msg_id")", ":",        "42",        "}",         "}"};
  for (const char* space : {" ", "\t", "\r", " \r\t ", "\r\r\r"}) {
    for (std::size_t gap = 0; gap <= tokens.size(); ++gap) {
      std::string line;
      for (std::size_t i = 0; i <= tokens.size(); ++i) {
        if (i == gap) line += space;
        if (i < tokens.size()) line += tokens[i];
      }
      Pair pair;
      for (int times = 0; times < 3; ++times) CHECK_MESSAGE(pair.agree(line), line);
    }
  }
}

TEST_CASE("shape: many shapes in turn") {
  Pair pair;
  for (int round = 0; round < 50; ++round) {
    for (int shape = 0; shape < 7; ++shape) {
      std::string line = R"({"src":"s","body":{"type":"t)" + std::to_string(shape) + "\"";
      for (int i = 0; i < shape; ++i) {
        line += ",\"m" + std::to_string(i) + "\":" + std::to_string(round * i);
      }
      CHECK(pair.agree(line + "}}"));
    }
  }
}

TEST_CASE("shape: a line of more values or more text than a shape holds is parsed") {
  for (const std::size_t members : {9U, 10U, 11U, 12U, 13U, 40U}) {
    for (const std::size_t key_bytes : {1U, 15U, 16U, 17U, 40U, 100U, 600U}) {
      Pair pair;
      std::string line = R"({"src":"s","dest":"n","body":{"type":"t","msg_id":1)";
      for (std::size_t i = 0; i < members; ++i) {
        line += ",\"" + std::string(key_bytes, static_cast<char>('a' + i % 26)) + "\":5";
      }
      line += "}}";
      CHECK(pair.agree(line));
      CHECK(pair.agree(line));
      line[8] = '!';
      CHECK(pair.agree(line));
    }
  }
}

TEST_CASE("shape: with less room for members than the shape has, some are left out") {
  Decoder decoder(512);
  const std::string text =
      R"({"src":"s","body":{"type":"t","a":1,"b":2,"c":3}})" + std::string(17, '\0');
  const Span line{0, static_cast<std::uint32_t>(text.size() - 17)};
  std::vector<Member> members(3);
  Message message{};
  decoder.decode(text.data(), line, members, message);
  CHECK(message.members == 3);
  decoder.decode(text.data(), line, std::span(members).first(2), message);
  CHECK(message.members == 2);
  CHECK(message.members_left_out);
  decoder.decode(text.data(), line, members, message);
  CHECK(message.members == 3);
  CHECK_FALSE(message.members_left_out);
}

}  // namespace
}  // namespace narrows::json
