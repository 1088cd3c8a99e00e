// SPDX-License-Identifier: MIT
// A log in lin-kv that several nodes append to: of segments of so many items each, which are
// appended to by compare-and-set, each under a key of its own. Segments never lose anything, so
// that a full one never changes.
//
// In lin-kv a segment is what was appended to it, in order: [["n1-7",[item,item]],["n0-3",[item]]].
// The tag of each append is unique: it tells whether a compare-and-set without an answer has
// happened.
//
// Bound: a segment is to stay below 200 KiB, its capacity times the longest item: an answer of
// lin-kv
//   can have it twice, each quote and backslash doubled, and is one line.
// Errors: reads throw Error (temporarily_unavailable) when lin-kv does not answer: nothing has
//   happened. An append that may have happened, or may yet, throws Error (timeout).
// Threads: the dispatcher's.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "narrows/node.hpp"

namespace narrows::workloads {

/// A segment as it was seen. Immutable, so that readers can hold on to it.
struct Segment {
  std::uint64_t index = 0;
  std::string text{};                // its JSON; empty: lin-kv has no such segment yet
  std::vector<std::string> items{};  // JSON each

  [[nodiscard]] bool exists() const { return !text.empty(); }
};
using SegmentPtr = std::shared_ptr<const Segment>;

/// One that lin-kv has not got yet, as far as is known.
[[nodiscard]] inline SegmentPtr empty_segment(std::uint64_t index) {
  return std::make_shared<Segment>(Segment{index});
}

class Segments {
 public:
  /// `name`: what its keys begin with. `capacity`: items of a full segment.
  Segments(Node& node, std::string name, std::size_t capacity)
      : node_(node), name_(std::move(name)), capacity_(capacity) {}

  [[nodiscard]] std::size_t capacity() const { return capacity_; }
  [[nodiscard]] bool is_full(const Segment& segment) const {
    return segment.items.size() >= capacity_;
  }

  /// As it is now, or later.
  Task<SegmentPtr> read(std::uint64_t index);
  /// `segment` with these items (JSON each) behind its own, or null if it is as was seen no longer:
  /// then nothing has happened. Precondition: they fit.
  Task<SegmentPtr> append(SegmentPtr segment, std::vector<std::string> items);

 private:
  enum class Outcome : std::uint8_t { happened, failed, unknown };

  Task<Outcome> compare_and_set(std::uint64_t index, const std::string& from,
                                const std::string& to);
  [[nodiscard]] std::string key(std::uint64_t index) const {
    return name_ + "/" + std::to_string(index);
  }

  Node& node_;
  const std::string name_;
  const std::size_t capacity_;
  std::uint64_t appends_ = 0;
};

}  // namespace narrows::workloads
