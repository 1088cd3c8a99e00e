// SPDX-License-Identifier: MIT
// A line by example: clients send messages that differ in a few values only.
//
// A shape is learnt from a line that RapidJSON has accepted: the text between its values, and where
// the values of its strings and natural numbers go. A line that has the same text in between, and
// plain strings and numbers in those places, is as valid, and has its members in the same places;
// so its spans can be read off without parsing it again. Everything else (escapes, other bytes than
// ASCII, whitespace elsewhere, other members) does not fit, and is parsed.
//
// Threads: a shape belongs to its decoder's.
// Cost: some 20 ns for a small line, about a fifth of parsing it.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "json/decode.hpp"
#include "json/span.hpp"

namespace narrows::json {

class Shape {
 public:
  /// Learns from a line and what parsing it gave. False when it has no simple shape: containers
  /// beside the body, escapes, negative or broken numbers, more of anything than there is room for.
  [[nodiscard]] bool learn(const char* base, Span line, const Message& message,
                           std::span<const Member> members);

  /// True when the line fits; then `message` and `members` are as parsing would have given them.
  /// Precondition: as for Decoder::decode.
  [[nodiscard]] bool read(const char* base, Span line, std::span<Member> members,
                          Message& message) const;

 private:
  static constexpr std::size_t kMostHoles = 12;
  static constexpr std::size_t kTextBytes = 512;
  static constexpr std::size_t kBlock = 16;

  enum class Role : std::uint8_t { src, dest, msg_id, member, ignored };

  /// A value that differs from line to line, and the text before it.
  struct Hole {
    std::uint16_t text;  // where that begins in text_, at a multiple of kBlock
    std::uint16_t size;  // its length, from the end of the previous hole
    Role role;
    bool is_string;          // the hole is what stands between the quotes
    std::uint16_t key_back;  // of a member: from the value's first byte back to its key
    std::uint16_t key_size;
    std::uint64_t prefix;
  };

  /// A place in the text that is fixed: so many bytes behind the end of a hole (or the line's
  /// begin).
  struct Anchor {
    std::uint8_t hole = 0;  // 0: the line's beginning, else the end of holes_[hole - 1]
    std::uint16_t offset = 0;
  };

  class Learner;

  std::array<Hole, kMostHoles> holes_{};
  std::size_t hole_count_ = 0;
  std::uint16_t last_text_ = 0;  // what follows the last hole
  std::uint16_t last_size_ = 0;
  std::uint16_t member_count_ = 0;
  Anchor type_;
  std::uint16_t type_size_ = 0;
  Anchor body_begin_;
  Anchor body_end_;
  std::array<char, kTextBytes> text_{};  // padded to blocks with zeros
};

}  // namespace narrows::json
