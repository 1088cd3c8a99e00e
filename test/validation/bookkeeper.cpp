// SPDX-License-Identifier: MIT
#include "validation/bookkeeper.hpp"

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "profile/books.hpp"

namespace narrows::validation {
namespace {

using profile::StageTimes;

Ticks ticks(double ns) { return static_cast<Ticks>(std::llround(ns)); }

/// A stage's times up to any moment, moments rising.
class StageHistory {
 public:
  void busy(double from, double to) { add(from, to, false); }
  void blocked(double from, double to) { add(from, to, true); }

  StageTimes until(double now) {
    while (next_ < spans_.size() && spans_[next_].to <= now) {
      (spans_[next_].blocked ? blocked_ : busy_) += spans_[next_].to - spans_[next_].from;
      ++next_;
    }
    double busy = busy_;
    double blocked = blocked_;
    if (next_ < spans_.size() && spans_[next_].from < now) {
      (spans_[next_].blocked ? blocked : busy) += now - spans_[next_].from;
    }
    return {ticks(busy), ticks(blocked), ticks(std::max(0.0, now - busy - blocked))};
  }

 private:
  struct Span {
    double from;
    double to;
    bool blocked;
  };
  void add(double from, double to, bool blocked) {
    if (to > from) spans_.push_back({from, to, blocked});
  }

  std::vector<Span> spans_;
  std::size_t next_ = 0;
  double busy_ = 0;
  double blocked_ = 0;
};

std::array<StageHistory, kStages> histories(const Passage& passage) {
  std::array<StageHistory, kStages> stages;
  for (const Batch& batch : passage.batches) {
    stages[0].blocked(batch.ready, batch.free);
    stages[0].busy(batch.begun, batch.handed);
    stages[1].busy(batch.t3, batch.passed);
    stages[2].busy(batch.t5, batch.t7);
  }
  return stages;
}

/// The mean number of messages between t0 and t7, by counting them at each change.
double mean_inside(const Passage& passage) {
  std::vector<std::pair<double, double>> changes;
  for (const Batch& batch : passage.batches) {
    changes.emplace_back(batch.t0, static_cast<double>(batch.count));
    changes.emplace_back(batch.t7, -static_cast<double>(batch.count));
  }
  std::sort(changes.begin(), changes.end());
  double inside = 0;
  double area = 0;
  double since = 0;
  for (const auto& [at, change] : changes) {
    area += inside * (at - since);
    inside += change;
    since = at;
  }
  return area / passage.end;
}

class Bookkeeper {
 public:
  Bookkeeper(const Passage& passage, std::size_t slices)
      : passage_(passage),
        slice_(ticks(passage.end / static_cast<double>(slices))),
        books_({"other"}, {false, 64 << 10, static_cast<double>(kMostMessages), kBatches}),
        stages_(histories(passage)) {
    books_.reset(0, {}, {}, slice_);
  }

  void keep(const Tandem& tandem, const Path& path) {
    for (const Batch& batch : passage_.batches) {
      turn_page_if_full(batch.t7);
      record(tandem, path, batch);
    }
    turn_page(passage_.end);
  }

  [[nodiscard]] profile::Verdict verdict() const {
    profile::Evidence evidence;
    profile::SliceCounts sum;
    for (const auto& slice : books_.timeline().all()) sum.add(slice);
    const auto length = static_cast<double>(sum.length);
    for (std::size_t i = 0; i < kStages; ++i) {
      evidence.stages[i] = {static_cast<double>(sum.times[i].busy) / length,
                            static_cast<double>(sum.times[i].blocked) / length,
                            static_cast<double>(sum.times[i].idle) / length, 0};
    }
    evidence.slices = books_.timeline().all();
    evidence.shape = books_.shape();
    evidence.messages = books_.all().messages();
    evidence.elapsed_ns = passage_.end;
    return profile::judge(evidence);
  }

  [[nodiscard]] const profile::Books& books() const { return books_; }

 private:
  void turn_page_if_full(double now) {
    if (books_.is_page_full(ticks(now))) turn_page(now);
  }
  void turn_page(double now) {
    std::array<StageTimes, kStages> times;
    for (std::size_t i = 0; i < kStages; ++i) times[i] = stages_[i].until(now);
    books_.turn_page(ticks(now), times, {}, slice_);
  }

  void record(const Tandem& tandem, const Path& path, const Batch& batch) {
    double parsed = batch.t0;
    double dispatched = batch.t3;
    double serialized = batch.t5;
    for (std::size_t k = batch.first; k < batch.first + batch.count; ++k) {
      profile::Stamps stamps{};
      stamps.t0 = ticks(batch.t0);
      stamps.t1 = ticks(parsed);
      stamps.t2 = ticks(parsed += path.services[0][k]);
      stamps.t3 = ticks(dispatched);
      stamps.t4 = ticks(dispatched += path.services[1][k]);
      stamps.t5 = ticks(serialized);
      stamps.t6 = ticks(serialized += path.services[2][k]);
      stamps.t7 = std::max(ticks(batch.t7), stamps.t6);
      books_.record(stamps, 0);
    }
    (void)tandem;
    profile::Run run;
    run.waited.batch = batch.free > batch.ready ? ticks(batch.free) : 0;
    run.waited.input = batch.begun > batch.free ? ticks(batch.begun) : 0;
    run.received = ticks(batch.t0);
    run.parsed = ticks(batch.parsed);
    run.dispatching = ticks(batch.t3);
    run.dispatched = ticks(batch.dispatched);
    run.serializing = ticks(batch.t5);
    run.serialized = ticks(batch.serialized);
    run.written = ticks(batch.t7);
    run.bytes = 100 * batch.count;
    books_.end_run(run);
  }

  const Passage& passage_;
  const Ticks slice_;
  profile::Books books_;
  std::array<StageHistory, kStages> stages_;
};

}  // namespace

Judgement judge(const Tandem& tandem, const Path& path, const Passage& passage,
                std::size_t slices) {
  Bookkeeper keeper(passage, slices);
  keeper.keep(tandem, path);
  Judgement judgement;
  judgement.verdict = keeper.verdict();
  const profile::LedgerView all = keeper.books().all();
  const auto answered = static_cast<double>(all.answered());
  std::array<double, kStages> shares{};
  for (std::size_t i = 0; i < kStages; ++i) {
    shares[i] = static_cast<double>(all.sum(2 * i)) + static_cast<double>(all.sum(2 * i + 1));
  }
  shares[kStages - 1] += static_cast<double>(all.sum(profile::kComponents - 1));
  judgement.naive =
      static_cast<int>(std::max_element(shares.begin(), shares.end()) - shares.begin());
  const double by_books =
      answered / passage.end * (static_cast<double>(all.sum(profile::kEndToEnd)) / answered);
  judgement.little = std::fabs(mean_inside(passage) / by_books - 1);
  judgement.uneven = static_cast<double>(all.uneven()) / answered;
  return judgement;
}

}  // namespace narrows::validation
