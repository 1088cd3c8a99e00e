// SPDX-License-Identifier: MIT
#include "pipeline/trace_writer.hpp"

#include <unistd.h>

#include <cerrno>

namespace narrows::pipeline {
namespace {

constexpr std::uint64_t kPeriodNs = 250'000'000;
constexpr int kLastTries = 3;  // as the node ends

}  // namespace

TraceWriter::TraceWriter(std::string path, Tracer& tracer, Log& log, std::size_t most_bytes)
    : path_(std::move(path)),
      tracer_(tracer),
      log_(log),
      text_(tracer, getpid()),
      file_(path_, text_.head(program_invocation_short_name), most_bytes),
      events_(TraceText::kMostBytes + json::Cursor::kPadding) {}

std::uint64_t TraceWriter::tick(std::uint64_t now, bool ending) {
  if (has_begun_ && !ending && now < due_ns_ && !tracer_.is_urgent()) return due_ns_;
  has_begun_ = true;
  const std::size_t samples = write();
  say_news();
  for (int tries = 1; ending && !file_.problem().empty() && tries < kLastTries; ++tries) write();
  // What could not be written is tried again, whether there is more or not.
  const bool is_done = samples == 0 && file_.problem().empty();
  due_ns_ = is_done && tracer_.ask_to_be_woken() ? 0 : now + kPeriodNs;
  return due_ns_;
}

/// How many samples there were.
std::size_t TraceWriter::write() {
  const bool is_open = file_.open();
  const std::size_t samples = tracer_.waiting();
  if (samples != 0) text_.calibrate();
  tracer_.drain(samples, [&](const TraceSample& sample) {
    json::Cursor to(events_.data());
    text_.put(to, sample);
    if (!file_.add({events_.data(), static_cast<std::size_t>(to.at() - events_.data())})) ++lost_;
  });
  const std::uint64_t lost = lost_ + tracer_.dropped();
  if (is_open && lost != told_lost_) {
    json::Cursor to(events_.data());
    text_.put_gap(to, lost - told_lost_);
    if (file_.add({events_.data(), static_cast<std::size_t>(to.at() - events_.data())})) {
      told_lost_ = lost;
    }
  }
  file_.flush();
  return samples;
}

void TraceWriter::say_news() {
  const std::string& problem = file_.problem();
  if (!problem.empty() && !is_problem_said_) {
    log_.write(LogLevel::error,
               "cannot write --trace " + path_ + ": " + problem + "; will try again");
  }
  is_problem_said_ = !problem.empty();
  if (file_.has_wrapped() && !is_wrapping_said_) {
    log_.write(LogLevel::info, "--trace " + path_ + " is full with " +
                                   std::to_string(file_.bytes() >> 10) +
                                   " KiB: from now on the newest messages replace the oldest");
  }
  is_wrapping_said_ = is_wrapping_said_ || file_.has_wrapped();
}

}  // namespace narrows::pipeline
