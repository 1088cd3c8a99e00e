// SPDX-License-Identifier: MIT
// A node's verdict in words: which stage, how sure, and what makes the figures doubtful.
//
// `stats` is a body of `bench_stats_ok`, the node's: what is missing in it is left out, what is odd
// is made harmless. page/verdict.js says the same on the page.
// Threads: pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "json/value.hpp"
#include "style.hpp"

namespace narrows::tools {

/// To a question ("throughput", "latency", "tail"): "parse", or "parse or dispatch" if the two are
/// too close to call; nothing if no stage is named.
[[nodiscard]] std::optional<std::string> answer_to(std::string_view question,
                                                   const json::Value& stats);

/// "97 %". Never more than is known: 94.9 % are not 95, and nobody is 100 % sure: "over 99 %".
[[nodiscard]] std::string sureness(double confidence);

/// "output blocked"; nothing if the node gives none.
[[nodiscard]] std::optional<std::string> state_of(const json::Value& stats);

/// One sentence for each check that did not hold: what was found, and what it means.
[[nodiscard]] std::vector<std::string> failed_checks(const json::Value& stats);

/// Lines no longer than the style's width; empty if the node gives no verdict.
[[nodiscard]] std::string verdict(const json::Value& stats, const Style& style);

}  // namespace narrows::tools
