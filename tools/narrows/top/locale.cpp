// SPDX-License-Identifier: MIT
#include <langinfo.h>

#include <clocale>
#include <string_view>

#include "style.hpp"
#include "top/terminal.hpp"

namespace narrows::tools {

bool use_locale() {
  const auto is_utf8 = [] { return std::string_view(nl_langinfo(CODESET)) == "UTF-8"; };
  if (!Style::of_stdout().utf8) return false;
  std::setlocale(LC_CTYPE, "");
  // The locale that is asked for may not be installed; its characters always are.
  if (!is_utf8()) std::setlocale(LC_CTYPE, "C.UTF-8");
  return is_utf8();
}

}  // namespace narrows::tools
