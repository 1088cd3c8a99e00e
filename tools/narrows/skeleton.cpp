// SPDX-License-Identifier: MIT
#include "skeleton.hpp"

namespace narrows::tools {

Skeleton::Skeleton(std::string_view line, const std::vector<Spot>& spots) : text_(line) {
  std::size_t at = 0;
  most_bytes_ = line.size() + 1;  // a number is looked at one byte further
  for (const Spot& spot : spots) {
    pieces_.push_back({at, spot.offset - at, spot.varying});
    at = spot.offset + spot.length;
    if (spot.varying == Varying::id) id_digits_ = spot.length;
    if (spot.varying == Varying::client) client_digits_ = spot.length;
    if (spot.varying == Varying::number) most_bytes_ += kNumberDigits + 1;
  }
  pieces_.push_back({at, line.size() - at, Varying::end});
}

}  // namespace narrows::tools
