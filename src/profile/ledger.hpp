// SPDX-License-Identifier: MIT
// What became of the messages of one period: counts, sums, distributions.
//
// Bound: nine histograms and one a type, made when the type is first seen; one more when a message
//   first waited in its handler.
// Threads: the books' holder.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "base/clock.hpp"
#include "profile/awaits.hpp"
#include "profile/component.hpp"
#include "profile/histogram.hpp"
#include "profile/latency_rows.hpp"

namespace narrows::profile {

/// How a line ended, other than well.
enum class Trouble : std::uint8_t {
  malformed_line,
  oversized_line,
  blank_line,
  malformed_request,
  unknown_type,
  before_init,
  init_conflict,
  handler_error,
  late_reply,
  expired,
  none
};
inline constexpr std::size_t kTroubles = 10;
inline constexpr std::array<std::string_view, kTroubles> kTroubleNames{
    "malformed_lines", "oversized_lines", "blank_lines",    "malformed_requests", "unknown_types",
    "before_init",     "init_conflicts",  "handler_errors", "late_replies",       "expired"};

/// The components, and behind them the latency from end to end.
inline constexpr std::size_t kEndToEnd = kComponents;
inline constexpr std::size_t kSeries = kComponents + 1;

struct Ledger {
  struct Type {
    std::uint64_t count = 0;
    std::uint64_t answered = 0;
    WideSum sum = 0;
    std::unique_ptr<Histogram<6>> histogram;  // made on first use
  };
  /// Of the messages of one latency: how many, and the sums of their components.
  struct Row {
    std::uint64_t messages = 0;
    std::array<double, kComponents> components{};  // whole numbers would overflow in half a day
  };

  explicit Ledger(std::size_t type_count) : types(type_count) {}

  void merge(const Ledger& other);
  void clear();
  /// What it is recorded in; made if it is not there.
  Awaits& made_awaits();

  Histograms<9, kSeries> histograms;
  std::array<WideSum, kSeries> sums{};
  std::array<Ticks, kSeries> largest{};
  std::array<double, kStages> squares{};  // of the services
  std::array<Row, kLatencyRows> rows{};
  std::array<std::uint64_t, kTroubles> troubles{};
  std::vector<Type> types;
  std::uint64_t messages = 0;
  std::uint64_t answered = 0;
  std::uint64_t uneven = 0;  // answered, and their components do not add up to their latency
  std::uint64_t sent_unprompted = 0;
  std::unique_ptr<Awaits> awaits;  // made on first use
};

/// Some ledgers, read as if they were one. They must outlive it.
class LedgerView {
 public:
  LedgerView(const Ledger& a) : parts_{&a, nullptr} {}  // NOLINT: one is a view, too
  LedgerView(const Ledger& a, const Ledger& b) : parts_{&a, &b} {}

  [[nodiscard]] std::uint64_t messages() const { return total(&Ledger::messages); }
  [[nodiscard]] std::uint64_t answered() const { return total(&Ledger::answered); }
  [[nodiscard]] std::uint64_t uneven() const { return total(&Ledger::uneven); }
  [[nodiscard]] std::uint64_t sent_unprompted() const { return total(&Ledger::sent_unprompted); }
  [[nodiscard]] WideSum sum(std::size_t series) const;
  [[nodiscard]] Ticks largest(std::size_t series) const;
  [[nodiscard]] double squares(std::size_t stage) const;
  [[nodiscard]] std::uint64_t trouble(std::size_t index) const;
  [[nodiscard]] double at_rank(std::uint64_t rank, std::size_t series) const;
  [[nodiscard]] Ledger::Row row(std::size_t index) const;

  /// The component `await`, of all answered messages: for so many of them it is more than 0.
  [[nodiscard]] std::uint64_t awaited() const;
  [[nodiscard]] WideSum sum_of_awaits() const;
  [[nodiscard]] Ticks largest_await() const;
  [[nodiscard]] double await_at_rank(std::uint64_t rank) const;

  [[nodiscard]] std::size_t type_count() const { return parts_[0]->types.size(); }
  [[nodiscard]] std::uint64_t count(std::size_t type) const;
  [[nodiscard]] std::uint64_t answered(std::size_t type) const;
  [[nodiscard]] WideSum sum_of_type(std::size_t type) const;
  [[nodiscard]] double at_rank_of_type(std::uint64_t rank, std::size_t type) const;

  /// The mean components of the slowest messages, so many of them, in ticks; and their `await`.
  [[nodiscard]] std::array<double, kComponents> slowest(double messages) const;
  [[nodiscard]] double slowest_await(double messages) const;

 private:
  [[nodiscard]] std::span<const Ledger* const> parts() const {
    return {parts_.data(), parts_[1] == nullptr ? std::size_t{1} : parts_.size()};
  }
  [[nodiscard]] std::uint64_t total(std::uint64_t Ledger::*figure) const;
  /// Calls visit(row, share of its messages) for the rows of the slowest messages, so many.
  template <typename Visit>
  void for_slowest(double messages, Visit visit) const;

  std::array<const Ledger*, 2> parts_;
};

}  // namespace narrows::profile
