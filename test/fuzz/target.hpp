// SPDX-License-Identifier: MIT
// Fuzz targets: functions that are tried with any bytes at all.
//
// libFuzzer makes the bytes (fuzzer.cpp, run by tools/fuzz); replay.cpp reads those that are kept
// in corpus/, as an ordinary test.
// Errors: what does not hold is said on stderr, and ends the program by abort(), which both know
//   for a finding. A target throws nothing, and answers for whatever memory the bytes ask for.
// Threads: one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace narrows::fuzz {

/// Lines for the decoder of lines and for json::Value, against other parsers.
void line(std::string_view input);
/// Input of a whole node, in pieces, against a model of what each line is answered with.
void node(std::string_view input);
/// Operations on histograms, against sorted values.
void histogram(std::string_view input);
/// Texts that the investigator is given: by its user, and by a node that lies.
void texts(std::string_view input);
/// What the nodes of a cluster answer, and histories.
void clusters(std::string_view input);
/// Files that the investigator reads.
void files(std::string_view input);

/// Ends the program, and says what was to hold, unless it does. `of`: the bytes in question.
void require(bool holds, std::string_view what, std::string_view of = {});

/// Numbers for choices that no byte of the input stands for, such as where it is cut: they depend
/// on the input alone, so that it can be replayed.
class Chance {
 public:
  explicit Chance(std::string_view input);
  /// From 0 to `bound` - 1. Precondition: bound > 0.
  std::size_t below(std::size_t bound);

 private:
  std::uint64_t state_;
};

/// Takes numbers off the front of an input; after its end they are 0.
class Bytes {
 public:
  explicit Bytes(std::string_view input) : rest_(input) {}
  [[nodiscard]] bool empty() const { return rest_.empty(); }
  std::uint8_t byte();
  /// Of so many bytes.
  std::uint64_t number(std::size_t bytes);

 private:
  std::string_view rest_;
};

/// Calls take(line) for each line of a text, the last one whether it ends with a newline or not.
template <typename Take>
void for_each_line(std::string_view text, Take take) {
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    take(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
}

}  // namespace narrows::fuzz
