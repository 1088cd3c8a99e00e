// SPDX-License-Identifier: MIT
#include "pipeline/reporter.hpp"

#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cinttypes>
#include <cstdio>
#include <cstring>
#include <new>
#include <utility>

#include "base/descriptor.hpp"
#include "base/signals.hpp"
#include "base/thread.hpp"
#include "base/whole_file.hpp"
#include "json/encode.hpp"
#include "pipeline/stats_json.hpp"

namespace narrows::pipeline {
namespace {

constexpr std::uint64_t kWindowNs = 250'000'000;       // between two looks at the CPU clocks
constexpr std::uint64_t kProfileNs = 500'000'000;      // between two writes of the file
constexpr std::uint64_t kFirstProfileNs = 50'000'000;  // after the first news
constexpr std::uint64_t kMentionNs = 1'000'000'000;    // after a line: how many were suppressed
constexpr int kLastTries = 3;                          // of the file, as the node ends
constexpr std::uint64_t kPatienceNs = 1'000'000'000;   // for a serializer that is deep in work

std::size_t name_bytes(const profile::Books& books) {
  std::size_t bytes = 0;
  for (const std::string& name : books.types()) bytes += name.size();
  return bytes;
}

/// Of two deadlines, 0 being none.
std::uint64_t earlier(std::uint64_t a, std::uint64_t b) {
  if (a == 0 || b == 0) return a + b;
  return std::min(a, b);
}

/// All lines that figures, or books, speak of, to the node and of its own.
std::uint64_t lines_in(const profile::Stats& figures) {
  std::uint64_t lines = figures.total_messages + figures.sent_unprompted;
  for (const std::uint64_t count : figures.troubles) lines += count;
  return lines;
}
std::uint64_t lines_in(const profile::LedgerView& books) {
  std::uint64_t lines = books.messages() + books.sent_unprompted();
  for (std::size_t i = 0; i < profile::kTroubles; ++i) lines += books.trouble(i);
  return lines;
}

}  // namespace

Reporter::Reporter(const Options& options, SharedBooks& books, Log& log, Tracer* tracer)
    : options_(options),
      books_(books),
      log_(log),
      printer_(options.log_pattern,
               [](std::string_view line) { return write_if_ready(STDERR_FILENO, line); }),
      has_files_(!options.profile_out.empty() || options.stats_every.count() > 0),
      text_(profile_bound(books.books.types().size(), name_bytes(books.books))) {
  figures_.all.types.reserve(books.books.types().size());
  figures_.last.types.reserve(books.books.types().size());
  if (tracer != nullptr) trace_.emplace(options.trace, *tracer, log);
  books_.dormant.store(true, std::memory_order_relaxed);  // before any thread is started
  const SignalShield shield;                              // a signal is for who waits for input
  thread_ = start_thread([this] { run(); });
}

Reporter::~Reporter() {
  ending_.store(true, std::memory_order_release);  // seen after the wake()
  log_.parking().wake();
  thread_.join();
}

void Reporter::run() {
  pthread_setname_np(pthread_self(), "reporter");
  sigset_t size_limit;  // a file that must not grow is an error like others
  sigemptyset(&size_limit);
  sigaddset(&size_limit, SIGXFSZ);
  pthread_sigmask(SIG_BLOCK, &size_limit, nullptr);
  for (;;) {
    const Parking::Ticket ticket = log_.parking().ticket();
    const bool ending = ending_.load(std::memory_order_acquire);
    const Parking::Timeout timeout = try_tick(ending);
    if (ending) return;
    log_.parking().sleep(ticket, timeout);
  }
}

/// What the reporter does can wait for memory: the node goes on.
Parking::Timeout Reporter::try_tick(bool ending) {
  for (int tries = 0; tries < (ending ? kLastTries : 1); ++tries) {
    try {
      return tick(ending);
    } catch (const std::bad_alloc&) {
      if (is_lack_said_) continue;
      is_lack_said_ = write_if_ready(STDERR_FILENO,
                                     "narrows: error: the reporter is out of memory; log lines and "
                                     "files have to wait\n");
    }
  }
  return std::chrono::nanoseconds(kPatienceNs);
}

Parking::Timeout Reporter::tick(bool ending) {
  // 0: nothing to wake up for.
  const std::uint64_t trace_due = trace_ ? trace_->tick(monotonic_ns(), ending) : 0;
  print_lines();
  const std::uint64_t now = monotonic_ns();
  std::uint64_t next = trace_due;
  if (mention_at_ns_ != 0 && (ending || now >= mention_at_ns_)) mention_suppressed();
  if (mention_at_ns_ != 0) next = earlier(next, mention_at_ns_);
  if (ending || !books_.dormant.load(std::memory_order_relaxed)) {
    if (asleep_) wake_up(now);
    if (now >= next_window_ns_) end_window(now);
    if (has_files_ && (ending || now >= std::min(next_profile_ns_, next_summary_ns_))) {
      report(now, ending);
    }
    if (!asleep_) {
      next = earlier(next, std::min({next_window_ns_, next_profile_ns_, next_summary_ns_}));
    }
  }
  if (ending) mention_lost();
  if (next == 0) return {};
  return std::chrono::nanoseconds(next > now ? next - now : 1);
}

void Reporter::wake_up(std::uint64_t now) {
  asleep_ = false;
  constexpr std::uint64_t kNever = ~std::uint64_t{0};
  next_profile_ns_ = options_.profile_out.empty() ? kNever : now + kFirstProfileNs;
  next_summary_ns_ = options_.stats_every.count() > 0 ? now + summary_period_ns() : kNever;
  summary_ns_ = now;
  next_window_ns_ = now + kWindowNs;
}

/// A quarter of a second is over: looks at the CPU clocks and, if the serializer is not at work,
/// turns the page in its place. Without files to write, no news are time to sleep.
void Reporter::end_window(std::uint64_t now) {
  next_window_ns_ = now + kWindowNs;
  const profile::Sources& sources = books_.sources;
  books_.cpu.sample(books_.meters, sources.clock);
  const auto has_news = [&] {
    if (!books_.latch.try_borrow()) return true;
    books_.turn_page_if_full(sources.clock.now());
    const std::uint64_t lines = lines_in(books_.books.all());
    books_.latch.give_back();
    return std::exchange(seen_lines_, lines) != lines;
  };
  if (has_files_ || has_news()) {
    if (has_files_) has_news();
    return;
  }
  books_.dormant.store(true, std::memory_order_relaxed);  // ordered by the latch
  asleep_ = !has_news();
  if (!asleep_) books_.dormant.store(false, std::memory_order_relaxed);
}

std::uint64_t Reporter::summary_period_ns() const {
  return static_cast<std::uint64_t>(options_.stats_every.count() * 1e9);
}

/// Figures are due; or the node ends.
void Reporter::report(std::uint64_t now, bool ending) {
  refresh_figures();
  const profile::Stats& figures = figures_.all;
  const std::uint64_t lines = lines_in(figures);
  const bool unchanged = lines == reported_lines_ && figures.blocked_ms == 0;
  if (!options_.profile_out.empty() && (ending || now >= next_profile_ns_)) {
    if (lines != 0 || figures.blocked_ms != 0) write_profile();
    for (int tries = 1; ending && profile_failed_ && tries < kLastTries; ++tries) write_profile();
    next_profile_ns_ = now + kProfileNs;
  }
  if (options_.stats_every.count() > 0 && (ending || now >= next_summary_ns_)) {
    if (figures.total_messages != summary_messages_) print_summary(now);
    next_summary_ns_ = now + summary_period_ns();
  }
  reported_lines_ = lines;
  if (unchanged && !profile_failed_ && figures.total_messages == summary_messages_or_total()) {
    asleep_ = nothing_new();
  }
}

/// With summaries on, what they have said; else all there is.
std::uint64_t Reporter::summary_messages_or_total() const {
  return options_.stats_every.count() > 0 ? summary_messages_ : figures_.all.total_messages;
}

/// Asks to be woken, then looks once more: the serializer either sees the wish when it next takes
/// the books, or what it did before is in them now.
bool Reporter::nothing_new() {
  books_.dormant.store(true, std::memory_order_relaxed);  // ordered by the latch
  bool news = true;
  if (books_.latch.try_borrow()) {
    books_.summarize(figures_);
    books_.latch.give_back();
    news = lines_in(figures_.all) != reported_lines_ || figures_.all.blocked_ms != 0;
  }
  if (news) books_.dormant.store(false, std::memory_order_relaxed);
  return !news;
}

void Reporter::refresh_figures() {
  // Release: what was read of the last hand-over is read before the next one is written.
  books_.wanted.store(true, std::memory_order_release);
  const std::uint64_t start = monotonic_ns();
  do {
    const Parking::Ticket ticket = log_.parking().ticket();
    if (!books_.wanted.load(std::memory_order_acquire)) {  // pairs with hand_over_if_wanted()
      // Taken out: the next one may be written while this one is still read.
      std::swap(figures_, books_.handed_over);
      return;
    }
    if (books_.latch.try_borrow()) {
      books_.wanted.store(false, std::memory_order_relaxed);  // ordered by the latch
      books_.summarize(figures_);
      books_.latch.give_back();
      return;
    }
    log_.parking().sleep(ticket, std::chrono::milliseconds(1));
  } while (monotonic_ns() - start < kPatienceNs);
}

void Reporter::write_profile() {
  json::Cursor text(text_.data());
  pipeline::write_profile(text, figures_);
  const auto size = static_cast<std::size_t>(text.at() - text_.data());
  const bool written = write_whole_file(options_.profile_out, {text_.data(), size});
  if (!written && !profile_failed_) {
    const std::string reason = std::strerror(errno);
    log_.write(LogLevel::error, "cannot write --profile-out " + options_.profile_out + ": " +
                                    reason + "; will try again");
    print_lines();
  }
  profile_failed_ = !written;
}

void Reporter::print_summary(std::uint64_t now) {
  const profile::Stats& figures = figures_.all;
  const std::uint64_t messages =
      figures.total_messages - std::min(summary_messages_, figures.total_messages);
  const double seconds = static_cast<double>(now - summary_ns_) / 1e9;
  const profile::Verdict& verdict = figures.verdict;
  const int named = verdict.throughput.stage;
  const std::string_view stage = named == profile::Answer::kNoStage
                                     ? std::string_view("none yet")
                                     : profile::kStageNames[static_cast<std::size_t>(named)];
  std::array<char, 48> sent{};
  if (figures.sent_unprompted != 0) {
    std::snprintf(sent.data(), sent.size(), " (and %" PRIu64 " sent unprompted)",
                  figures.sent_unprompted);
  }
  std::array<char, 512> line{};
  const int size = std::snprintf(line.data(), line.size(),
                                 "%" PRIu64
                                 " messages%s, %.0f/s lately; since the start %.0f/s, avg %.1f us, "
                                 "p99 %.1f us; bottleneck %s (%s)",
                                 figures.total_messages, sent.data(),
                                 seconds > 0 ? static_cast<double>(messages) / seconds : 0.0,
                                 figures.throughput_per_second, figures.latency.avg / 1000,
                                 figures.latency.p99 / 1000, stage.data(),
                                 profile::name_of(verdict.state).data());
  print(LogLevel::info, std::chrono::system_clock::now(),
        {line.data(), static_cast<std::size_t>(size)});
  summary_messages_ = figures.total_messages;
  summary_ns_ = now;
}

void Reporter::print_lines() {
  Log::Line line;
  while (log_.take(line)) {
    print(line.level, line.time, {line.text.data(), line.size});
    if (mention_at_ns_ == 0) mention_at_ns_ = monotonic_ns() + kMentionNs;
  }
  unprintable_ += log_.dropped();
}

/// The node ends: whether stderr takes lines now?
void Reporter::mention_lost() {
  for (int tries = 0; unprintable_ != 0 && tries < kLastTries; ++tries) say_lost();
}

void Reporter::say_lost() {
  const std::string lost = std::to_string(unprintable_) + " log lines were lost";
  if (printer_.print(LogLevel::warning, std::chrono::system_clock::now(), lost)) unprintable_ = 0;
}

void Reporter::mention_suppressed() {
  mention_at_ns_ = 0;
  for (std::size_t kind = 0; kind < Log::kKinds; ++kind) {
    const std::uint64_t count = log_.suppressed(kind);
    if (count == 0) continue;
    std::array<char, 128> line{};
    const int size = std::snprintf(line.data(), line.size(), "%" PRIu64 " more %s not shown", count,
                                   Log::name_of(kind).data());
    print(LogLevel::warning, std::chrono::system_clock::now(),
          {line.data(), static_cast<std::size_t>(size)});
    mention_at_ns_ = monotonic_ns() + kMentionNs;  // there may be more of them
  }
}

void Reporter::print(LogLevel level, Log::Time time, std::string_view text) {
  // A call that fails may have failed for once.
  if (!printer_.print(level, time, text) && !printer_.print(level, time, text)) {
    ++unprintable_;
    return;
  }
  if (unprintable_ != 0) say_lost();
}

}  // namespace narrows::pipeline
