// SPDX-License-Identifier: MIT
// What the investigator may show, whatever it is given.
#pragma once

#include <string>
#include <string_view>

namespace narrows::fuzz {

/// Fails unless a terminal can be given this: UTF-8, without control characters but for newlines.
void require_printable(const std::string& text);

/// The same of a text of one line, without its newline.
void require_one_line(const std::string& text);

/// Fails unless it is one JSON value, to another reader, too.
void require_json(const std::string& text);

/// Calls read() and gives what the std::exception said that it threw, which must be one line that
/// can be shown; empty if it threw none.
template <typename Read>
std::string complaint_of(Read read) {
  try {
    read();
  } catch (const std::exception& error) {
    require_one_line(error.what());
    return error.what();
  }
  return {};
}

/// What a node says of itself, read and shown in all the ways that there are.
void lies(const std::string& body);
/// Lines that a node writes when it is under load.
void replies(std::string_view lines);

}  // namespace narrows::fuzz
