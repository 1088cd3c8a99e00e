// SPDX-License-Identifier: MIT
// Weighted templates of messages, from a file: what a load can be made of.
//
//   {"messages": [
//     {"weight": 9, "body": {"type": "echo", "echo": "{{counter}} {{string:16}}"}},
//     {"body": {"type": "add", "delta": "{{number:1:10}}"}, "expect": "add_ok", "same": []}]}
//
// weight  how often, against the others (1)
// body    sent as it stands, with `msg_id` put in front; it has a `type`
// expect  the reply's type (the body's with _ok)
// same    members that the reply must have as the request has them (["echo"] for echo and
//         bench_echo, else none)
//
// In a string of the body: {{counter}} the request's number from 0, {{client}} its sender,
// {{number:LOW:HIGH}} an integer of that range, {{string:N}} N letters and digits. A string that is
// one counter or number alone becomes a JSON number.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "load.hpp"

namespace narrows::tools {

class Mix {
 public:
  struct Piece {
    enum class Kind : std::uint8_t { text, counter, client, number, string };
    Kind kind = Kind::text;
    std::string text;
    std::int64_t low = 0;
    std::uint64_t span = 0;  // how many numbers from low on; or how many characters
  };
  struct Message {
    double weight = 1;
    std::vector<Piece> body;  // what follows the opening brace
    std::string expect;
    std::vector<std::string> same;
  };

  /// Throws std::runtime_error with one sentence if the text is no mix.
  static Mix parse(std::string_view text);

  /// Appends request `index` with its newline: the same whenever it is asked for.
  void render(const Load& load, std::uint64_t index, std::string& to) const;
  /// Which of the messages request `index` is.
  [[nodiscard]] const Message& message_of(const Load& load, std::uint64_t index) const;
  /// No line is longer.
  [[nodiscard]] std::size_t longest_line() const;
  [[nodiscard]] const std::vector<Message>& messages() const { return messages_; }

 private:
  std::vector<Message> messages_;
  std::vector<double> up_to_;  // sums of the weights, the last one being 1
};

}  // namespace narrows::tools
