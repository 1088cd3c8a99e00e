// SPDX-License-Identifier: MIT
// The first stage: cuts what was read into lines and decodes them, a batch at a time.
//
// It does no input itself: whoever drives it reads into space() and calls parse(). So the same code
// runs on a thread behind `read`, in line with the other stages, and under a test's clock.
// Threads: the parser's.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

#include "base/clock.hpp"
#include "json/decode.hpp"
#include "pipeline/batch.hpp"
#include "pipeline/log.hpp"
#include "pipeline/slow.hpp"
#include "pipeline/types.hpp"

namespace narrows::pipeline {

struct LineLimits {
  std::size_t max_line_bytes;
  std::uint32_t max_depth;
};

class Parser {
 public:
  Parser(const Types& types, LineLimits limits, const Clock& clock, Delay delay, Log& log)
      : types_(types),
        limits_(limits),
        clock_(clock),
        delay_(std::move(delay)),
        log_(log),
        decoder_(limits.max_depth) {}

  /// Starts a batch with what the previous one left over. Precondition: the previous batch's text
  /// is still as it was (it may be the same batch).
  void open(InBatch& batch);

  /// What is left over holds a whole line already: parse() before the next read.
  [[nodiscard]] bool has_line() const { return has_line_; }

  /// Where the next read goes; never empty unless wants_long().
  [[nodiscard]] std::span<char> space(InBatch& batch) const;

  /// `bytes` more have come, at t0. True when the batch has rows, and so is to be handed on.
  bool parse(InBatch& batch, std::size_t bytes, Ticks t0);

  /// Input has ended: what is left is a line if it holds anything. True when the batch has rows.
  bool finish(InBatch& batch, Ticks t0);

  /// The batch is full and holds only the beginning of a line: move it to the long batch.
  [[nodiscard]] bool wants_long(const InBatch& batch) const {
    return batch.row_count == 0 && batch.filled == batch.text_bytes;
  }
  static void move(const InBatch& from, InBatch& to);

 private:
  [[nodiscard]] bool has_room(const InBatch& batch) const;
  void take_line(InBatch& batch, std::size_t begin, std::size_t newline);
  void decode(InBatch& batch, json::Span line);
  [[nodiscard]] TypeId type_of(std::string_view type) const;
  [[nodiscard]] TypeId type_in_escapes(std::string_view type) const;
  void add_bad_line(InBatch& batch, BadLine kind);
  void drop_oversized(InBatch& batch);

  const Types& types_;
  const LineLimits limits_;
  const Clock& clock_;
  Delay delay_;
  Log& log_;
  json::Decoder decoder_;

  const char* carry_ = nullptr;  // in the previous batch
  std::size_t carry_bytes_ = 0;
  std::size_t carry_scanned_ = 0;
  Ticks stamp_ = 0;        // the latest of this thread
  bool has_line_ = false;  // parse() stopped for lack of room
  bool skipping_ = false;  // inside a line that is too long
};

}  // namespace narrows::pipeline
