// SPDX-License-Identifier: MIT
#include "progress.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstdio>

#include "text.hpp"

namespace narrows::tools {
namespace {

constexpr std::int64_t kInterval = 200'000'000;
constexpr int kColumns = 78;

}  // namespace

Progress::Progress(const Load& load)
    : visible_(!load.quiet && isatty(STDERR_FILENO) == 1), load_(load) {}

Progress::~Progress() {
  if (visible_) std::fprintf(stderr, "\r%*s\r", kColumns, "");
}

void Progress::show(std::int64_t now, const Figures& figures, const Tally& tally) {
  if (!visible_ || now - last_ < kInterval) return;
  const std::uint64_t closed = tally.closed();
  const double rate =
      static_cast<double>(closed - closed_before_) * 1e9 / static_cast<double>(now - last_);
  double left = 0;
  if (load_.duration) {
    left = static_cast<double>((load_.warmup + *load_.duration).count() - now) / 1e9;
  } else if (closed > 0) {
    const double all = static_cast<double>(now) / static_cast<double>(closed);
    left = all * static_cast<double>(load_.messages - std::min(load_.messages, closed)) / 1e9;
  }
  last_ = now;
  closed_before_ = closed;
  const std::string line =
      joined({grouped(closed), " replies, ", grouped(static_cast<std::uint64_t>(rate)), "/s, p99 ",
              grouped(static_cast<std::uint64_t>(figures.latency().summary().p99)), " us, ",
              counted(tally.errors() + tally.wrong, "error", "errors"), ", ",
              fixed(std::max(left, 0.0), 0), " s left"});
  std::fprintf(stderr, "\r%-*.*s", kColumns, kColumns, line.c_str());
}

}  // namespace narrows::tools
