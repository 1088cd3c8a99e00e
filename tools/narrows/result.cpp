// SPDX-License-Identifier: MIT
#include "result.hpp"

#include "json/value.hpp"

namespace narrows::tools {

std::optional<double> Result::outside_node_avg_us() const {
  const auto stats = json::Value::parse(bench_stats);
  const auto inside = stats ? (*stats)["latency_us"]["avg"].number() : std::nullopt;
  if (!inside) return std::nullopt;
  return figures.mean_of_all_us() - *inside;
}

}  // namespace narrows::tools
