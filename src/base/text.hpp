// SPDX-License-Identifier: MIT
// Text for a terminal: what came from outside cannot control it.
#pragma once

#include <string_view>

namespace narrows {

/// Appends to [at, end) and returns the new end. Control characters and bytes that are no UTF-8
/// become \xNN; what does not fit is left off, never in mid-character.
char* append_printable(char* at, char* end, std::string_view text);

}  // namespace narrows
