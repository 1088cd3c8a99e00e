// SPDX-License-Identifier: MIT
#include "base/thread.hpp"

#include <unistd.h>

#include <string_view>
#include <system_error>

namespace narrows {

void end_without_memory() {
  constexpr std::string_view kLine = "narrows: error: out of memory\n";
  [[maybe_unused]] const ssize_t written = write(STDERR_FILENO, kLine.data(), kLine.size());
  _exit(1);
}

void fail_to_start_thread() {
  try {
    throw;
  } catch (const std::system_error& error) {
    throw std::system_error(error.code(), "cannot start a thread");
  }
}

}  // namespace narrows
