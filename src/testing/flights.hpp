// SPDX-License-Identifier: MIT
// Messages that are under way: the one that arrives first, and of those that arrive together the
// one that was sent first.
//
// Ownership: a flight owns its text.
// Cost: texts' memory is used again, so that a message under way costs no allocation, unless it was
//   a large one.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "testing/envelope.hpp"

namespace narrows::testing {

/// A node or a service by its number, or any client.
struct Place {
  enum class Kind : std::uint8_t { node, service, client };
  Kind kind = Kind::client;
  std::size_t index = 0;
};

struct Flight {
  Place from;
  Place to;
  std::string text;  // a line without its newline, and what an EnvelopeReader wants behind it

  [[nodiscard]] std::string_view line() const {
    return std::string_view(text).substr(0, text.size() - EnvelopeReader::kSlackBytes);
  }
};

class Flights {
 public:
  static constexpr std::chrono::nanoseconds kNever = std::chrono::nanoseconds::max();

  void add(std::chrono::nanoseconds arrives, Place from, Place to, std::string_view line) {
    if (free_.empty()) {
      free_.push_back(flights_.size());
      flights_.emplace_back();
    }
    const std::size_t slot = free_.back();
    free_.pop_back();
    Flight& flight = flights_[slot];
    flight.from = from;
    flight.to = to;
    flight.text.assign(line).append(EnvelopeReader::kSlackBytes, '\0');
    bytes_ += flight.text.size();
    order_.push_back({arrives, next_++, slot});
    std::ranges::push_heap(order_, is_later);
  }

  /// When the first arrives; kNever: none does.
  [[nodiscard]] std::chrono::nanoseconds next() const {
    return order_.empty() ? kNever : order_.front().arrives;
  }
  [[nodiscard]] bool empty() const { return order_.empty(); }
  [[nodiscard]] std::size_t bytes() const { return bytes_; }

  /// The first, which lasts until the next call. Precondition: there is one.
  const Flight& take() {
    std::ranges::pop_heap(order_, is_later);
    const std::size_t slot = order_.back().slot;
    order_.pop_back();
    std::swap(taken_, flights_[slot]);
    bytes_ -= taken_.text.size();
    std::string& spare = flights_[slot].text;
    if (spare.capacity() > kMostSpareBytes) std::string().swap(spare);
    free_.push_back(slot);
    return taken_;
  }

 private:
  static constexpr std::size_t kMostSpareBytes = std::size_t{64} << 10;  // of a free text

  struct Entry {
    std::chrono::nanoseconds arrives;
    std::uint64_t number;  // in the order of sending
    std::size_t slot;
  };
  static bool is_later(const Entry& a, const Entry& b) {
    return a.arrives != b.arrives ? a.arrives > b.arrives : a.number > b.number;
  }

  std::vector<Entry> order_;  // a heap
  std::vector<Flight> flights_;
  std::vector<std::size_t> free_;
  std::uint64_t next_ = 0;
  std::size_t bytes_ = 0;
  Flight taken_;
};

}  // namespace narrows::testing
