// SPDX-License-Identifier: MIT
// Logs that several nodes keep in lin-kv, each in segments (segments.hpp).
//
// 1. An offset is a message's place in its log. Sends to a log that come to a node while others are
//    under way are appended together. Where another node came first they are tried again behind its
//    messages; a node that this happens to reads before it appends, until a read brings nothing
//    new.
// 2. A poll reads the segment of its offset in lin-kv, and full ones once; polls that wait for the
//    same segment share the read, which begins after all of them.
// 3. What is committed is a number a key, that only grows: by compare-and-set of the last known
// one.
#include <algorithm>
#include <chrono>
#include <deque>
#include <map>
#include <utility>
#include <vector>

#include "narrows/kv.hpp"
#include "workloads/batcher.hpp"
#include "workloads/kafka_logs.hpp"
#include "workloads/segments.hpp"

namespace narrows::workloads {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kSegment = 64;  // messages

bool is(const Error& error, ErrorCode code) { return error.code() == static_cast<int>(code); }

/// Full segments that were read or written last, of all logs.
class SegmentCache {
 public:
  [[nodiscard]] SegmentPtr find(const std::string& key, std::uint64_t index) const {
    const auto found = segments_.find({key, index});
    return found == segments_.end() ? nullptr : found->second;
  }
  void put(const std::string& key, const SegmentPtr& segment) {
    const Place place(key, segment->index);
    if (!segments_.try_emplace(place, segment).second) return;
    by_age_.push_back(place);
    if (by_age_.size() <= kMost) return;
    segments_.erase(by_age_.front());
    by_age_.pop_front();
  }

 private:
  using Place = std::pair<std::string, std::uint64_t>;
  static constexpr std::size_t kMost = 1000;

  std::map<Place, SegmentPtr> segments_;
  std::deque<Place> by_age_;
};

struct SendCall : Call {
  std::string message;
  std::uint64_t offset = 0;
  int attempts = 0;
};

struct ReadCall : Call {
  std::uint64_t index = 0;
  SegmentPtr segment;
};

class SharedLog {
 public:
  SharedLog(Node& node, std::string key, SegmentCache& full)
      : node_(node),
        key_(std::move(key)),
        full_(full),
        segments_(node, "kafka/" + key_, kSegment),
        sends_(node, kSegment, [this](const auto& calls) { return append(calls); }),
        reads_(node, kMostReads, [this](const auto& calls) { return read(calls); }) {}

  Task<std::uint64_t> send(std::string message) {
    const auto call = std::make_shared<SendCall>();
    call->message = std::move(message);
    co_await sends_.serve(call);
    co_return call->offset;
  }

  Task<std::string> poll(std::uint64_t offset) {
    Polled polled;
    for (bool is_end = false; !is_end;) {
      const auto call = std::make_shared<ReadCall>();
      call->index = offset / kSegment;
      call->segment = full_.find(key_, call->index);
      if (call->segment == nullptr) co_await reads_.serve(call);
      const auto& messages = call->segment->items;
      for (std::size_t i = offset % kSegment; i < messages.size() && !polled.is_enough(); ++i) {
        polled.add(offset++, messages[i]);
      }
      is_end = polled.is_enough() || !segments_.is_full(*call->segment);
    }
    co_return polled.json();
  }

 private:
  static constexpr std::size_t kMostReads = 1000;  // polls, by one read
  static constexpr int kAttempts = 30;
  static constexpr std::chrono::microseconds kMostPause = 5ms;

  Task<> append(const Batcher<SendCall>::Calls& calls) {
    if (reads_first_) reads_first_ = co_await find_end();
    const SegmentPtr end = end_;
    const std::size_t count = std::min(calls.size(), kSegment - end->items.size());
    std::vector<std::string> messages;
    for (std::size_t i = 0; i < count; ++i) messages.push_back(calls[i]->message);
    const SegmentPtr grown = co_await segments_.append(end, std::move(messages));
    if (grown != nullptr) {
      take(grown);
      for (std::size_t i = 0; i < count; ++i) {
        calls[i]->offset = end->index * kSegment + end->items.size() + i;
        calls[i]->succeed();
      }
      co_return;
    }
    reads_first_ = true;
    for (std::size_t i = 0; i < count; ++i) {
      if (++calls[i]->attempts < kAttempts) continue;
      calls[i]->fail({ErrorCode::temporarily_unavailable, "others always came first"});
    }
    co_await sleep(std::chrono::microseconds(node_.random(kMostPause.count())));
  }

  Task<> read(const Batcher<ReadCall>::Calls& calls) {
    const std::uint64_t index = calls.front()->index;
    const SegmentPtr segment = co_await segments_.read(index);
    take(segment);
    for (const auto& call : calls) {
      if (call->index != index) continue;
      call->segment = segment;
      call->succeed();
    }
  }

  /// Where the next message goes, as it is now or later: in steps that double, and then halve. True
  /// if anything there is new.
  Task<bool> find_end() {
    bool is_new = false;
    for (std::uint64_t step = 1;;) {
      const SegmentPtr segment = co_await segments_.read(end_->index + step - 1);
      if (!segment->exists() && step > 1) {
        step /= 2;
        continue;
      }
      is_new |= is_beyond_end(*segment);
      take(segment);
      if (!segments_.is_full(*segment)) co_return is_new;
      step *= 2;
    }
  }

  [[nodiscard]] bool is_beyond_end(const Segment& segment) const {
    return std::pair(segment.index, segment.items.size()) >
           std::pair(end_->index, end_->items.size());
  }
  void take(const SegmentPtr& segment) {
    if (!segment->exists()) return;  // it may be far behind the end
    const bool is_full = segments_.is_full(*segment);
    if (is_full) full_.put(key_, segment);
    SegmentPtr end = is_full ? empty_segment(segment->index + 1) : segment;
    if (is_beyond_end(*end)) end_ = std::move(end);
  }

  Node& node_;
  const std::string key_;
  SegmentCache& full_;
  Segments segments_;
  SegmentPtr end_ = empty_segment(0);  // the last that is known to be begun; never a full one
  bool reads_first_ = false;
  Batcher<SendCall> sends_;
  Batcher<ReadCall> reads_;
};

class SharedLogs final : public Logs {
 public:
  explicit SharedLogs(Node& node) : node_(node), kv_(node) {}

  Task<std::uint64_t> send(std::string key, std::string message) override {
    return log(key).send(std::move(message));
  }
  Task<std::string> poll(std::string key, std::uint64_t offset) override {
    return log(key).poll(offset);
  }

  Task<> commit(std::string key, std::uint64_t offset) override {
    bool is_in_doubt = false;
    auto& known = committed_[key];  // which others may have passed
    for (int attempt = 1; known < offset; ++attempt) {
      const std::optional<std::uint64_t> before = known;
      std::optional<Error> failure;
      try {
        co_await kv_.compare_and_set(committed_key(key), before, offset, !before);
        known = std::max<std::optional<std::uint64_t>>(known, offset);
      } catch (const Cancelled&) {
        throw;
      } catch (const Error& error) {
        failure = error;
      }
      if (!failure) continue;
      if (is(*failure, ErrorCode::precondition_failed)) {
        known = std::max(known, co_await committed(key));
      } else {
        is_in_doubt |= !failure->is_definite();
      }
      if (attempt < kAttempts) continue;
      if (is_in_doubt) throw Error(ErrorCode::timeout, "lin-kv does not answer");
      throw Error(ErrorCode::temporarily_unavailable, "others always came first");
    }
  }

  Task<std::optional<std::uint64_t>> committed(std::string key) override {
    const auto read = [&] {
      return kv_.read_or<std::optional<std::uint64_t>>(committed_key(key), std::nullopt);
    };
    try {
      co_return co_await retry({.attempts = 3, .first = 20ms}, read);
    } catch (const Cancelled&) {
      throw;
    } catch (const Error& error) {
      throw Error(ErrorCode::temporarily_unavailable, "lin-kv cannot be read");
    }
  }

 private:
  static constexpr int kAttempts = 30;

  SharedLog& log(const std::string& key) {
    auto& log = logs_[key];
    if (log == nullptr) log = std::make_unique<SharedLog>(node_, key, full_);
    return *log;
  }
  static std::string committed_key(const std::string& key) { return "kafka-committed/" + key; }

  Node& node_;
  LinKv kv_;
  SegmentCache full_;
  std::map<std::string, std::unique_ptr<SharedLog>> logs_;         // by key
  std::map<std::string, std::optional<std::uint64_t>> committed_;  // by key, as far as is known
};

}  // namespace

std::unique_ptr<Logs> make_shared_logs(Node& node) { return std::make_unique<SharedLogs>(node); }

}  // namespace narrows::workloads
