// SPDX-License-Identifier: MIT
// A run as one JSON object, for programs.
//
// Version 1 (members may be added; those there are keep their meaning):
//   version, valid, partial (cut short by a signal), problem (one sentence, or null), remarks
//   (array of sentences), messages, size_bytes, type, elapsed_s (first send to last reply),
//   throughput_per_sec,
//   replies {answered, missing, duplicated, out_of_order, unsolicited, wrong, errors_by_code
//     {code: count; "other" beyond 100 codes}}: answered + wrong + missing = sent; an error counts
//     as answered,
//   node {command, cpu_s, cpu_user_s, cpu_system_s, cpu_us_per_message (or null), peak_rss_bytes,
//     exit_status (or null), signal (the number, or null)},
//   generator {cpu_s},
//   bench_stats (the body of the node's bench_stats_ok, or null).
#pragma once

#include <string>

#include "result.hpp"

namespace narrows::tools {

/// One line with its newline.
[[nodiscard]] std::string json_report(const Result& result);

}  // namespace narrows::tools
