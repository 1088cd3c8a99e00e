// SPDX-License-Identifier: MIT
// The node's own stages in virtual time, each as if it had a core of its own: does the verdict flip
// where it must? A JSON line a case. Usage: virtual_node SEED [SECONDS]
//
// The stages are slowed to 8, 7 and 6 µs; the one with 6 then gets 0.8 and 1.2 of d*, the delay
// from which on it is the slowest, at nine tenths of what the slowest can do, and at all of it.
// Each second is asked for its verdict, as with `"window": "last"`.
#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "pipeline/dispatcher.hpp"
#include "pipeline/parser.hpp"
#include "pipeline/serializer.hpp"
#include "pipeline/shared_books.hpp"
#include "validation/tandem.hpp"

namespace {

using namespace narrows;
using State = profile::StageClock::State;
using validation::Random;

constexpr Ticks kStampNs = 20;          // what a reading of the clock takes
constexpr Ticks kSystemCallNs = 2'000;  // a read or a write
constexpr Ticks kHandOverNs = 200;
constexpr std::size_t kBatches = 64;

/// Whoever is at work reads its own time from it.
struct VirtualTime {
  Ticks now = 0;

  [[nodiscard]] Clock clock() { return {&VirtualTime::read, this}; }
  static Ticks read(void* context) {
    auto& time = *static_cast<VirtualTime*>(context);
    time.now += kStampNs;
    return time.now;
  }
};

/// A write takes its time, and the bytes are gone.
class VirtualOutput : public pipeline::Output {
 public:
  explicit VirtualOutput(VirtualTime& time) : time_(time) {}
  bool write(std::string_view bytes) override {
    time_.now += kSystemCallNs + bytes.size() / 8;
    return true;
  }

 private:
  VirtualTime& time_;
};

/// Batches from a fixed set, as far as the caller sees to it that there is one.
class VirtualOut : public pipeline::OutBatches {
 public:
  pipeline::OutBatch& take(bool /*long_one*/) override {
    if (free_.empty()) {
      owned_.push_back(std::make_unique<pipeline::OutBatch>(pipeline::kArenaBytes));
      free_.push_back(owned_.back().get());
    }
    pipeline::OutBatch& batch = *free_.back();
    free_.pop_back();
    batch.clear();
    return batch;
  }
  void hand_on(pipeline::OutBatch& batch) override { handed.push_back(&batch); }
  void give_back(pipeline::OutBatch& batch) { free_.push_back(&batch); }

  std::vector<pipeline::OutBatch*> handed;

 private:
  std::vector<std::unique_ptr<pipeline::OutBatch>> owned_;
  std::vector<pipeline::OutBatch*> free_;
};

class VirtualNode {
 public:
  VirtualNode(std::vector<Slow> slow, double rate_per_ns, std::uint64_t seed)
      : slow_(std::move(slow)), random_(seed), rate_per_ns_(rate_per_ns) {
    for (std::size_t i = 0; i < kBatches; ++i) {
      in_owned_.push_back(std::make_unique<pipeline::InBatch>(
          pipeline::kReadBytes + pipeline::kCarryBytes, pipeline::kRows, pipeline::kMembers));
      in_free_.push_back(in_owned_.back().get());
    }
    for (const Stage stage : {Stage::parse, Stage::dispatch, Stage::serialize}) {
      books_.clock_of(stage).enter(State::idle, 0);
    }
    next_arrival_ = 1'000;
    line_ = R"({"src":"c0","dest":"n1","body":{"type":"init","msg_id":1,"node_id":"n1",)"
            R"("node_ids":["n1"]}})"
            "\n";
  }

  /// Goes on until then; the last second's figures.
  const profile::Stats& run_until(Ticks end) {
    while (std::min({parse_start(), dispatch_start(), serialize_start()}) < end) step();
    time_.now = end;
    books_.summarize(profile::Period::last, stats_);
    return stats_;
  }

 private:
  static constexpr Ticks kNever = ~Ticks{0};

  template <typename Item>
  struct Arrived {
    Ticks at;
    Item* item;
  };

  [[nodiscard]] Ticks parse_start() const {
    return in_free_.empty() ? kNever : std::max({parse_free_, next_arrival_, in_freed_});
  }
  [[nodiscard]] Ticks dispatch_start() const {
    return parsed_.empty() ? kNever : std::max(dispatch_free_, parsed_.front().at);
  }
  [[nodiscard]] Ticks serialize_start() const {
    return dispatched_.empty() ? kNever : std::max(serialize_free_, dispatched_.front().at);
  }

  /// The stage that can begin first does one batch.
  void step() {
    const Ticks parse = parse_start();
    const Ticks dispatch = dispatch_start();
    const Ticks serialize = serialize_start();
    if (serialize <= dispatch && serialize <= parse) return this->serialize(serialize);
    if (dispatch <= parse) return this->dispatch(dispatch);
    return this->parse(parse);
  }

  void parse(Ticks start) {
    profile::StageClock& clock = books_.clock_of(Stage::parse);
    const bool waited = start > parse_free_;
    pipeline::InBatch& batch = *in_free_.back();
    in_free_.pop_back();
    time_.now = start;
    clock.enter(State::busy, start);
    parser_.open(batch);
    const std::size_t bytes = read(parser_.space(batch), start);
    time_.now += kSystemCallNs;
    const Ticks received = clock_.now();
    batch.waited.input = waited ? start : 0;
    if (parser_.parse(batch, bytes, received)) {
      time_.now += kHandOverNs;
      parsed_.push_back({time_.now, &batch});
    } else {
      in_free_.push_back(&batch);
    }
    parse_free_ = time_.now;
    clock.enter(State::idle, time_.now);
  }

  /// What has arrived by then, as far as it fits.
  std::size_t read(std::span<char> space, Ticks now) {
    std::size_t bytes = 0;
    while (next_arrival_ <= now && bytes + line_.size() <= space.size()) {
      std::memcpy(space.data() + bytes, line_.data(), line_.size());
      bytes += line_.size();
      ++arrived_;
      line_ =
          R"({"src":"c1","dest":"n1","body":{"type":"echo","echo":"benchbenchbench","msg_id":)" +
          std::to_string(arrived_ + 1) + "}}\n";
      next_arrival_ += static_cast<Ticks>(random_.exponential() / rate_per_ns_) + 1;
    }
    return bytes;
  }

  void dispatch(Ticks start) {
    profile::StageClock& clock = books_.clock_of(Stage::dispatch);
    pipeline::InBatch& batch = *parsed_.front().item;
    parsed_.pop_front();
    time_.now = start;
    clock.enter(State::busy, start);
    dispatcher_.dispatch(batch, out_);
    time_.now += kHandOverNs;
    for (pipeline::OutBatch* each : out_.handed) dispatched_.push_back({time_.now, each});
    out_.handed.clear();
    dispatch_free_ = time_.now;
    clock.enter(State::idle, time_.now);
  }

  void serialize(Ticks start) {
    profile::StageClock& clock = books_.clock_of(Stage::serialize);
    pipeline::OutBatch& batch = *dispatched_.front().item;
    dispatched_.pop_front();
    time_.now = start;
    clock.enter(State::busy, start);
    serializer_.encode(batch, output_);
    if (batch.release != nullptr) {
      if (in_free_.empty()) in_freed_ = time_.now;
      in_free_.push_back(batch.release);
    }
    serializer_.flush(output_);
    out_.give_back(batch);
    serialize_free_ = time_.now;
    clock.enter(State::idle, time_.now);
  }

  pipeline::Delay delay(Stage stage) { return {slow_, stage, clock_}; }
  static pipeline::Types make_types() {
    pipeline::Types types;
    types.add("echo");
    return types;
  }
  static std::vector<Handler> make_handlers(const pipeline::Types& types) {
    std::vector<Handler> handlers(types.names().size());
    handlers[types.find("echo")] = [](const Request& request) {
      return reply("echo_ok").raw("echo", request.raw("echo"));
    };
    return handlers;
  }

  const std::vector<Slow> slow_;
  Random random_;
  const double rate_per_ns_;
  VirtualTime time_;
  const Clock clock_ = time_.clock();
  pipeline::Log log_{LogLevel::error};
  const pipeline::Types types_ = make_types();
  const std::vector<Handler> handlers_ = make_handlers(types_);
  pipeline::SharedBooks books_{types_.names(), clock_, false, log_.parking(), kBatches};
  pipeline::Parser parser_{types_, {1 << 20, 512}, clock_, delay(Stage::parse), log_};
  pipeline::Dispatcher dispatcher_{handlers_, 1 << 20, clock_, delay(Stage::dispatch), log_};
  pipeline::Serializer serializer_{books_, clock_, delay(Stage::serialize)};
  VirtualOutput output_{time_};
  VirtualOut out_;
  profile::Stats stats_;

  std::vector<std::unique_ptr<pipeline::InBatch>> in_owned_;
  std::vector<pipeline::InBatch*> in_free_;
  Ticks in_freed_ = 0;  // when a batch came back after there was none
  std::deque<Arrived<pipeline::InBatch>> parsed_;
  std::deque<Arrived<pipeline::OutBatch>> dispatched_;
  Ticks parse_free_ = 0;
  Ticks dispatch_free_ = 0;
  Ticks serialize_free_ = 0;
  Ticks next_arrival_ = 0;
  std::uint64_t arrived_ = 0;
  std::string line_;  // the next to arrive
};

/// `factor` of d* is added to the stage `slowed`; the slowest stage is loaded so far.
void flip(std::size_t slowed, double factor, double load, int seconds, std::uint64_t seed) {
  constexpr double kSlowestNs = 8'000;
  constexpr double kOtherNs = 7'000;
  constexpr double kSlowedNs = 6'000;
  const double added = factor * (kSlowestNs - kSlowedNs);
  const std::size_t slowest = (slowed + 1) % profile::kStages;
  std::vector<Slow> slow;
  for (std::size_t i = 0; i < profile::kStages; ++i) {
    const double ns = i == slowed ? kSlowedNs + added : i == slowest ? kSlowestNs : kOtherNs;
    slow.push_back({static_cast<Stage>(i), std::chrono::nanoseconds(static_cast<long>(ns))});
  }
  VirtualNode node(slow, load / std::max(kSlowestNs, kSlowedNs + added), seed);
  const auto expected = static_cast<int>(factor > 1 ? slowed : slowest);
  int right = 0;
  int latency = 0;
  int sure = 0;
  double off = 0;
  std::string explanation;
  constexpr Ticks kSecond = 1'000'000'000;
  node.run_until(2 * kSecond);  // not judged: it fills
  for (int second = 0; second < seconds; ++second) {
    const profile::Stats& stats = node.run_until((static_cast<Ticks>(second) + 3) * kSecond);
    const profile::Verdict& verdict = stats.verdict;
    right += verdict.throughput.stage == expected ? 1 : 0;
    latency += verdict.latency.stage == expected ? 1 : 0;
    sure += verdict.throughput.confidence >= profile::Answer::kSure ? 1 : 0;
    off = std::max(off, stats.checks.time_accounting.value);
    explanation = verdict.explanation.data();
  }
  std::printf(
      "{\"stage\": \"%s\", \"factor\": %.1f, \"load\": %.1f, \"count\": %d, \"right\": %d, "
      "\"sure\": %d, \"latency_right\": %d, \"unaccounted\": %.4f, \"explanation\": \"%s\"}\n",
      profile::kStageNames[slowed].data(), factor, load, seconds, right, sure, latency, off,
      explanation.c_str());
  std::fflush(stdout);
}

}  // namespace

int main(int argc, char** argv) {
  const std::uint64_t seed = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 0;
  const int seconds = argc > 2 ? std::atoi(argv[2]) : 10;
  if (argc < 2 || argc > 3 || seconds < 1) {
    std::fprintf(stderr, "usage: virtual_node SEED [SECONDS]\n");
    return 2;
  }
  for (std::size_t stage = 0; stage < profile::kStages; ++stage) {
    for (const double factor : {0.8, 1.2}) {
      for (const double load : {0.9, 1.0}) flip(stage, factor, load, seconds, seed + stage);
    }
  }
  return 0;
}
