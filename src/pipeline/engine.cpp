// SPDX-License-Identifier: MIT
#include "pipeline/engine.hpp"

#include <pthread.h>

#include <algorithm>
#include <cstring>
#include <optional>
#include <utility>

namespace narrows::pipeline {
namespace {

using State = profile::StageClock::State;

constexpr std::size_t kLittle = 4096;  // bytes of a read that surely took all there was
constexpr int kReadsAhead = 16;        // of what is due
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

std::optional<Tracer> make_tracer(const Options& options, const Types& types, const Clock& clock,
                                  Log& log) {
  if (options.trace.empty()) return {};
  return std::optional<Tracer>(std::in_place, types.names(), options.trace_every, clock,
                               log.parking());
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
  OutBatch& take(bool long_one) override { return engine_.take_out(long_one); }
  void hand_on(OutBatch& batch) override {
    engine_.meter(Stage::dispatch).pause(engine_.clock_);  // until another is taken
    engine_.dispatched_.try_push(&batch);
  }
  void put_back(OutBatch& batch) override {
    engine_.meter(Stage::dispatch).pause(engine_.clock_);
    engine_.out_pool_.put_back(batch);
  }

 private:
  Engine& engine_;
};

/// Outgoing batches that are serialized on the spot.
class Engine::InlineOut : public OutBatches {
 public:
  InlineOut(Engine& engine, Output& output) : engine_(engine), output_(output) {}
  OutBatch& take(bool long_one) override { return engine_.take_out(long_one); }
  void hand_on(OutBatch& batch) override {
    const profile::Pausing pausing(engine_.meter(Stage::dispatch), engine_.clock_);
    engine_.switch_stage(Stage::dispatch, Stage::serialize);
    engine_.serialize(batch, output_);
    engine_.switch_stage(Stage::serialize, Stage::dispatch);
  }
  void put_back(OutBatch& batch) override { engine_.out_pool_.put_back(batch); }

 private:
  Engine& engine_;
  Output& output_;
};

Engine::Engine(const Options& options, const Types& types, const std::vector<Handler>& handlers,
               Clock clock, Log& log, Attendant* attendant)
    : clock_(clock),
      one_thread_(options.threads == Threads::single_thread),
      books_(types.names(), clock_, one_thread_, log.parking(), batches_in(options)),
      most_ahead_(batches_in(options)),
      in_pool_(make_in_pool(options)),
      out_pool_(make_out_pool(options)),
      parsed_(kMostBatches + 2),
      dispatched_(kMostBatches + 2),
      attendant_(attendant),
      parser_(types, {options.max_line_bytes, options.max_depth}, clock_,
              Delay(options.slow, Stage::parse, clock_), log),
      dispatcher_(handlers, options.max_line_bytes, clock_,
                  Delay(options.slow, Stage::dispatch, clock_), log, attendant),
      tracer_(make_tracer(options, types, clock_, log)),
      serializer_(books_, clock_, Delay(options.slow, Stage::serialize, clock_), tracer()) {}

bool Engine::run_single_thread(Input& input, Output& output) {
  books_.cpu.watch_this_thread(Stage::parse);
  if (attendant_ != nullptr) attendant_->wake_by([&] { input.wake(); });
  feed(input, output);
  if (attendant_ != nullptr) attendant_->wake_by({});
  end(output);
  books_.latch.let_go();
  return !serializer_.failed();
}

void Engine::feed(Input& input, Output& output) {
  if (attendant_ != nullptr) attendant_->serve_on_this_thread();
  stage(Stage::parse).enter(State::busy, clock_.now());
  stage(Stage::dispatch).enter(State::idle, clock_.now());
  stage(Stage::serialize).enter(State::idle, clock_.now());
  begin_input();
  InlineOut out(*this, output);
  int reads = 0;
  for (bool ended = false; !ended && !serializer_.failed();) {
    const Step step = advance(input, &out);
    ended = step.ended;
    if (step.rows) {
      switch_stage(Stage::parse, Stage::dispatch);
      dispatch(*batch_, out);
      switch_stage(Stage::dispatch, Stage::parse);
      batch_ = nullptr;
      begin_input();
    }
    // What has come goes before what is due, lest a timeout overtake its answer; but not for ever.
    if ((ended || ++reads >= kReadsAhead) && is_attention_due()) {
      reads = 0;
      attend_inline(out);
    }
  }
  stage(Stage::parse).enter(State::idle, clock_.now());
}

/// On the parser's thread: it stops parsing meanwhile.
void Engine::attend_inline(OutBatches& out) {
  switch_stage(Stage::parse, Stage::dispatch);
  attend(out);
  switch_stage(Stage::dispatch, Stage::parse);
}

void Engine::end(Output& output) {
  if (attendant_ == nullptr) return;
  attendant_->serve_on_this_thread();
  InlineOut out(*this, output);
  const profile::Working working(meter(Stage::dispatch), clock_);
  stage(Stage::dispatch).enter(State::busy, clock_.now());
  dispatcher_.end(out);
  stage(Stage::dispatch).enter(State::idle, clock_.now());
}

bool Engine::is_attention_due() const {
  if (attendant_ == nullptr) return false;
  const std::uint64_t due = attendant_->due();
  return due != kNeverDue && due <= clock_.time_ns();
}

Parking::Timeout Engine::until_due() const {
  if (attendant_ == nullptr) return {};
  const std::uint64_t due = attendant_->due();
  if (due == kNeverDue) return {};
  const std::uint64_t now = clock_.time_ns();
  return std::chrono::nanoseconds(due > now ? due - now : 1);
}

void Engine::parse_loop(Input& input) {
  name_thread(Stage::parse);
  books_.cpu.watch_this_thread(Stage::parse);
  stage(Stage::parse).enter(State::busy, clock_.now());
  for (bool ended = false; !ended;) {
    begin_input();
    const Step step = advance(input, nullptr);
    ended = step.ended;
    if (!step.rows) continue;
    parsed_.try_push(std::exchange(batch_, nullptr));
    dispatched_.announce();
  }
  parsed_.try_push(nullptr);
  stage(Stage::parse).enter(State::idle, clock_.now());
}

OutBatch& Engine::take_out(bool long_one) {
  OutBatch& batch =
      out_pool_.take(long_one, stage(Stage::dispatch), meter(Stage::dispatch), clock_);
  batch.clear();
  meter(Stage::dispatch).resume(clock_);
  return batch;
}

/// Makes sure that the parser has a batch. Only after the last one was handed on: waiting for a
/// batch with one in the hand would hold up what could free it.
void Engine::begin_input() {
  if (batch_ != nullptr) return;
  const Ticks before = stage(Stage::parse).since();
  batch_ = &in_pool_.take(false, stage(Stage::parse), meter(Stage::parse), clock_);
  if (stage(Stage::parse).since() != before) waited_.batch = stage(Stage::parse).since();
  parser_.open(*batch_);
}

/// One read, or what the last one left, parsed. `out`: to be attended to while waiting, by this
/// thread, if it is the only one.
Engine::Step Engine::advance(Input& input, OutBatches* out) {
  if (parser_.has_line()) return {parse(0), false};
  if (parser_.wants_long(*batch_)) {
    InBatch& long_one = in_pool_.take(true, stage(Stage::parse), meter(Stage::parse), clock_);
    Parser::move(*batch_, long_one);
    in_pool_.put_back(*std::exchange(batch_, &long_one));
  }
  const ssize_t bytes = read(input, out);
  received_ = clock_.now();
  // A line may come in many reads: only the first of them need have been waited for.
  if (waited_.over() != 0) batch_->waited = std::exchange(waited_, {});
  if (bytes > 0) return {parse(static_cast<std::size_t>(bytes)), false};
  return {bytes == Input::kEnd && parser_.finish(*batch_, received_), true};
}

bool Engine::parse(std::size_t bytes) {
  const profile::Working working(meter(Stage::parse), clock_);
  return parser_.parse(*batch_, bytes, received_);
}

ssize_t Engine::read(Input& input, OutBatches* out) {
  const std::span<char> space = parser_.space(*batch_);
  // After a read that took all there was, more is seldom there already.
  const bool is_due = out != nullptr && is_attention_due();
  ssize_t bytes = drained_ && !is_due ? Input::kWouldBlock : input.read(space);
  if (bytes != Input::kWouldBlock) {
    drained_ = static_cast<std::size_t>(std::max<ssize_t>(bytes, 0)) < kLittle;
    return bytes;
  }
  stage(Stage::parse).enter(State::idle, clock_.now());
  if (one_thread_) books_.latch.let_go();
  while (bytes == Input::kWouldBlock) {
    if (out != nullptr && is_attention_due()) {
      if (one_thread_) books_.latch.hold();
      stage(Stage::parse).enter(State::busy, clock_.now());
      attend_inline(*out);
      stage(Stage::parse).enter(State::idle, clock_.now());
      if (one_thread_) books_.latch.let_go();
    }
    input.wait(out != nullptr ? until_due() : Parking::Timeout{});
    bytes = input.read(space);
  }
  if (one_thread_) books_.latch.hold();
  waited_.input = clock_.now();
  stage(Stage::parse).enter(State::busy, waited_.input);
  drained_ = static_cast<std::size_t>(std::max<ssize_t>(bytes, 0)) < kLittle;
  return bytes;
}

void Engine::dispatch_loop() {
  name_thread(Stage::dispatch);
  books_.cpu.watch_this_thread(Stage::dispatch);
  profile::StageClock& own = stage(Stage::dispatch);
  if (attendant_ != nullptr) attendant_->serve_on_this_thread();
  LinkedOut out(*this);
  own.enter(State::busy, clock_.now());
  std::size_t ahead = 0;
  for (;;) {
    InBatch* batch = nullptr;
    // What has come goes before what is due, lest a timeout overtake its answer; but not for ever.
    const bool long_due = ahead >= most_ahead_ && is_attention_due();
    if (long_due || !parsed_.try_pop(batch)) {
      ahead = 0;
      if (is_attention_due()) {
        attend(out);
        continue;
      }
      own.enter(State::idle, clock_.now());
      const bool popped = wait_for_batch(batch);
      own.enter(State::busy, clock_.now());
      if (!popped) continue;
    }
    if (batch == nullptr) break;
    dispatch(*batch, out);
    ++ahead;
  }
  if (attendant_ != nullptr) {
    const profile::Working working(meter(Stage::dispatch), clock_);
    dispatcher_.end(out);
  }
  dispatched_.try_push(nullptr);
  own.enter(State::idle, clock_.now());
}

/// Or for something else to attend to: false.
bool Engine::wait_for_batch(InBatch*& batch) {
  if (attendant_ == nullptr) {
    batch = parsed_.pop();
    return true;
  }
  return parsed_.pop_or(batch, until_due(), [this] { return is_attention_due(); });
}

void Engine::attend(OutBatches& out) {
  const profile::Working working(meter(Stage::dispatch), clock_);
  dispatcher_.attend(out);
}

void Engine::dispatch(InBatch& batch, OutBatches& out) {
  const profile::Working working(meter(Stage::dispatch), clock_);
  dispatcher_.dispatch(batch, out);
}

void Engine::serialize_loop(Input& input, Output& output) {
  name_thread(Stage::serialize);
  books_.cpu.watch_this_thread(Stage::serialize);
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

void Engine::encode(OutBatch& batch, Output& output) {
  const profile::Working working(meter(Stage::serialize), clock_);
  serializer_.encode(batch, output);
}

void Engine::serialize(OutBatch& batch, Output& output) {
  encode(batch, output);
  InBatch* const input = std::exchange(batch.release, nullptr);
  const bool wanted_longer = tracer_.has_value();  // a sample has in_reply_to from there
  if (input != nullptr && !wanted_longer) in_pool_.give_back(*input);
  serializer_.flush(output);
  if (input != nullptr && wanted_longer) in_pool_.give_back(*input);
  out_pool_.give_back(batch);
}

}  // namespace narrows::pipeline
