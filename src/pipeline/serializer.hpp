// SPDX-License-Identifier: MIT
// The third stage: encodes and writes the replies, and keeps the books.
//
// Order: rows are encoded in their batch's order; a message is booked once it is written, so a
//   `bench_stats` row, before which everything is written and booked, is a consistent cut. So are
//   messages of the node's own, which are in no figure but their count.
// Bound: one buffer of kBufferBytes; a larger message is written from where its parts lie.
// Threads: the serializer's; figures() is the reporter's, whenever the books are let go.
#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "json/encode.hpp"
#include "pipeline/batch.hpp"
#include "pipeline/shared_books.hpp"
#include "pipeline/slow.hpp"
#include "pipeline/trace.hpp"
#include "profile/write_meter.hpp"

namespace narrows::pipeline {

/// Where the replies go.
class Output {
 public:
  virtual ~Output() = default;
  /// Writes all of it, however long that takes; false when nothing can be written any more.
  virtual bool write(std::string_view bytes) = 0;
};

class Serializer {
 public:
  static constexpr std::size_t kBufferBytes = std::size_t{96} << 10;

  /// `tracer`: null when nothing is traced. With one, what a batch points to must stay until
  /// flush() has returned.
  Serializer(SharedBooks& books, const Clock& clock, Delay delay, Tracer* tracer = nullptr);

  /// Encodes all rows; then the batch's InBatch is no longer needed.
  void encode(OutBatch& batch, Output& output);
  /// Writes and books what encode() left; then the batch is no longer needed.
  void flush(Output& output);

  /// Output has failed: from then on nothing is written.
  [[nodiscard]] bool failed() const { return failed_; }

 private:
  void encode_row(const OutRow& row, Output& output);
  void encode_message(const OutRow& row);
  void book_end_of_encoding();
  void encode_stats(const OutRow& row, Output& output);
  /// For what may be larger than the buffer: a part at a time. `body`: what stands in the body
  /// before in_reply_to, in place of the row's own type and fields.
  void encode_large(const OutRow& row, std::string_view body, Output& output);
  void put_large(std::string_view text, Output& output);
  void end_message(json::Cursor& to, const OutRow& row);
  static void end_own_message(json::Cursor& to, const OutRow& row);
  void put_value(json::Cursor& to, const OutField& field) const;
  [[nodiscard]] std::uint64_t latency_us() const;
  [[nodiscard]] std::size_t bound_of(const OutRow& row) const;

  void write(std::string_view bytes, Output& output);
  void write_and_book(Output& output);
  void book(Ticks t7);
  std::uint32_t book_waited(const OutRow& row, const Origin& origin, Ticks t5, Ticks t7);
  void book_unanswered(const OutRow& row, Ticks t5);
  void end_run(profile::Run& run, Ticks t6);

  SharedBooks& books_;
  const Clock& clock_;
  Delay delay_;
  Tracer* const tracer_;
  profile::WriteMeter meter_;
  std::unique_ptr<char[]> buffer_;
  std::size_t used_ = 0;
  std::vector<char> stats_text_;  // room for the figures
  json::CountWriter msg_id_;
  bool failed_ = false;

  // The batch at hand. Rows [booked_, encoded_) are encoded but not yet booked.
  const OutBatch* batch_ = nullptr;
  std::uint32_t booked_ = 0;
  std::uint32_t encoded_ = 0;
  std::uint32_t next_field_ = 0;
  std::uint32_t next_origin_ = 0;      // of the first row that is not booked
  std::uint32_t started_origins_ = 0;  // those of the rows up to the one at hand
  Ticks received_ = 0;                 // t0 of the row at hand
  Ticks run_start_ = 0;                // t5 of that row; the others' is the previous one's t6
  Ticks stamp_ = 0;                    // the latest of this thread
  Ticks writing_ = 0;                  // spent in `write` since the run began
  Ticks blocked_ = 0;                  // of that: waiting for the reader of stdout
  profile::ParserWaits waited_;        // the batch's, for the next run
  std::uint64_t in_bytes_ = 0;         // of input, that came since the last run
  Origin chain_{};                     // t0, t1 and t3 of the row to be booked next, …
  bool has_chain_ = false;             // … once a row of the batch has begun one
  std::array<Ticks, kRows> t6_;
};

}  // namespace narrows::pipeline
