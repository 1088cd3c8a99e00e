// SPDX-License-Identifier: MIT
// `narrows replay`: sends a node the recorded requests of clients, and compares its replies.
//
// Bound: some 20 MiB and a few times the longest line, however long the recording is; besides, what
// is in flight: requests that the recording has not answered so far, and those that the node has
// not, of which no more than 10,000 or 8 MiB of replies wait unless the node has lost as many.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace narrows::tools {

struct ReplayOptions {
  std::string file;
  std::string replies;              // if set, both files have bare messages a line, without times
  double speed = 1;                 // 0: as fast as it goes
  std::vector<std::string> ignore;  // paths such as body.latency_us
  bool json = false;
  char* const* command = nullptr;
};

/// Of a replay that a signal stopped: what came before.
struct Replayed {
  std::uint64_t requests = 0;
  std::uint64_t same = 0;
  std::uint64_t different = 0;
  std::uint64_t missing = 0;          // were answered when recorded
  std::uint64_t additional = 0;       // further replies to a request, or to none
  std::uint64_t unrecorded = 0;       // replies to requests that have none in the recording
  std::uint64_t other = 0;            // messages of the node that reply to no client
  std::uint64_t left_out = 0;         // lines of the recording that were not whole
  std::vector<std::string> examples;  // of differences, some lines each
  std::string problem;                // the node broke: one sentence
  int stop_signal = 0;

  static constexpr std::size_t kMostExamples = 10;

  [[nodiscard]] std::uint64_t faults() const { return different + missing + additional; }
};

/// Throws std::system_error if the node cannot be started, std::runtime_error with one sentence if
/// a file cannot be read.
[[nodiscard]] Replayed replay(const ReplayOptions& options);

[[nodiscard]] std::string table(const Replayed& replayed);
/// Format: docs/FORMATS.md.
[[nodiscard]] std::string json_report(const Replayed& replayed);

}  // namespace narrows::tools
