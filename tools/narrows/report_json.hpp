// SPDX-License-Identifier: MIT
// A run as one JSON object, for programs.
//
// Version 1; members may be added, those there are keep their meaning:
//   version, valid
//   partial      cut short by a signal
//   problem      why it is not valid, one sentence, or null
//   remarks      array of sentences
//   messages, size_bytes, type
//   elapsed_s    from the first send to the last reply
//   throughput_per_sec
//   replies      {answered, missing, duplicated, out_of_order, unsolicited, wrong, errors_by_code}
//                Each request sent is answered, wrong or missing; an error is an answer.
//                errors_by_code maps codes to counts; beyond 100 codes they are "other".
//   node         {command, cpu_s, cpu_user_s, cpu_system_s, cpu_us_per_message, peak_rss_bytes,
//                exit_status, signal}: of the last two one is null
//   generator    {cpu_s}: our own, in elapsed_s
//   bench_stats  the body of the node's own figures, or null
#pragma once

#include <string>

#include "result.hpp"

namespace narrows::tools {

/// One line with its newline.
[[nodiscard]] std::string json_report(const Result& result);

}  // namespace narrows::tools
