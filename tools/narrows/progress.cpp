// SPDX-License-Identifier: MIT
#include "progress.hpp"

#include <unistd.h>

#include <cstdio>

#include "text.hpp"

namespace narrows::tools {
namespace {

constexpr std::chrono::milliseconds kInterval{200};
constexpr int kColumns = 78;

}  // namespace

Progress::Progress()
    : visible_(isatty(STDERR_FILENO) == 1), start_(Clock::now()), next_(start_ + kInterval) {}

Progress::~Progress() {
  if (visible_) std::fprintf(stderr, "\r%*s\r", kColumns, "");
}

void Progress::show(Clock::time_point now, std::uint64_t done, std::uint64_t all) {
  if (!visible_ || now < next_) return;
  next_ = now + kInterval;
  const double seconds = std::chrono::duration<double>(now - start_).count();
  const double rate = static_cast<double>(done) / seconds;
  const double left = rate > 0 ? static_cast<double>(all - done) / rate : 0;
  const std::string line =
      joined({grouped(done), " of ", grouped(all), " replies, ",
              grouped(static_cast<std::uint64_t>(rate)), "/s, ", fixed(left, 0), " s left"});
  std::fprintf(stderr, "\r%-*.*s", kColumns, kColumns, line.c_str());
}

}  // namespace narrows::tools
