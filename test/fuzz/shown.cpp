// SPDX-License-Identifier: MIT
#include "fuzz/shown.hpp"

#include "fuzz/oracle.hpp"
#include "fuzz/target.hpp"
#include "text.hpp"

namespace narrows::fuzz {

void require_printable(const std::string& text) {
  std::string line;
  for_each_line(text, [&](std::string_view each) {
    line = each;
    require_one_line(line);
  });
}

void require_one_line(const std::string& text) {
  // No byte of it is replaced, or written as an escape.
  require(tools::printable(text, text.size()) == text, "what is shown is printable", text);
}

void require_json(const std::string& text) {
  require(nlohmann_takes(tamed(text)), "what is written as JSON is JSON", text);
}

}  // namespace narrows::fuzz
