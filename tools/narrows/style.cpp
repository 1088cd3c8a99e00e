// SPDX-License-Identifier: MIT
#include "style.hpp"

#include <string.h>
#include <unistd.h>

#include <cstdlib>
#include <string_view>

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

}  // namespace

Style Style::of_stdout() {
  const std::string_view terminal = variable("TERM");
  return {locale_is_utf8(), isatty(STDOUT_FILENO) == 1 && variable("NO_COLOR").empty() &&
                                !terminal.empty() && terminal != "dumb"};
}

}  // namespace narrows::tools
