// SPDX-License-Identifier: MIT
// What is sent to a node, and so what must come back: numbered requests from several clients.
//
// Every request line has the same length, and its payload begins with its number, so a reply with
// another request's payload is noticed.
// Threads: one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace narrows::tools {

/// A run of requests. Request `index` comes from client c1 to c8 in turn.
struct Load {
  std::string type = "echo";
  std::size_t line_bytes = 96;  // newline included
  std::uint64_t messages = 1'000'000;

  static constexpr std::uint64_t kMostMessages = 1'000'000'000;

  [[nodiscard]] std::string reply_type() const { return type + "_ok"; }
  /// `msg_id` of request 0: a power of ten, so that all have equally many digits, and none is a
  /// number that `init` or `bench_stats` has.
  [[nodiscard]] std::uint64_t first_id() const;
  [[nodiscard]] std::size_t id_digits() const;
  /// The payload is the digits of `msg_id` and so many times kFiller.
  [[nodiscard]] std::size_t filler_bytes() const { return line_bytes - least_line_bytes(); }
  [[nodiscard]] std::size_t least_line_bytes() const;

  static constexpr char kFiller = 'x';
  [[nodiscard]] static char client_digit(std::uint64_t index) {
    return static_cast<char>('1' + index % 8);
  }
};

/// Renders the request lines of a Load, one after the other.
class Requests {
 public:
  /// Precondition: load.line_bytes >= load.least_line_bytes().
  explicit Requests(const Load& load);

  /// The next lines, at least one and at most `most`. Valid until the next call.
  /// Precondition: that many are left, and most > 0.
  std::string_view next(std::uint64_t most);

  /// How many were rendered.
  [[nodiscard]] std::uint64_t rendered() const { return rendered_; }

 private:
  void count_up();

  std::size_t line_bytes_;
  std::size_t client_at_;
  std::size_t id_at_;
  std::size_t payload_at_;
  std::string digits_;  // of the next msg_id
  std::string lines_;   // whole lines; only their digits change
  std::uint64_t rendered_ = 0;
};

}  // namespace narrows::tools
