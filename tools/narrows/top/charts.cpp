// SPDX-License-Identifier: MIT
// The history's charts: a column of eighths for each stretch of the last minute.
#include <algorithm>
#include <cmath>

#include "text.hpp"
#include "top/panels.hpp"
#include "top/units.hpp"

namespace narrows::tools {
namespace {

constexpr double kShownSeconds = 60;
constexpr int kLabelColumns = 7;
constexpr int kMaxColumns = 16;

int first_column() { return kMargin + kLabelColumns; }
int end_column(const Screen& screen) { return screen.size().columns - kMargin - kMaxColumns; }

/// The value of each column, the largest of the moments that it covers; below 0: none.
std::vector<double> columns_of(const View& view, const Chart& chart, int count) {
  std::vector<double> columns(static_cast<std::size_t>(std::max(count, 0)), -1.0);
  const double per_column = kShownSeconds / std::max(count, 1);
  for (const Moment& moment : view.history) {
    const std::optional<double>& value = moment.*chart.value;
    const double age = view.now_s - moment.end_s;
    const bool is_value = value && *value >= 0 && std::isfinite(*value);
    if (!is_value || !(age >= 0) || !(age < kShownSeconds)) continue;
    const double from = std::min(age + std::max(moment.seconds, 0.0), kShownSeconds);
    // A column belongs to the moment that its middle lies in; each moment has one at least.
    const auto newest = static_cast<int>(std::lround(age / per_column));
    const auto oldest = std::max(static_cast<int>(std::lround(from / per_column)) - 1, newest);
    for (int at = newest; at <= std::min(oldest, count - 1); ++at) {
      double& column = columns[static_cast<std::size_t>(count - 1 - at)];
      column = std::max(column, *value);
    }
  }
  return columns;
}

}  // namespace

std::vector<Chart> charts_of(const std::vector<Moment>& history) {
  constexpr Chart kRate{"rate", "/s", &Moment::per_second, Ink::rate, false};
  constexpr Chart kP99{"p99", "", &Moment::p99_us, Ink::tail, true};
  constexpr Chart kMean{"mean", "", &Moment::avg_us, Ink::mean, true};
  std::vector<Chart> charts;
  for (const Chart& chart : {kRate, kP99, kMean}) {
    const auto has = [&](const Moment& moment) { return (moment.*chart.value).has_value(); };
    if (std::any_of(history.begin(), history.end(), has)) charts.push_back(chart);
  }
  return charts;
}

void draw_chart(Screen& screen, int row, int end, const Chart& chart, const View& view) {
  constexpr std::u32string_view kLevels = U" ▁▂▃▄▅▆▇█";
  constexpr int kEighths = 8;
  const int first = first_column();
  const std::vector<double> columns = columns_of(view, chart, end_column(screen) - first);
  const int levels = (end - row) * kEighths - 1;  // so that no chart touches the one above it
  const double most = columns.empty() ? 0 : *std::max_element(columns.begin(), columns.end());
  screen.put(end - 1, kMargin, chart.label, Ink::dim, first);
  const std::string text = chart.is_time ? time_text(most) : rate_text(most);
  screen.put_right(row, end_column(screen) + 1, screen.size().columns - kMargin,
                   joined({"max ", most < 0 ? "–" : text, chart.unit}), Ink::dim);
  for (std::size_t i = 0; i < columns.size(); ++i) {
    if (columns[i] < 0) continue;
    const double share = most > 0 ? columns[i] / most : 0;
    const int level = std::clamp(static_cast<int>(std::lround(share * levels)), 1, levels);
    for (int up = 0; up < end - row; ++up) {
      const int here = std::clamp(level - up * kEighths, 0, kEighths);
      if (here == 0) break;
      const int column = first + static_cast<int>(i);
      screen.fill(end - 1 - up, column, column + 1, kLevels[static_cast<std::size_t>(here)],
                  chart.ink);
    }
  }
}

void draw_axis(Screen& screen, int row) {
  const int end = end_column(screen);
  screen.fill(row, first_column(), end, U'─', Ink::dim);
  screen.put(row, first_column(), "60 s ago ", Ink::dim);
  screen.put_right(row, first_column(), end, " now", Ink::dim);
  const int middle = (first_column() + end) / 2;
  screen.put(row, middle - 2, " 30 ", Ink::dim);
}

}  // namespace narrows::tools
