// SPDX-License-Identifier: MIT
// The terminal that stdout is, taken over for a while: what is shown replaces what was shown.
//
// Built without a terminal library there is none.
// Threads: all of it on one thread.
#pragma once

#include <memory>

#include "top/screen.hpp"

namespace narrows::tools {

class Terminal {
 public:
  /// How a terminal is opened.
  struct Manner {
    bool color = true;
    bool can_suspend = true;  // Ctrl-Z stops the process
  };
  /// Null if there is no terminal library, or stdout is nothing that can be drawn on. With the
  /// object goes the picture, and the terminal is as it was.
  [[nodiscard]] static std::unique_ptr<Terminal> open(const Manner& manner);

  virtual ~Terminal() = default;
  Terminal(const Terminal&) = delete;
  Terminal& operator=(const Terminal&) = delete;

  /// Now: it may have been resized.
  [[nodiscard]] virtual Size size() = 0;
  /// Precondition: the screen has that size.
  virtual void show(const Screen& screen) = 0;
  /// The next key that was pressed; 0: none.
  [[nodiscard]] virtual int key() = 0;
  /// Readable when there may be one; -1: there are no keys.
  [[nodiscard]] virtual int input() const = 0;

 protected:
  Terminal() = default;
};

/// Takes the characters that the environment asks for: true if they are UTF-8. To be called before
/// there are threads.
bool use_locale();

}  // namespace narrows::tools
