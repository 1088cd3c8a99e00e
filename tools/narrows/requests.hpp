// SPDX-License-Identifier: MIT
// Renders the request lines of a load, one after the other, many at once.
//
// Threads: one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "load.hpp"

namespace narrows::tools {

/// A number in decimal that counts up, its text at hand.
class Digits {
 public:
  explicit Digits(std::uint64_t first) : text_(std::to_string(first)) {}
  void count_up() {
    std::size_t at = text_.size() - 1;
    while (text_[at] == '9' && at > 0) text_[at--] = '0';
    ++text_[at];
  }
  [[nodiscard]] const std::string& text() const { return text_; }

 private:
  std::string text_;
};

class Requests {
 public:
  explicit Requests(const Load& load);

  /// The next lines, at least one and at most `most`: how many there are. Those before are gone.
  /// Precondition: that many are left, and most > 0.
  std::uint64_t render(std::uint64_t most);

  /// What was rendered and is not written yet.
  [[nodiscard]] std::string_view unsent() const {
    return std::string_view(lines_).substr(written_, rendered_bytes_ - written_);
  }
  /// What is unsent of a line whose beginning was written; empty if there is none.
  [[nodiscard]] std::string_view rest_of_line() const;
  /// So many bytes of it are now; how many lines that completes.
  std::uint64_t wrote(std::size_t bytes);

  /// How many lines were rendered, and written whole.
  [[nodiscard]] std::uint64_t rendered() const { return rendered_; }
  [[nodiscard]] std::uint64_t written() const { return whole_; }

 private:
  std::uint64_t render_equal(std::uint64_t most);
  std::uint64_t render_mix(std::uint64_t most);

  const Load load_;
  std::size_t client_at_ = 0;  // offsets in a line
  std::size_t id_at_ = 0;
  std::size_t payload_at_ = 0;
  Digits id_;
  Digits client_;
  std::uint64_t client_turn_ = 0;

  std::string lines_;  // without a mix whole lines, of which only the digits change
  std::size_t rendered_bytes_ = 0;
  std::size_t written_ = 0;        // bytes
  std::vector<std::size_t> ends_;  // of the lines at hand
  std::size_t next_end_ = 0;
  std::uint64_t rendered_ = 0;
  std::uint64_t whole_ = 0;
};

}  // namespace narrows::tools
