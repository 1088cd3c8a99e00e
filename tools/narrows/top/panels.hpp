// SPDX-License-Identifier: MIT
// The parts of the picture that draw() puts together: each draws itself into rows of a screen.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "top/screen.hpp"
#include "top/view.hpp"

namespace narrows::tools {

/// Columns left free at both sides.
inline constexpr int kMargin = 1;

/// A bar at [column, end): how much of it is `share`, to an eighth of a column.
void draw_bar(Screen& screen, int row, int column, int end, double share, Ink ink, Ink rest);

/// The components one below the other, from stdin to stdout, with a heading; in rows [row, end).
void draw_pipeline(Screen& screen, int row, int end, const NodeFigures& figures,
                   std::string_view dominant);

/// In its place, for a node without stages: what is seen from outside.
inline constexpr int kOutsideRows = 8;
void draw_outside(Screen& screen, int row, int end, const View& view);
/// The same in one row.
void draw_outside_row(Screen& screen, int row, const Outside& outside);

/// What a history shows, as a chart.
struct Chart {
  std::string_view label;
  std::string_view unit;
  std::optional<double> Moment::*value;
  Ink ink = Ink::rate;
  bool is_time = false;
};
/// Those that the history has values for, the most important first.
[[nodiscard]] std::vector<Chart> charts_of(const std::vector<Moment>& history);
/// The last minute of it in rows [row, end).
void draw_chart(Screen& screen, int row, int end, const Chart& chart, const View& view);
/// The charts' time axis.
void draw_axis(Screen& screen, int row);

}  // namespace narrows::tools
