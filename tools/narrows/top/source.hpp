// SPDX-License-Identifier: MIT
// Where `narrows top` has its figures from: a file, or a node under load.
#pragma once

#include "top/view.hpp"

namespace narrows::tools {

class Source {
 public:
  /// As it is now.
  [[nodiscard]] virtual View view() = 0;
  /// Looks after what descriptor() announces. False when there is no more to come, or a signal
  /// asked to stop.
  [[nodiscard]] virtual bool attend() = 0;
  [[nodiscard]] virtual int descriptor() const = 0;

 protected:
  ~Source() = default;
};

}  // namespace narrows::tools
