// SPDX-License-Identifier: MIT
// Lines for the decoder and for json::Value, against other parsers. Each line of the input is one.
#include <algorithm>
#include <cstring>
#include <string>
#include <vector>

#include "fuzz/oracle.hpp"
#include "fuzz/target.hpp"
#include "json/decode.hpp"
#include "json/value.hpp"
#include "unit/decoded.hpp"
#include "unit/fed_node.hpp"

namespace narrows::fuzz {
namespace {

using json::Decoder;
using json::LineKind;
using json::Member;
using json::Message;
using json::Span;

constexpr std::uint32_t kMaxDepth = 64;
constexpr std::size_t kRoom = 32;  // members; a body may have more

/// A line as the decoder wants it: what lies before and behind it must not matter.
class Laid {
 public:
  explicit Laid(std::string_view line)
      : text_(std::string(kBefore).append(line)),
        span_{static_cast<std::uint32_t>(kBefore.size()), static_cast<std::uint32_t>(line.size())} {
    text_.append(1, '\0').append(Decoder::kSlackBytes, '9');
    text_.shrink_to_fit();
  }
  template <typename Decode>
  std::string by(Decode decode) {
    std::vector<Member> members(kRoom);
    Message message;
    std::memset(static_cast<void*>(&message), 0x5A, sizeof message);
    decode(text_.data(), span_, members, message);
    return test::decoding_of(text_.data(), message, members);
  }

 private:
  static constexpr std::string_view kBefore = "{\"before\":1}\n";

  std::string text_;
  Span span_;
};

/// Decodes it twice, so that the second time its shape may be known.
void check_shapes(Decoder& decoder, std::string_view line) {
  Laid laid(line);
  const std::string parsed = laid.by([](auto&&... all) { Decoder(kMaxDepth).parse(all...); });
  for (int i = 0; i < 2; ++i) {
    const std::string found = laid.by([&](auto&&... all) { decoder.decode(all...); });
    require(found == parsed, "a line reads as it does when it is parsed", line);
  }
}

/// The tree, against nlohmann::json, and against itself.
void check_value(const std::string& line) {
  const auto value = json::Value::parse(line);
  const Facts facts = facts_of(line);
  if (!facts.is_beyond) {
    const bool expected = facts.is_json && facts.depth <= json::Value::kMaxDepth;
    require(value.has_value() == expected, "a tree is made of what is JSON", line);
  }
  if (!value) return;
  const std::string again = value->to_json();
  const auto copy = json::Value::parse(again);
  require(copy && copy->equals(*value) && value->equals(*copy), "a tree's text has the same tree",
          line);
  require(copy->to_json() == again, "a tree's text stays", line);
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r";
  const std::size_t begin = std::min(text.find_first_not_of(kSpace), text.size());
  text.remove_prefix(begin);
  return text.substr(0, text.find_last_not_of(kSpace) + 1);
}

/// As payload of an echo it comes back as it went, byte for byte.
void check_echo(const std::string& line) {
  struct EchoNode : test::FedNode {
    EchoNode() {
      node.on("echo", [](const Request& request) {
        return reply("echo_ok").raw("echo", request.raw("echo"));
      });
      init();
    }
  };
  static EchoNode fed;
  if (!is_value(line)) return;
  const std::string answer = fed.ask("\"type\":\"echo\",\"echo\":" + line);
  std::string expected = "\"type\": \"echo_ok\", \"echo\": ";
  require(answer == expected.append(trimmed(line)), "an echo is what came", line);
}

}  // namespace

void line(std::string_view input) {
  Decoder decoder(kMaxDepth);
  for_each_line(input, [&](std::string_view each) {
    const std::string text(each);
    const std::string problem = disagreement(text, kMaxDepth);
    require(problem.empty(), problem, text);
    check_shapes(decoder, each);
    check_value(text);
    check_echo(text);
  });
}

}  // namespace narrows::fuzz
