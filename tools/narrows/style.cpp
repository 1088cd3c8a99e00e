// SPDX-License-Identifier: MIT
#include "style.hpp"

#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <string_view>

#include "text.hpp"

namespace narrows::tools {
namespace {

/// A variable's value, empty if it is not set.
std::string_view variable(const char* name) {
  const char* const value = std::getenv(name);
  return value == nullptr ? std::string_view() : value;
}

bool locale_is_utf8() {
  for (const char* const name : {"LC_ALL", "LC_CTYPE", "LANG"}) {  // the first that is set counts
    const std::string_view value = variable(name);
    if (value.empty()) continue;
    return strcasestr(value.data(), "utf-8") != nullptr ||
           strcasestr(value.data(), "utf8") != nullptr;
  }
  return false;
}

std::size_t terminal_width() {
  constexpr std::size_t kLeast = 40;  // what claims to be narrower is left to wrap
  winsize size{};
  if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return Style::kWidth;
  return std::clamp<std::size_t>(size.ws_col, kLeast, Style::kWidth);
}

}  // namespace

Style Style::of_stdout() {
  const std::string_view terminal = variable("TERM");
  return {locale_is_utf8(),
          isatty(STDOUT_FILENO) == 1 && variable("NO_COLOR").empty() && !terminal.empty() &&
              terminal != "dumb",
          terminal_width()};
}

std::string emphasized(std::string_view line, const Style& style) {
  return style.bold ? joined({"\033[1m", line, "\033[0m"}) : std::string(line);
}

}  // namespace narrows::tools
