// SPDX-License-Identifier: MIT
// A condition on a figure of a report, such as latency_us.p99<500.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "json/value.hpp"

namespace narrows::tools {

/// The number, or 1 and 0 for true and false, that stands at a path of names joined by dots; an
/// array's elements have their place or their `name` as name.
[[nodiscard]] std::optional<double> figure_at(const json::Value& report, std::string_view path);

class Threshold {
 public:
  enum class Order { less, at_most, more, at_least, equal, unequal };

  /// PATH OP NUMBER: names joined by dots, one of < <= > >= == !=, a JSON number, true or false.
  /// Nothing if the text is none.
  [[nodiscard]] static std::optional<Threshold> parse(std::string_view text);

  /// What does not hold, with the figure; empty if it holds. A figure that is not there does not.
  [[nodiscard]] std::string fault(const json::Value& report) const;

  /// Its figure is there.
  [[nodiscard]] bool names_a_figure(const json::Value& report) const {
    return figure_at(report, path_).has_value();
  }

  [[nodiscard]] const std::string& text() const { return text_; }

 private:
  [[nodiscard]] bool holds(double figure) const;

  std::string text_;
  std::string path_;
  Order order_ = Order::less;
  double limit_ = 0;
};

/// What does not hold of a report, a JSON object's text.
[[nodiscard]] std::vector<std::string> unmet(const std::vector<Threshold>& thresholds,
                                             std::string_view report);

}  // namespace narrows::tools
