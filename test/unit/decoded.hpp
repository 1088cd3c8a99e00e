// SPDX-License-Identifier: MIT
// One decoded line, with the buffer that its spans lie in.
#pragma once

#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "json/decode.hpp"

namespace narrows::test {

/// All that decoding gives, as text.
inline std::string decoding_of(const char* base, const json::Message& message,
                               const std::vector<json::Member>& members) {
  std::string text = std::to_string(static_cast<int>(message.kind));
  const auto add = [&](json::Span span) {
    text += "|" + std::to_string(span.length == 0 ? 0 : span.offset) + "+" +
            std::to_string(span.length);
  };
  if (message.kind == json::LineKind::malformed_line) return text;
  for (const json::Span span : {message.src, message.dest, message.type, message.body}) add(span);
  text += "|" + std::string(message.msg_id(base));
  text += message.members_left_out ? "|..." : "";
  if (message.kind == json::LineKind::late_reply)
    text += "|" + std::string(message.in_reply_to(base));
  for (std::size_t i = 0; i < message.members; ++i) {
    text += "|" + std::to_string(members[i].prefix);
    add(members[i].key);
    add(members[i].value);
  }
  return text;
}

class Decoded {
 public:
  explicit Decoded(std::string_view line, std::uint32_t max_depth = 512, std::size_t room = 64)
      : text_(new char[kBefore.size() + line.size() + 1 + json::Decoder::kSlackBytes]),
        members_(room) {
    char* at = std::copy(kBefore.begin(), kBefore.end(), text_.get());
    at = std::copy(line.begin(), line.end(), at);
    *at++ = '\0';
    std::memset(at, '9', json::Decoder::kSlackBytes);  // what lies there must not matter
    std::memset(static_cast<void*>(&message), 0x5A, sizeof message);
    json::Decoder decoder(max_depth);
    decoder.decode(
        text_.get(),
        {static_cast<std::uint32_t>(kBefore.size()), static_cast<std::uint32_t>(line.size())},
        members_, message);
    if (is_usable()) {
      members_.resize(message.members);
    } else {  // all else is undefined
      const char* const why = message.reason;
      message = {};
      message.kind = json::LineKind::malformed_line;
      message.reason = why;
    }
  }

  [[nodiscard]] json::LineKind kind() const { return message.kind; }
  [[nodiscard]] bool is_usable() const { return kind() != json::LineKind::malformed_line; }
  [[nodiscard]] std::string_view in(json::Span span) const { return span.in(text_.get()); }
  [[nodiscard]] std::string_view src() const { return in(message.src); }
  [[nodiscard]] std::string_view dest() const { return in(message.dest); }
  [[nodiscard]] std::string_view type() const { return in(message.type); }
  [[nodiscard]] std::string_view body() const { return in(message.body); }
  [[nodiscard]] std::string_view msg_id() const { return message.msg_id(text_.get()); }
  [[nodiscard]] std::string reason() const {
    const bool has_one = kind() != json::LineKind::late_reply && message.reason != nullptr;
    return has_one ? message.reason : "";
  }
  [[nodiscard]] const std::vector<json::Member>& members() const { return members_; }

  /// The value of a member by its name, or "(none)".
  [[nodiscard]] std::string_view find(std::string_view name) const {
    const int index = json::find_member(text_.get(), members_, name);
    return index < 0 ? "(none)" : in(members_[static_cast<std::size_t>(index)].value);
  }

  /// The same for one whose members did not all fit.
  [[nodiscard]] std::optional<std::string_view> find_in_body(std::string_view name) const {
    return json::find_in_body(text_.get(), message.body, members_, name);
  }

  json::Message message;

 private:
  static constexpr std::string_view kBefore = "{\"the\":\"line before\"}\n";

  std::unique_ptr<char[]> text_;  // exactly as long as the decoder may read
  std::vector<json::Member> members_;
};

/// A request whose body has these further members, like `"echo":1`.
[[nodiscard]] inline std::string request_with(std::string_view members) {
  std::string line = R"({"src":"c1","dest":"n1","body":{"type":"echo","msg_id":2)";
  if (!members.empty()) line.append(",").append(members);
  return line.append("}}");
}

/// The same with this as payload.
[[nodiscard]] inline std::string request_echoing(std::string_view value) {
  return request_with(std::string("\"echo\":").append(value));
}

/// True when the line is a usable request.
[[nodiscard]] inline bool is_request(std::string_view line) {
  return Decoded(line).kind() == json::LineKind::request;
}
/// True when nothing in the line can be relied on.
[[nodiscard]] inline bool is_malformed(std::string_view line) {
  return Decoded(line).kind() == json::LineKind::malformed_line;
}

}  // namespace narrows::test
