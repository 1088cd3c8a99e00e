// SPDX-License-Identifier: MIT
// The three stages and what lies between them: started, drained, stopped.
//
//   input ─▶ parser ──link──▶ dispatcher ──link──▶ serializer ─▶ output
//              ▲                   ▲                    │
//              │                   └── OutBatch pool ───┤
//              └───────────────────── InBatch pool ─────┘
//
// The same stages run on three threads or, one after the other, on the caller's.
// Ownership: the engine owns the batches, the books and the stages; a batch is always with exactly
//   one stage, one link or one pool.
// Threads: run_*() and feed() are for one thread, which owns the engine.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "base/clock.hpp"
#include "base/link.hpp"
#include "narrows/node.hpp"
#include "pipeline/dispatcher.hpp"
#include "pipeline/log.hpp"
#include "pipeline/parser.hpp"
#include "pipeline/pool.hpp"
#include "pipeline/serializer.hpp"
#include "pipeline/shared_books.hpp"
#include "pipeline/trace.hpp"
#include "pipeline/types.hpp"

namespace narrows::pipeline {

/// Where the lines come from.
class Input {
 public:
  static constexpr ssize_t kWouldBlock = -1;
  static constexpr ssize_t kEnd = 0;
  static constexpr ssize_t kStopped = -2;  // or broken: an unfinished line is no line

  virtual ~Input() = default;
  /// Bytes read, or one of the above; never waits.
  virtual ssize_t read(std::span<char> space) = 0;
  /// Until read() has something else to say, wake() is called, or the timeout.
  virtual void wait(Parking::Timeout timeout) = 0;
  /// From any thread.
  virtual void wake() = 0;
  /// Ends the input. From any thread.
  virtual void stop() = 0;
};

class Engine {
 public:
  /// `types` and `handlers` (by type number) must not change from now on.
  Engine(const Options& options, const Types& types, const std::vector<Handler>& handlers,
         Clock clock, Log& log, Attendant* attendant = nullptr);

  /// Serves the input to its end, and drains. False when the output failed. Throws
  /// std::system_error, before anything is read, when a thread cannot be started.
  bool run_pipeline(Input& input, Output& output);
  bool run_single_thread(Input& input, Output& output);

  /// On the caller's thread, until the input ends or stops. A stopped one may be followed by more:
  /// an unfinished line is kept.
  void feed(Input& input, Output& output);
  /// Ends what waits: there will be no more input.
  void end(Output& output);

  [[nodiscard]] const Identity& identity() const { return dispatcher_.identity(); }
  [[nodiscard]] SharedBooks& books() { return books_; }
  /// Null when nothing is traced.
  [[nodiscard]] Tracer* tracer() { return tracer_ ? &*tracer_ : nullptr; }
  [[nodiscard]] const Clock& clock() const { return clock_; }

 private:
  class LinkedOut;
  class InlineOut;

  struct Step {
    bool rows;   // the batch is to be handed on
    bool ended;  // there is no more input
  };

  void run_stages(Input& input, Output& output);
  void parse_loop(Input& input);
  void dispatch_loop();
  void serialize_loop(Input& input, Output& output);
  void serialize(OutBatch& batch, Output& output);

  // The stages' work, metered.
  [[nodiscard]] bool parse(std::size_t bytes);
  void dispatch(InBatch& batch, OutBatches& out);
  void attend(OutBatches& out);
  void attend_inline(OutBatches& out);
  bool wait_for_batch(InBatch*& batch);
  [[nodiscard]] bool is_attention_due() const;
  [[nodiscard]] Parking::Timeout until_due() const;
  void encode(OutBatch& batch, Output& output);

  void begin_input();
  Step advance(Input& input, OutBatches* out);
  [[nodiscard]] OutBatch& take_out(bool long_one);
  [[nodiscard]] ssize_t read(Input& input, OutBatches* out);

  profile::StageClock& stage(Stage stage) { return books_.clock_of(stage); }
  profile::WorkMeter& meter(Stage stage) { return books_.meter_of(stage); }
  void switch_stage(Stage from, Stage to);

  const Clock clock_;
  const bool one_thread_;
  SharedBooks books_;
  const std::size_t most_ahead_;  // batches that are dispatched before what is due: all there are
  Pool<InBatch> in_pool_;
  Pool<OutBatch> out_pool_;
  Link<InBatch*> parsed_;       // a null pointer is the end
  Link<OutBatch*> dispatched_;  // likewise
  Attendant* const attendant_;
  Parser parser_;
  Dispatcher dispatcher_;
  std::optional<Tracer> tracer_;
  Serializer serializer_;
  InBatch* batch_ = nullptr;     // that the parser fills
  bool drained_ = false;         // the last read took all there was
  Ticks received_ = 0;           // when the last read returned
  profile::ParserWaits waited_;  // the parser's last waits, until a batch has them
};

/// The least that Options::pool_bytes may be.
[[nodiscard]] std::size_t least_bytes(std::size_t max_line_bytes);

}  // namespace narrows::pipeline
