// SPDX-License-Identifier: MIT
#include "mix.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <stdexcept>

#include "json/value.hpp"
#include "random.hpp"
#include "text.hpp"

namespace narrows::tools {
namespace {

using json::Value;
using Kind = Mix::Piece::Kind;

constexpr std::size_t kMostMessages = 1000;
constexpr std::uint64_t kLongestString = std::uint64_t{1} << 20;
constexpr std::size_t kLongestLine = std::size_t{4} << 20;  // as --size has it
constexpr std::string_view kLetters =
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

[[noreturn]] void refuse(std::initializer_list<std::string_view> parts) {
  throw std::runtime_error(joined(parts));
}

bool parse_integer(std::string_view text, std::int64_t& value) {
  const char* const end = text.data() + text.size();
  const auto [at, error] = std::from_chars(text.data(), end, value);
  return error == std::errc() && at == end;
}

/// What stands between the braces of a placeholder.
Mix::Piece placeholder(std::string_view name) {
  Mix::Piece piece;
  std::int64_t high = 0;
  const std::size_t colon = name.find(':');
  const std::size_t second = name.find(':', colon == std::string_view::npos ? colon : colon + 1);
  const std::string_view word = name.substr(0, colon);
  if (name == "counter") {
    piece.kind = Kind::counter;
  } else if (name == "client") {
    piece.kind = Kind::client;
  } else if (word == "number" && second != std::string_view::npos &&
             parse_integer(name.substr(colon + 1, second - colon - 1), piece.low) &&
             parse_integer(name.substr(second + 1), high) && piece.low <= high) {
    piece.kind = Kind::number;
    piece.span = static_cast<std::uint64_t>(high) - static_cast<std::uint64_t>(piece.low) + 1;
  } else if (word == "string" && colon != std::string_view::npos &&
             parse_integer(name.substr(colon + 1), high) && high >= 0 &&
             static_cast<std::uint64_t>(high) <= kLongestString) {
    piece.kind = Kind::string;
    piece.span = static_cast<std::uint64_t>(high);
  } else {
    refuse({"{{", printable(name, 40),
            "}} is no placeholder; there are {{counter}}, {{client}}, {{number:LOW:HIGH}} and "
            "{{string:N}}"});
  }
  return piece;
}

/// A body as text with holes.
class Compiler {
 public:
  void value(const Value& value) {
    switch (value.kind()) {
      case Value::Kind::string: return string(*value.string());
      case Value::Kind::array: return sequence('[', value, ']');
      case Value::Kind::object: return sequence('{', value, '}');
      default: text(value.to_json());
    }
  }

  [[nodiscard]] std::vector<Mix::Piece> take() { return std::move(pieces_); }

 private:
  void text(std::string_view text) {
    if (pieces_.empty() || pieces_.back().kind != Kind::text) pieces_.emplace_back();
    pieces_.back().text += text;
  }
  void sequence(char open, const Value& value, char close) {
    text({&open, 1});
    for (std::size_t i = 0; i < value.items().size(); ++i) {
      if (i > 0) text(",");
      if (open == '{') text(quoted(value.names()[i]).append(":"));
      this->value(value.items()[i]);
    }
    text({&close, 1});
  }
  void string(std::string_view rest) {
    const auto is_number = [](const Mix::Piece& piece) {
      return piece.kind == Kind::counter || piece.kind == Kind::number;
    };
    if (rest.starts_with("{{") && rest.find("}}") == rest.size() - 2) {
      Mix::Piece whole = placeholder(rest.substr(2, rest.size() - 4));
      if (is_number(whole)) return pieces_.push_back(std::move(whole));
    }
    text("\"");
    while (!rest.empty()) {
      const std::size_t open = std::min(rest.find("{{"), rest.size());
      const std::string plain = quoted(rest.substr(0, open));
      text(std::string_view(plain).substr(1, plain.size() - 2));
      rest.remove_prefix(open);
      if (rest.empty()) break;
      const std::size_t close = rest.find("}}");
      if (close == std::string_view::npos) refuse({"a placeholder is not closed with }}"});
      pieces_.push_back(placeholder(rest.substr(2, close - 2)));
      rest.remove_prefix(close + 2);
    }
    text("\"");
  }

  std::vector<Mix::Piece> pieces_;
};

Mix::Message message(const Value& value) {
  Mix::Message message;
  for (const std::string& name : value.names()) {
    if (name != "weight" && name != "body" && name != "expect" && name != "same") {
      refuse({"a message has weight, body, expect and same, not ", printable(name, 40)});
    }
  }
  const Value& body = value["body"];
  const auto type = body["type"].string();
  if (!type || type->empty()) refuse({"a message's body is an object with a `type`"});
  if (type->find("{{") != std::string::npos) refuse({"a `type` has no placeholders"});
  for (const std::string& name : body.names()) {
    if (name == "msg_id" || name == "in_reply_to") refuse({"a body cannot have `", name, "`"});
  }
  if (value["weight"].kind() != Value::Kind::null) {
    message.weight = value["weight"].number().value_or(0);
    if (!(message.weight > 0)) refuse({"a weight is a number above 0"});
  }
  message.expect = joined({*type, "_ok"});
  if (value["expect"].kind() != Value::Kind::null) {
    if (!value["expect"].string()) refuse({"`expect` is a reply's type, a string"});
    message.expect = *value["expect"].string();
  }
  if (value["same"].kind() == Value::Kind::array) {
    for (const Value& name : value["same"].items()) {
      if (!name.string()) refuse({"`same` is an array of members' names"});
      message.same.emplace_back(*name.string());
    }
  } else if (value["same"].kind() != Value::Kind::null) {
    refuse({"`same` is an array of members' names"});
  } else if (*type == "echo" || *type == "bench_echo") {
    message.same.emplace_back("echo");
  }
  Compiler compiler;
  compiler.value(body);
  message.body = compiler.take();
  message.body.front().text.erase(0, 1);  // the brace
  return message;
}

}  // namespace

Mix Mix::parse(std::string_view text) {
  const auto file = Value::parse(text);
  if (!file) refuse({"it is no JSON"});
  const Value& list = (*file)["messages"];
  if (list.kind() != Value::Kind::array || list.items().empty()) {
    refuse({"it is no object with an array `messages`"});
  }
  if (list.items().size() > kMostMessages) {
    refuse({"it has more than ", grouped(kMostMessages), " messages"});
  }
  Mix mix;
  double sum = 0;  // of the weights
  for (const Value& item : list.items()) {
    mix.messages_.push_back(message(item));
    sum += mix.messages_.back().weight;
    mix.up_to_.push_back(sum);
  }
  if (!std::isfinite(sum)) refuse({"the weights add up to more than a number can be"});
  for (double& up_to : mix.up_to_) up_to /= sum;
  if (mix.longest_line() > kLongestLine) refuse({"a message may be longer than 4 MiB"});
  return mix;
}

const Mix::Message& Mix::message_of(const Load& load, std::uint64_t index) const {
  const double at = Random(load.seed, index + 1).unit();
  const auto found = std::upper_bound(up_to_.begin(), up_to_.end() - 1, at);
  return messages_[static_cast<std::size_t>(found - up_to_.begin())];
}

std::size_t Mix::longest_line() const {
  constexpr std::size_t kAround = 256;  // src, dest, msg_id
  constexpr std::size_t kNumber = 24;   // digits of a number, or a client's name
  std::size_t longest = 0;
  for (const Message& message : messages_) {
    std::size_t bytes = kAround;
    for (const Piece& piece : message.body) {
      bytes += piece.kind == Kind::text     ? piece.text.size()
               : piece.kind == Kind::string ? static_cast<std::size_t>(piece.span)
                                            : kNumber;
    }
    longest = std::max(longest, bytes);
  }
  return longest;
}

void Mix::render(const Load& load, std::uint64_t index, std::string& to) const {
  Random random(load.seed, index + 1);
  random.next();  // message_of() took it
  const std::string client = joined({"c", std::to_string(load.client_of(index))});
  to.append(R"({"src":")").append(client).append(R"(","dest":"n1","body":{"msg_id":)");
  to.append(std::to_string(load.first_id() + index)).append(",");
  for (const Piece& piece : message_of(load, index).body) {
    switch (piece.kind) {
      case Kind::text: to += piece.text; break;
      case Kind::counter: to += std::to_string(index); break;
      case Kind::client: to += client; break;
      case Kind::number: {
        const std::uint64_t offset = piece.span == 0 ? random.next() : random.below(piece.span);
        to += std::to_string(
            static_cast<std::int64_t>(static_cast<std::uint64_t>(piece.low) + offset));
        break;
      }
      case Kind::string:
        for (std::uint64_t i = 0; i < piece.span; ++i) {
          to += kLetters[static_cast<std::size_t>(random.below(kLetters.size()))];
        }
        break;
    }
  }
  to.append("}\n");
}

}  // namespace narrows::tools
