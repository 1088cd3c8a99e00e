// SPDX-License-Identifier: MIT
// What is valid is taken, and found again as it was written; however often its like was seen.
#include "json/decode.hpp"

#include <cstring>

#include "json/string.hpp"
#include "property/property.hpp"
#include "unit/decoded.hpp"

namespace narrows::json {
namespace {

using test::Decoded;
using test::holds;

TEST_CASE("decode: any value is taken as payload, and spanned byte for byte") {
  holds("payload", [] {
    const std::string value = *test::json_value();
    const Decoded line(test::request_with("\"x\":1,\"echo\":" + value + ",\"y\":2"));
    RC_ASSERT(line.kind() == LineKind::request);
    RC_ASSERT(line.find("echo") == value);
    RC_ASSERT(line.find("x") == "1");
    RC_ASSERT(line.find("y") == "2");
  });
}

TEST_CASE("decode: the fields are found in any order, among any others") {
  holds("fields", [] {
    const std::string src = *rc::gen::suchThat(
        test::json_string(), [](const std::string& text) { return text != "\"\""; });
    const std::string type = *test::json_string();
    const auto id = *rc::gen::inRange<std::int64_t>(0, INT64_MAX);
    const std::string payload = *test::json_value(1);
    std::vector<std::string> body{"\"type\":" + type, "\"msg_id\":" + std::to_string(id),
                                  "\"payload\" : " + payload, "\"in_reply_to\":null"};
    std::vector<std::string> line{"\"src\":" + src, "\"dest\": \"n1\"", "\"id\":" + payload};
    const auto shuffled = [](std::vector<std::string>& parts) {
      for (std::size_t i = parts.size(); i > 1; --i) {
        std::swap(parts[i - 1], parts[*rc::gen::inRange<std::size_t>(0, i)]);
      }
    };
    shuffled(body);
    const std::string body_text = "{" + test::joined(body, ", ") + "}";
    line.push_back("\"body\":" + body_text);
    shuffled(line);
    const Decoded decoded("{" + test::joined(line, ",") + "}");
    RC_ASSERT(decoded.kind() == LineKind::request);
    RC_ASSERT("\"" + std::string(decoded.src()) + "\"" == src);
    RC_ASSERT("\"" + std::string(decoded.type()) + "\"" == type);
    RC_ASSERT(decoded.dest() == "n1");
    RC_ASSERT(decoded.msg_id() == std::to_string(id));
    RC_ASSERT(decoded.body() == body_text);
    RC_ASSERT(decoded.find("payload") == payload);
  });
}

TEST_CASE("decode: of members, the last with the name is found, whether indexed or not") {
  holds("find", [] {
    const auto names = *rc::gen::resize(
        12, rc::gen::container<std::vector<std::string>>(rc::gen::element<std::string>(
                "a", "b", "", "\\u0061", "abcdefgh", "abcdefghi", "abcdefghj", "abcdefg\\u0068",
                "\\n", "\u00e4", "\\u00e4", "a\\u0000", "\\u0000")));
    std::string members;
    for (std::size_t i = 0; i < names.size(); ++i) {
      members += ",\"" + names[i] + "\":" + std::to_string(i);
    }
    const std::string line = test::request_with(members.empty() ? "" : members.substr(1));
    const Decoded decoded(line);
    const Decoded cramped(line, 512, *rc::gen::inRange<std::size_t>(0, names.size() + 1));
    RC_ASSERT(decoded.kind() == LineKind::request);
    for (const std::string& written : names) {
      const std::string name = unescape(written);
      std::string expected;
      for (std::size_t i = 0; i < names.size(); ++i) {
        if (unescape(names[i]) == name) expected = std::to_string(i);
      }
      RC_ASSERT(decoded.find(name) == expected);
      RC_ASSERT(cramped.find_in_body(name) == expected);
    }
    RC_ASSERT(decoded.find("absent") == "(none)");
  });
}

TEST_CASE("decode: what was seen before changes nothing in what is found") {
  holds("with and without memory", [] {
    const auto string = rc::gen::map(
        rc::gen::container<std::string>(rc::gen::elementOf(std::string("abc 1\\\"{\u00e4"))),
        [](const std::string& inside) { return "\"" + inside + "\""; });
    const auto value = rc::gen::weightedOneOf<std::string>(
        {{4, test::json_string()},
         {4, test::json_number()},
         {2, string},
         {1, test::json_value(1)},
         {4, rc::gen::element<std::string>("0", "7", "12", "\"a\"", "\"\"", "\"bench\"")}});
    const auto line = rc::gen::exec([value] {
      const std::string order = *rc::gen::element<std::string>("a", "b", "c");
      std::string body =
          "\"type\":" + *rc::gen::weightedOneOf<std::string>(
                            {{4, rc::gen::just(std::string("\"echo\""))}, {1, value}});
      if (order != "c") body += ",\"msg_id\":" + *value;
      if (order == "b") body += ",\"x\": " + *value;
      body += ",\"echo\":" + *value;
      return "{\"src\":" + *value + ",\"dest\":" + *value + ",\"body\":{" + body + "}}";
    });
    Decoder decoder(512);
    std::vector<Member> members(64);
    for (int i = 0; i < 20; ++i) {
      std::string each = *line;
      if (*rc::gen::inRange(0, 4) == 0) each = *test::mutated(each);
      std::replace(each.begin(), each.end(), '\n', ' ');
      std::string text = "........." + each;
      text.append(1, '\0').append(Decoder::kSlackBytes, '9');
      const Span span{9, static_cast<std::uint32_t>(each.size())};
      Message message;
      std::memset(static_cast<void*>(&message), 0x5A, sizeof message);
      decoder.decode(text.data(), span, members, message);
      const std::string found = test::decoding_of(text.data(), message, members);
      Decoder(512).parse(text.data(), span, members, message);
      RC_ASSERT(found == test::decoding_of(text.data(), message, members));
    }
  });
}

}  // namespace
}  // namespace narrows::json
