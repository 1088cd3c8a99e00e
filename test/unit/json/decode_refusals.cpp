// SPDX-License-Identifier: MIT
// The lines that cannot be used, and how far they cannot.
#include <string>

#include "json/decode.hpp"
#include "unit/decoded.hpp"
#include "unit/doctest.hpp"

namespace narrows::json {
namespace {

using test::Decoded;
using test::is_malformed;
using test::is_request;
using test::request_echoing;

TEST_CASE("refusals: what is not one JSON object") {
  for (const std::string_view line : {"",
                                      " ",
                                      "{",
                                      "}",
                                      "[",
                                      "]",
                                      "[]",
                                      "[{}]",
                                      "null",
                                      "true",
                                      "\"x\"",
                                      "1",
                                      "-1.5",
                                      "nul",
                                      "{\"src\"}",
                                      "{\"src\":}",
                                      "{\"src\":\"s\"",
                                      "{\"src\":\"s\",}",
                                      "{\"src\":\"s\"]",
                                      "{src:\"s\"}",
                                      "{'src':'s'}",
                                      "{\"src\" \"s\"}",
                                      "{\"src\":\"s\" \"dest\":\"n\"}",
                                      "{\"src\":\"s}",
                                      "{\"src\":\"s\\\"}",
                                      "{,}",
                                      "{:}",
                                      "{1:2}",
                                      "// x",
                                      "{}/**/"}) {
    CHECK_MESSAGE(is_malformed(line), line);
  }
}

TEST_CASE("refusals: anything behind the object") {
  const std::string good = request_echoing("1");
  CHECK(is_request(good));
  CHECK(is_request(good + " \t\r "));
  for (const std::string_view tail : {"x", ",", "}", "]", "{}", "1", "\"\"", "null", " {}"}) {
    CHECK_MESSAGE(is_malformed(good + std::string(tail)), tail);
  }
}

TEST_CASE("refusals: every beginning of a line is no line") {
  const std::string good = request_echoing(R"([1.5e3,"\u00e4ä",true,null,{"a":-0}])");
  REQUIRE(is_request(good));
  for (std::size_t length = 0; length < good.size(); ++length) {
    CHECK_MESSAGE(is_malformed(good.substr(0, length)), length);
  }
}

TEST_CASE("refusals: no usable src") {
  for (const std::string_view src :
       {R"("dest":"n")", R"("src":"")", R"("src":5)", R"("src":null)", R"("src":true)",
        R"("src":["s"])", R"("src":{"s":1})", R"("Src":"s")", R"("src ":"s")"}) {
    const Decoded line("{" + std::string(src) + R"(,"body":{"type":"t","msg_id":1}})");
    CHECK_MESSAGE(line.kind() == LineKind::malformed_line, src);
    CHECK_MESSAGE(line.reason() == "no usable `src`", src);
  }
}

TEST_CASE("refusals: a msg_id that is no integer of 0 to 2^63-1") {
  for (const std::string_view msg_id : {"null",
                                        "true",
                                        "\"1\"",
                                        "\"\"",
                                        "[]",
                                        "[1]",
                                        "{}",
                                        "{\"a\":1}",
                                        "-0",
                                        "-1",
                                        "1.0",
                                        "1.5",
                                        "0.0",
                                        "1e3",
                                        "1E3",
                                        "1e0",
                                        "12345678e1",
                                        "9223372036854775808",
                                        "18446744073709551615",
                                        "18446744073709551616",
                                        "10000000000000000000",
                                        "99999999999999999999",
                                        "123456789012345678901234567890",
                                        "-9223372036854775808",
                                        "1e400"}) {
    const Decoded line(R"({"src":"s","body":{"type":"t","msg_id":)" + std::string(msg_id) + "}}");
    CHECK_MESSAGE(line.kind() == LineKind::malformed_line, msg_id);
  }
  // … also where another trouble would be answered, or the message never is.
  CHECK(is_malformed(R"({"src":"s","body":{"msg_id":-1}})"));
  CHECK(is_malformed(R"({"src":"s","body":{"type":"t","msg_id":-1,"in_reply_to":1}})"));
}

TEST_CASE("refusals: src, body or msg_id twice") {
  for (const std::string_view line : {
           R"({"src":"s","src":"s","body":{"type":"t"}})",
           R"({"src":"s","body":{"type":"t"},"\u0073rc":"s"})",
           R"({"src":5,"src":"s","body":{"type":"t"}})",
           R"({"src":"s","body":{"type":"t"},"body":{"type":"t"}})",
           R"({"src":"s","body":{"type":"t"},"body":1})",
           R"({"src":"s","body":1,"body":{"type":"t"}})",
           R"({"src":"s","body":[],"b\u006fdy":{"type":"t"}})",
           R"({"src":"s","body":{"type":"t","msg_id":1,"msg_id":1}})",
           R"({"src":"s","body":{"type":"t","msg_id":1,"msg_i\u0064":2}})",
       }) {
    const Decoded decoded(line);
    CHECK_MESSAGE(decoded.kind() == LineKind::malformed_line, line);
    CHECK_MESSAGE(decoded.reason().find("twice") != std::string::npos, decoded.reason());
  }
}

TEST_CASE("refusals: dest, type or in_reply_to twice can be answered with an error") {
  const struct {
    std::string_view line, reason;
  } cases[] = {
      {R"({"src":"s","dest":"n","dest":"n","body":{"type":"t","msg_id":1}})",
       "`dest` is there twice"},
      {R"({"src":"s","dest":1,"dest":"n","body":{"type":"t","msg_id":1}})",
       "`dest` is there twice"},
      {R"({"src":"s","body":{"type":"t","msg_id":1,"type":"t"}})", "`type` is there twice"},
      {R"({"src":"s","body":{"type":"t","ty\u0070e":"u","msg_id":1}})", "`type` is there twice"},
      {R"({"src":"s","body":{"type":"t","msg_id":1,"in_reply_to":1,"in_reply_to":1}})",
       "`in_reply_to` is there twice"},
      {R"({"src":"s","body":{"type":"t","msg_id":1,"in_reply_to":null,"in_reply_to":null}})",
       "`in_reply_to` is there twice"},
  };
  for (const auto& each : cases) {
    const Decoded line(each.line);
    CHECK_MESSAGE(line.kind() == LineKind::malformed_request, each.line);
    CHECK(line.reason() == each.reason);
    CHECK(line.src() == "s");
    CHECK(line.msg_id() == "1");
  }
  CHECK(Decoded(cases[0].line).dest().empty());  // which of them, nobody knows
}

TEST_CASE("refusals: in_reply_to twice is no late reply, whatever else is twice") {
  CHECK(Decoded(R"({"src":"s","body":{"type":"t","type":"t","in_reply_to":1,"in_reply_to":1}})")
            .kind() == LineKind::malformed_request);
  CHECK(Decoded(R"({"src":"s","body":{"in_reply_to":1,"in_reply_to":1,"type":"t","type":"t"}})")
            .kind() == LineKind::malformed_request);
}

TEST_CASE(
    "refusals: an unusable body or type can be answered with an error, if there is a msg_id") {
  for (const std::string_view body :
       {"", ",\"body\":null", ",\"body\":5", ",\"body\":\"x\"",
        ",\"body\":[{\"type\":\"t\",\"msg_id\":1}]", ",\"Body\":{\"type\":\"t\",\"msg_id\":1}"}) {
    const Decoded line("{\"src\":\"s\",\"dest\":\"n\"" + std::string(body) + "}");
    CHECK_MESSAGE(line.kind() == LineKind::malformed_request, body);
    CHECK(line.reason() == "no usable `body`");
    CHECK(line.dest() == "n");
    CHECK(line.message.msg_id_length == 0);
  }
  for (const std::string_view type : {"", ",\"type\":null", ",\"type\":5", ",\"type\":[\"t\"]",
                                      ",\"type\":{\"type\":\"t\"}", ",\"TYPE\":\"t\""}) {
    const Decoded line(R"({"src":"s","body":{"msg_id":4)" + std::string(type) + "}}");
    CHECK_MESSAGE(line.kind() == LineKind::malformed_request, type);
    CHECK(line.reason() == "no usable `type`");
    CHECK(line.msg_id() == "4");
  }
}

TEST_CASE("refusals: deeper than the limit, at the limit not") {
  const auto nested = [](std::size_t levels) {
    return request_echoing(std::string(levels, '[') + std::string(levels, ']'));
  };
  CHECK(Decoded(nested(510), 512).kind() == LineKind::request);  // the object, its body, 510 arrays
  CHECK(Decoded(nested(511), 512).kind() == LineKind::malformed_line);
  CHECK(Decoded(nested(511), 512).reason() == "nested too deeply");
  CHECK(Decoded(request_echoing("0"), 2).kind() == LineKind::request);
  CHECK(Decoded(request_echoing("{}"), 2).kind() == LineKind::malformed_line);
  CHECK(Decoded(request_echoing("0"), 1).kind() == LineKind::malformed_line);
  CHECK(Decoded("{\"src\":\"s\"}", 1).kind() == LineKind::malformed_request);
  CHECK(Decoded(nested(4094), Decoder::kLargestMaxDepth).kind() == LineKind::request);
  CHECK(is_malformed(nested(100'000)));
  CHECK(is_malformed(std::string(100'000, '[')));
  std::string objects;
  for (int i = 0; i < 100'000; ++i) objects += "{\"a\":";
  CHECK(is_malformed(request_echoing(objects)));
}

TEST_CASE("refusals: width is not depth") {
  std::string wide = "[";
  for (int i = 0; i < 2'000; ++i) wide += "[{}],";
  CHECK(is_request(request_echoing(wide + "0]")));
}

TEST_CASE("refusals: is_value takes one value of any kind, with nothing around it") {
  const auto is_value = [](std::string_view json, std::uint32_t max_depth = 3) {
    std::string text(json);
    text.append(1, '\0').append(Decoder::kSlackBytes, '9');
    return Decoder(max_depth).is_value(text.data(), json.size());
  };
  for (const std::string_view good :
       {"0", "\"\"", "null", "true", "[]", "{}", " [1, 2] ", "[[[]]]", "{\"a\":[{}]}"}) {
    CHECK_MESSAGE(is_value(good), good);
  }
  for (const std::string_view bad :
       {"", " ", "1 2", "[1,]", "{}x", "nul", "[[[[]]]]", "{\"a\":[{\"b\":[]}]}", "\"\xff\"",
        "\"\\ud800\"", "\"\\udc00\""}) {
    CHECK_MESSAGE(!is_value(bad), bad);
  }
  CHECK_FALSE(is_value({"1\0", 2}));
  CHECK_FALSE(is_value({"1\0 2", 4}));
}

}  // namespace
}  // namespace narrows::json
