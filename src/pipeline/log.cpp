// SPDX-License-Identifier: MIT
#include "pipeline/log.hpp"

#include <algorithm>
#include <string>

#include "base/text.hpp"

namespace narrows::pipeline {
namespace {

constexpr std::uint64_t kQuietNs = 1'000'000'000;

}  // namespace

void Log::write(LogLevel level, std::string_view text) {
  if (wants(level)) push(level, text, {});
}

void Log::trouble(profile::Trouble kind, std::string_view what, std::string_view line) {
  if (!wants(LogLevel::warning) || !opens(static_cast<std::size_t>(kind))) return;
  push(LogLevel::warning, what, line);
}

void Log::blocked_for(long milliseconds, std::string_view who, std::string_view type) {
  if (!wants(LogLevel::warning) || !opens(kHeldUp)) return;
  push(LogLevel::warning,
       std::string(who) + " held up all others for " + std::to_string(milliseconds) +
           " ms (offload() is for work that takes long)",
       type);
}

void Log::failed(Code code, std::string_view what, std::string_view text) {
  const auto index = static_cast<std::size_t>(code);
  if (!opens(kFailed + index)) return;
  std::string line(kCodeNames[index]);
  line.append(" threw ").append(what);
  if (!text.empty()) line.append(": ").append(text.substr(0, kLineBytes));
  push(LogLevel::error, line, {});
}

std::string_view Log::name_of(std::size_t kind) {
  constexpr std::array<std::string_view, kKinds - kHeldUp> kOthers{
      "that held up the node", "failures of timers", "failures of after_init hooks",
      "failures of callbacks", "failures of background tasks"};
  return kind < kHeldUp ? profile::kTroubleNames[kind] : kOthers[kind - kHeldUp];
}

/// Once a second.
bool Log::opens(std::size_t kind) {
  Gate& gate = gates_[kind];
  // Relaxed: counts that one thread writes and another shows.
  gate.hits.store(gate.hits.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
  const std::uint64_t now = clock_ != nullptr ? clock_->time_ns() : monotonic_ns();
  if (gate.last_ns != 0 && now - gate.last_ns < kQuietNs) return false;
  gate.last_ns = now;
  gate.printed.store(gate.printed.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
  return true;
}

void Log::push(LogLevel level, std::string_view text, std::string_view quoted) {
  {
    const std::scoped_lock lock(mutex_);
    if (tail_ - head_ == kLines) {
      dropped_.fetch_add(1, std::memory_order_relaxed);
      return;
    }
    Line& line = ring_[tail_++ % kLines];
    line.level = level;
    line.time = std::chrono::system_clock::now();
    char* const begin = line.text.data();
    char* const end = begin + line.text.size();
    char* at = append_printable(begin, end, text);
    if (!quoted.empty()) {
      at = append_printable(at, end, ": ");
      at = append_printable(at, end, quoted.substr(0, 100));
      if (quoted.size() > 100) at = append_printable(at, end, " …");
    }
    line.size = static_cast<std::size_t>(at - begin);
  }
  parking_.wake();
}

bool Log::take(Line& line) {
  const std::scoped_lock lock(mutex_);
  if (head_ == tail_) return false;
  line = ring_[head_++ % kLines];
  return true;
}

std::uint64_t Log::suppressed(std::size_t kind) {
  Gate& gate = gates_[kind];
  const std::uint64_t silent =
      gate.hits.load(std::memory_order_relaxed) - gate.printed.load(std::memory_order_relaxed);
  // hits is read first: a line that is printed meanwhile must not count as suppressed.
  const std::uint64_t news =
      silent > gate.said && silent < (std::uint64_t{1} << 63) ? silent - gate.said : 0;
  gate.said += news;
  return news;
}

}  // namespace narrows::pipeline
