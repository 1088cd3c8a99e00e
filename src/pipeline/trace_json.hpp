// SPDX-License-Identifier: MIT
// A traced message as trace events, for Perfetto and chrome://tracing.
//
// Three slices, on the tracks parse, dispatch and serialize, with arrows from one to the next; and
// the message as a whole on an asynchronous track, which carries all its figures. Of a handler that
// waited it is not known when it ran but for its first and its last moment: the way between them is
// on the asynchronous track, and on the track dispatch there is a mark at its end. An event is a
// line that begins with a comma.
// Bound: kMostBytes a message, for any name and numbers; long names are cut.
// Source: the "Trace Event Format" document of the Catapult project.
// Threads: the reporter's.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "json/encode.hpp"
#include "pipeline/trace.hpp"

namespace narrows::pipeline {

/// Ticks as nanoseconds since the start. The rate of the clock is known the better the longer it
/// runs; what was told once stays, and nothing that is later is told as earlier.
class TraceTime {
 public:
  TraceTime(const Clock& clock, Ticks start) : clock_(clock), start_(start) {}

  /// Before the first ns(). Takes the rate anew if the time since the start has doubled; for what
  /// comes from now on.
  void calibrate();
  [[nodiscard]] std::uint64_t ns(Ticks at) const;

 private:
  struct Segment {
    Ticks begin;
    std::uint64_t ns;
    double ns_per_tick;
  };
  [[nodiscard]] double rate() const;

  const Clock& clock_;
  const Ticks start_;
  Ticks calibrated_at_ = 0;
  std::vector<Segment> segments_;  // each as long as those before it: some dozens at most
};

class TraceText {
 public:
  /// Bytes that a message's events take at most: with times of centuries. 1,300 are usual.
  static constexpr std::size_t kMostBytes = 3'300;

  TraceText(const Tracer& tracer, int process);

  /// What the file begins with: an open array, and the names of the tracks.
  [[nodiscard]] std::string head(std::string_view program) const;
  /// A message's events. `to` has room for kMostBytes.
  void put(json::Cursor& to, const TraceSample& sample);
  /// That so many samples are missing about here.
  void put_gap(json::Cursor& to, std::uint64_t dropped) const;

  void calibrate() { time_.calibrate(); }

 private:
  void begin(json::Cursor& to, std::string_view phase, std::string_view name,
             std::string_view category) const;
  void at(json::Cursor& to, unsigned track, std::uint64_t ns) const;
  void put_slices(json::Cursor& to, std::string_view name, std::uint64_t msg_id) const;
  void put_whole(json::Cursor& to, std::string_view name, const TraceSample& sample) const;
  void put_handler(json::Cursor& to) const;
  void put_figures(json::Cursor& to, const TraceSample& sample) const;

  const Tracer& tracer_;
  TraceTime time_;
  std::string process_;                    // `,"pid":17,"tid":`
  std::vector<std::string> names_;         // of the types, escaped and cut
  std::vector<std::string> slow_names_;    // … of slow messages
  std::uint64_t number_ = 0;               // of the sample at hand
  std::array<std::uint64_t, 8> stamps_{};  // its, in nanoseconds
  std::uint64_t awaited_ = 0;              // likewise
};

}  // namespace narrows::pipeline
