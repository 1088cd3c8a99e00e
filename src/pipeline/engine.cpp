// SPDX-License-Identifier: MIT
#include "pipeline/engine.hpp"

#include <pthread.h>

#include <algorithm>
#include <cstring>
#include <optional>
#include <thread>
#include <utility>

#include "base/signals.hpp"

namespace narrows::pipeline {
namespace {

using State = profile::StageClock::State;

constexpr std::size_t kLittle = 4096;  // bytes of a read that surely took all there was
constexpr std::size_t kLeastBatches = 2;
constexpr std::size_t kMostBatches = 256;
constexpr std::size_t kInBatchBytes =
    kReadBytes + kCarryBytes + kRows * sizeof(InRow) + kMembers * sizeof(json::Member);
constexpr std::size_t kOutBatchBytes =
    kArenaBytes + kRows * (sizeof(OutRow) + sizeof(Origin)) + kMembers * sizeof(OutField);
/// Rows of the long batches, the serializer's buffers.
constexpr std::size_t kFixedBytes = kOutBatchBytes + kMembers * sizeof(json::Member) +
                                    Serializer::kBufferBytes + (std::size_t{64} << 10);

std::size_t batches_in(const Options& options) {
  const std::size_t fixed = 2 * options.max_line_bytes + kFixedBytes;
  const std::size_t free = options.pool_bytes > fixed ? options.pool_bytes - fixed : 0;
  return std::clamp(free / (kInBatchBytes + kOutBatchBytes), kLeastBatches, kMostBatches);
}

Pool<InBatch> make_in_pool(const Options& options) {
  std::vector<std::unique_ptr<InBatch>> batches(batches_in(options));
  for (auto& batch : batches) {
    batch = std::make_unique<InBatch>(kReadBytes + kCarryBytes, kRows, kMembers);
  }
  // Its row, the newline, a CR.
  auto long_one = std::make_unique<InBatch>(
      std::max(options.max_line_bytes + 2, kReadBytes + kCarryBytes), 1, kMembers);
  return {std::move(batches), std::move(long_one)};
}

Pool<OutBatch> make_out_pool(const Options& options) {
  std::vector<std::unique_ptr<OutBatch>> batches(batches_in(options));
  for (auto& batch : batches) batch = std::make_unique<OutBatch>(kArenaBytes);
  auto long_one = std::make_unique<OutBatch>(std::max(options.max_line_bytes, kArenaBytes));
  return {std::move(batches), std::move(long_one)};
}

void name_thread(Stage stage) {
  pthread_setname_np(pthread_self(), profile::kStageNames[static_cast<std::size_t>(stage)].data());
}

}  // namespace

std::size_t least_bytes(std::size_t max_line_bytes) {
  return 2 * max_line_bytes + kFixedBytes + kLeastBatches * (kInBatchBytes + kOutBatchBytes);
}

/// Outgoing batches on their way to another thread.
class Engine::LinkedOut : public OutBatches {
 public:
  explicit LinkedOut(Engine& engine) : engine_(engine) {}
  OutBatch& take(bool long_one) override {
    OutBatch& batch =
        engine_.out_pool_.take(long_one, engine_.stage(Stage::dispatch), engine_.clock_);
    batch.clear();
    return batch;
  }
  void hand_on(OutBatch& batch) override { engine_.dispatched_.try_push(&batch); }

 private:
  Engine& engine_;
};

/// Outgoing batches that are serialized on the spot.
class Engine::InlineOut : public OutBatches {
 public:
  InlineOut(Engine& engine, Output& output) : engine_(engine), output_(output) {}
  OutBatch& take(bool long_one) override {
    OutBatch& batch =
        engine_.out_pool_.take(long_one, engine_.stage(Stage::dispatch), engine_.clock_);
    batch.clear();
    return batch;
  }
  void hand_on(OutBatch& batch) override {
    engine_.switch_stage(Stage::dispatch, Stage::serialize);
    engine_.serialize(batch, output_);
    engine_.switch_stage(Stage::serialize, Stage::dispatch);
  }

 private:
  Engine& engine_;
  Output& output_;
};

Engine::Engine(const Options& options, const Types& types, const std::vector<Handler>& handlers,
               Clock clock, Log& log)
    : clock_(clock),
      one_thread_(options.threads == Threads::single_thread),
      books_(types.names(), clock_, one_thread_, log.parking()),
      in_pool_(make_in_pool(options)),
      out_pool_(make_out_pool(options)),
      parsed_(kMostBatches + 2),
      dispatched_(kMostBatches + 2),
      parser_(types, {options.max_line_bytes, options.max_depth}, clock_,
              Delay(options.slow, Stage::parse, clock_), log),
      dispatcher_(handlers, options.max_line_bytes, clock_,
                  Delay(options.slow, Stage::dispatch, clock_), log),
      serializer_(books_, clock_, Delay(options.slow, Stage::serialize, clock_)) {}

bool Engine::run_pipeline(Input& input, Output& output) {
  {
    std::optional<SignalShield> shield(std::in_place);  // signals are the calling thread's
    const std::jthread dispatch([this] { dispatch_loop(); });
    const std::jthread serialize([&] { serialize_loop(input, output); });
    const std::jthread parse([&] { parse_loop(input); });
    shield.reset();
  }
  return !serializer_.failed();
}

bool Engine::run_single_thread(Input& input, Output& output) {
  feed(input, output);
  books_.latch.let_go();
  return !serializer_.failed();
}

void Engine::feed(Input& input, Output& output) {
  stage(Stage::parse).enter(State::busy, clock_.now());
  stage(Stage::dispatch).enter(State::idle, clock_.now());
  stage(Stage::serialize).enter(State::idle, clock_.now());
  begin_input();
  InlineOut out(*this, output);
  for (bool ended = false; !ended && !serializer_.failed();) {
    const Step step = advance(input);
    ended = step.ended;
    if (!step.rows) continue;
    switch_stage(Stage::parse, Stage::dispatch);
    dispatcher_.dispatch(*batch_, out);
    switch_stage(Stage::dispatch, Stage::parse);
    batch_ = nullptr;
    begin_input();
  }
  stage(Stage::parse).enter(State::idle, clock_.now());
}

void Engine::parse_loop(Input& input) {
  name_thread(Stage::parse);
  stage(Stage::parse).enter(State::busy, clock_.now());
  for (bool ended = false; !ended;) {
    begin_input();
    const Step step = advance(input);
    ended = step.ended;
    if (!step.rows) continue;
    parsed_.try_push(std::exchange(batch_, nullptr));
    dispatched_.announce();
  }
  parsed_.try_push(nullptr);
  stage(Stage::parse).enter(State::idle, clock_.now());
}

/// Makes sure that the parser has a batch. Only after the last one was handed on: waiting for a
/// batch with one in the hand would hold up what could free it.
void Engine::begin_input() {
  if (batch_ != nullptr) return;
  batch_ = &in_pool_.take(false, stage(Stage::parse), clock_);
  parser_.open(*batch_);
}

/// One read, or what the last one left, parsed.
Engine::Step Engine::advance(Input& input) {
  if (parser_.has_line()) return {parser_.parse(*batch_, 0, received_), false};
  if (parser_.wants_long(*batch_)) {
    InBatch& long_one = in_pool_.take(true, stage(Stage::parse), clock_);
    Parser::move(*batch_, long_one);
    in_pool_.put_back(*std::exchange(batch_, &long_one));
  }
  const ssize_t bytes = read(input);
  received_ = clock_.now();
  if (bytes > 0) {
    return {parser_.parse(*batch_, static_cast<std::size_t>(bytes), received_), false};
  }
  return {bytes == Input::kEnd && parser_.finish(*batch_, received_), true};
}

ssize_t Engine::read(Input& input) {
  const std::span<char> space = parser_.space(*batch_);
  // After a read that took all there was, more is seldom there already.
  ssize_t bytes = drained_ ? Input::kWouldBlock : input.read(space);
  if (bytes != Input::kWouldBlock) {
    drained_ = static_cast<std::size_t>(std::max<ssize_t>(bytes, 0)) < kLittle;
    return bytes;
  }
  stage(Stage::parse).enter(State::idle, clock_.now());
  if (one_thread_) books_.latch.let_go();
  while (bytes == Input::kWouldBlock) {
    input.wait();
    bytes = input.read(space);
  }
  if (one_thread_) books_.latch.hold();
  stage(Stage::parse).enter(State::busy, clock_.now());
  drained_ = static_cast<std::size_t>(std::max<ssize_t>(bytes, 0)) < kLittle;
  return bytes;
}

void Engine::dispatch_loop() {
  name_thread(Stage::dispatch);
  profile::StageClock& own = stage(Stage::dispatch);
  LinkedOut out(*this);
  own.enter(State::busy, clock_.now());
  for (;;) {
    InBatch* batch = nullptr;
    if (!parsed_.try_pop(batch)) {
      own.enter(State::idle, clock_.now());
      batch = parsed_.pop();
      own.enter(State::busy, clock_.now());
    }
    if (batch == nullptr) break;
    dispatcher_.dispatch(*batch, out);
  }
  dispatched_.try_push(nullptr);
  own.enter(State::idle, clock_.now());
}

void Engine::serialize_loop(Input& input, Output& output) {
  name_thread(Stage::serialize);
  profile::StageClock& own = stage(Stage::serialize);
  own.enter(State::busy, clock_.now());
  for (;;) {
    OutBatch* batch = nullptr;
    if (!dispatched_.try_pop(batch)) {
      own.enter(State::idle, clock_.now());
      books_.latch.let_go();
      batch = dispatched_.pop();
      books_.latch.hold();
      own.enter(State::busy, clock_.now());
    }
    if (batch == nullptr) break;
    serialize(*batch, output);
    if (serializer_.failed()) input.stop();
  }
  own.enter(State::idle, clock_.now());
  books_.latch.let_go();
}

void Engine::switch_stage(Stage from, Stage to) {
  const Ticks now = clock_.now();
  stage(from).enter(State::idle, now);
  stage(to).enter(State::busy, now);
}

void Engine::serialize(OutBatch& batch, Output& output) {
  serializer_.encode(batch, output);
  if (batch.release != nullptr) in_pool_.give_back(*batch.release);
  serializer_.flush(output);
  out_pool_.give_back(batch);
}

}  // namespace narrows::pipeline
