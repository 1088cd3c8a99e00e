// SPDX-License-Identifier: MIT
// What `narrows top` shows, gathered from a profile or from a run: figures and sentences, no
// layout.
//
// Texts are printable.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "top/node_figures.hpp"

namespace narrows::tools {

/// Of a node under load, what its clients and the system see of it; of the last second.
struct Outside {
  double elapsed_s = 0;
  std::optional<double> offered_per_second;  // of an open loop
  double per_second = 0;
  Latency latency;
  double cpu = 0;  // cores that it used
  double cpus = 1;
  double rss_bytes = 0;
  double waiting = 0;           // requests without a reply
  double stdin_blocked = 0;     // share of the second that its stdin was full
  double generator_lag_us = 0;  // how late the load was, where that matters; 0: it was not
  double answered = 0, errors = 0, wrong = 0, duplicated = 0, unsolicited = 0;  // since the start

  /// The node does not keep up with an open loop.
  [[nodiscard]] bool is_overloaded() const;
};

struct Notice {
  bool alarming = false;
  std::string text;
};

struct View {
  std::string subject;    // the file, or the node's command line
  std::string status;     // "live", "stale for 12 s"
  bool is_final = false;  // nothing will follow it

  std::optional<NodeFigures> last;  // of the last second
  std::optional<NodeFigures> all;   // since the start
  std::optional<Outside> outside;
  std::string no_stages;        // why there are none, a sentence; empty: there are, or may be
  std::vector<Moment> history;  // oldest first
  double now_s = 0;             // on its clock
  std::vector<Notice> notices;  // of the source, beside those that the figures give
  double blocked_s = 0;         // for so long the node's stdout has been blocked

  void add_notice(std::string_view text);
  /// What the node said: of its last second if it says that, and unless `prefer_all`.
  [[nodiscard]] const NodeFigures* figures(bool prefer_all) const;
  /// The verdict of these figures, or of the others where there is too little to judge by.
  [[nodiscard]] const Judgement* judgement(bool prefer_all) const;
  [[nodiscard]] std::optional<double> per_second(bool prefer_all) const;
  [[nodiscard]] std::vector<Notice> all_notices() const;
};

/// "dispatch dominates (saturated), 99 % sure".
[[nodiscard]] std::string headline(const Judgement& judgement);

/// What dominates the mean latency, and its tail, as the headline has it for the throughput; empty:
/// the node does not say.
[[nodiscard]] std::string further_answers(const Judgement& judgement);

/// All of it in one line without its newline, for what is no terminal. ASCII unless `utf8`; with
/// `reasons` it says why there are no stages.
[[nodiscard]] std::string one_line(const View& view, bool utf8, bool reasons);

}  // namespace narrows::tools
