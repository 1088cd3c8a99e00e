// SPDX-License-Identifier: MIT
// Writes the traced messages to the file of `--trace`, four times a second while there are any.
//
// Bound: the file keeps the newest kMostBytes. Said once in the log when it is full.
// Errors: a file that cannot be written is said once and tried again; samples that are lost
//   meanwhile, or found no room in the ring, are counted in an event of the file.
// Threads: the reporter's.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "pipeline/log.hpp"
#include "pipeline/trace.hpp"
#include "pipeline/trace_file.hpp"
#include "pipeline/trace_json.hpp"

namespace narrows::pipeline {

class TraceWriter {
 public:
  static constexpr std::size_t kMostBytes = std::size_t{64} << 20;

  TraceWriter(std::string path, Tracer& tracer, Log& log, std::size_t most_bytes = kMostBytes);

  /// Writes what is due at `now`, all there is when `ending`. When it wants to be called again, as
  /// monotonic_ns(); 0: when the tracer wakes the reporter.
  std::uint64_t tick(std::uint64_t now, bool ending);

 private:
  std::size_t write();
  void say_news();

  const std::string path_;
  Tracer& tracer_;
  Log& log_;
  TraceText text_;
  TraceFile file_;
  std::vector<char> events_;     // of one message
  std::uint64_t due_ns_ = 0;     // 0: as soon as there is a sample
  std::uint64_t lost_ = 0;       // samples that the file did not take
  std::uint64_t told_lost_ = 0;  // … and those that the ring did not, as the file says
  bool has_begun_ = false;
  bool is_problem_said_ = false;
  bool is_wrapping_said_ = false;
};

}  // namespace narrows::pipeline
