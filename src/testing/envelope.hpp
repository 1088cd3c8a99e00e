// SPDX-License-Identifier: MIT
// What a network has to know of a message: from whom, to whom, and what it answers.
//
// Ownership: an Envelope refers to the text that it was read from.
// Threads: a reader belongs to one thread.
// Cost: as json::Decoder; nothing is copied.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "json/decode.hpp"

namespace narrows::testing {

struct Envelope {
  std::string_view src;
  std::string_view dest;
  std::string_view type;
  std::string_view body;          // braces included
  std::string_view msg_id;        // its digits; empty: it has none
  std::int64_t in_reply_to = -1;  // -1: it has none
};

class EnvelopeReader {
 public:
  /// What must follow each line: its terminator, and room to read on.
  static constexpr std::size_t kSlackBytes = json::Decoder::kSlackBytes + 1;

  /// `line`: without a newline; so many bytes of '\0' are readable behind it. Throws
  /// std::logic_error when it is no message.
  [[nodiscard]] Envelope read(std::string_view line);

 private:
  json::Decoder decoder_{json::Decoder::kLargestMaxDepth};
};

}  // namespace narrows::testing
