// SPDX-License-Identifier: MIT
#include "testing/envelope.hpp"

#include <charconv>
#include <stdexcept>

namespace narrows::testing {

Envelope EnvelopeReader::read(std::string_view line) {
  json::Message message;
  const char* const base = line.data();
  decoder_.decode(base, {0, static_cast<std::uint32_t>(line.size())}, {}, message);
  const bool is_reply = message.kind == json::LineKind::late_reply;
  if (!is_reply && message.kind != json::LineKind::request) {
    throw std::logic_error("this is no message of a node's: " + std::string(line));
  }
  Envelope envelope{.src = message.src.in(base),
                    .dest = message.dest.in(base),
                    .type = message.type.in(base),
                    .body = message.body.in(base),
                    .msg_id = message.msg_id(base)};
  if (is_reply) {
    const std::string_view number = message.in_reply_to(base);
    std::from_chars(number.data(), number.data() + number.size(), envelope.in_reply_to);
  }
  return envelope;
}

}  // namespace narrows::testing
