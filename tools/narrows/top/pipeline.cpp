// SPDX-License-Identifier: MIT
// The pipeline as a panel; and what stands in its place for a node that has no stages to show.
#include <algorithm>
#include <cmath>
#include <string>

#include "text.hpp"
#include "top/panels.hpp"
#include "top/units.hpp"

namespace narrows::tools {
namespace {

constexpr int kSpine = kMargin + 2;
constexpr int kName = kSpine + 2;
constexpr int kMostBarColumns = 60;

/// Where the columns of the table end, by the width of the screen; 0: left out.
struct Columns {
  explicit Columns(int width) {
    int at = kName + 17;
    const auto next = [&](int columns) { return at += columns; };
    name = at - 1;
    mean = next(8);
    share = next(6);
    if (width >= 76) {
      small_bar = at + 1;
      next(width >= 112 ? 13 : 8);
      small_bar_end = at;
    }
    if (width >= 100) p99 = next(10);
    if (width >= 100) max = next(10);
    if (width >= 124) tail = next(8);
    if (width >= 124) scv = next(8);
    const int percents = width >= 90 ? 3 : width >= 76 ? 2 : 1;
    bar = at + 2;
    bar_end = std::min(width - kMargin - 6 * percents, bar + kMostBarColumns);
    busy = bar_end + 6;
    if (percents > 1) blocked = busy + 6;
    if (percents > 2) idle = blocked + 6;
  }

  int name = 0, mean = 0, share = 0, small_bar = 0, small_bar_end = 0, p99 = 0, max = 0, tail = 0,
      scv = 0, bar = 0, bar_end = 0, busy = 0, blocked = 0, idle = 0;
};

void heading(Screen& screen, int row, const Columns& at) {
  const auto right = [&](int end, std::string_view text) {
    if (end > 0) screen.put_right(row, 0, end, text, Ink::dim);
  };
  screen.put(row, kSpine, "stage", Ink::dim);
  right(at.mean, "mean");
  screen.put(row, at.mean + 2, at.small_bar > 0 ? "share of mean" : "share", Ink::dim);
  right(at.p99, "p99");
  right(at.max, "max");
  right(at.tail, "of tail");
  right(at.scv, "scv");
  int column = screen.put(row, at.bar, "█", Ink::busy);
  column = screen.put(row, column, " busy ", Ink::dim);
  column = screen.put(row, column, "▒", Ink::blocked);
  column = screen.put(row, column, " blocked ", Ink::dim);
  column = screen.put(row, column, "░", Ink::idle);
  screen.put(row, column, " idle", Ink::dim);
}

double as_share(const std::optional<double>& value) {
  return std::clamp(value.value_or(0), 0.0, 1.0);
}

/// Busy, blocked and idle side by side; what none of them is stays empty.
void draw_shares(Screen& screen, int row, const Component& component, const Columns& at) {
  const int columns = at.bar_end - at.bar;
  const double busy = as_share(component.busy);
  const double blocked = as_share(component.blocked);
  const auto place = [&](double share) {
    return at.bar + static_cast<int>(std::lround(std::clamp(share, 0.0, 1.0) * columns));
  };
  int busy_end = place(busy);
  int blocked_end = std::max(place(busy + blocked), busy_end);
  if (blocked >= 0.005 && blocked_end == busy_end) {  // a little of it is seen
    blocked_end = std::min(busy_end + 1, at.bar_end);
    busy_end = blocked_end - 1;
  }
  screen.fill(row, blocked_end, place(busy + blocked + as_share(component.idle)), U'░', Ink::idle);
  screen.fill(row, busy_end, blocked_end, U'▒', Ink::blocked);
  screen.fill(row, at.bar, busy_end, U'█', Ink::busy);
  if (busy > 0 && busy_end == at.bar && blocked_end < at.bar_end) {
    screen.fill(row, at.bar, at.bar + 1, U'▏', Ink::busy);
  }
}

void component_row(Screen& screen, int row, const Component& component, const Columns& at,
                   bool dominant, std::string_view spine) {
  const bool service = component.is_service;
  const Ink ink = dominant ? Ink::strong : service ? Ink::plain : Ink::dim;
  if (dominant) screen.put(row, kMargin, "▸", Ink::strong);
  screen.put(row, kSpine, spine, service ? Ink::busy : Ink::wait);
  screen.put(row, kName, component.name, ink, at.name);
  const auto right = [&](int end, const std::string& text, Ink with) {
    if (end > 0) screen.put_right(row, at.name, end, text, with);
  };
  right(at.mean, time_text(component.avg_us), dominant ? Ink::strong : Ink::plain);
  right(at.share, percent_text(component.share_of_mean), dominant ? Ink::strong : Ink::plain);
  if (at.small_bar > 0 && component.share_of_mean) {
    draw_bar(screen, row, at.small_bar, at.small_bar_end, as_share(component.share_of_mean),
             service ? Ink::busy : Ink::wait, Ink::plain);
  }
  right(at.p99, time_text(component.p99_us), Ink::plain);
  right(at.max, time_text(component.max_us), Ink::plain);
  if (component.share_of_tail) right(at.tail, percent_text(component.share_of_tail), Ink::plain);
  if (component.scv && service) right(at.scv, rate_text(component.scv), Ink::plain);
  if (!component.has_shares()) return;
  draw_shares(screen, row, component, at);
  right(at.busy, percent_text(component.busy), dominant ? Ink::strong : Ink::plain);
  const Ink blocked = component.blocked.value_or(0) >= 0.005 ? Ink::blocked : Ink::dim;
  right(at.blocked, percent_text(component.blocked), blocked);
  right(at.idle, percent_text(component.idle), Ink::dim);
}

/// "0.44 of 2 CPUs".
std::string cores(const Outside& outside) {
  const double cpus = outside.cpus;
  return joined({fixed(outside.cpu, 2), " of ", fixed(cpus, cpus == std::floor(cpus) ? 0 : 1),
                 cpus == 1 ? " CPU" : " CPUs"});
}

std::string replies(const Outside& outside) {
  return joined({count_text(outside.answered - outside.errors), " right, ",
                 count_text(outside.errors), " errors, ", count_text(outside.wrong), " wrong, ",
                 count_text(outside.duplicated), " twice, ", count_text(outside.unsolicited),
                 " unasked"});
}

}  // namespace

void draw_bar(Screen& screen, int row, int column, int end, double share, Ink ink, Ink rest) {
  constexpr std::u32string_view kParts = U" ▏▎▍▌▋▊▉";
  const int eighths =
      static_cast<int>(std::lround(std::clamp(share, 0.0, 1.0) * 8 * std::max(end - column, 0)));
  const int full = column + eighths / 8;
  if (rest != Ink::plain) screen.fill(row, full, end, U'░', rest);
  screen.fill(row, column, full, U'█', ink);
  if (eighths % 8 != 0) {
    screen.fill(row, full, full + 1, kParts[static_cast<std::size_t>(eighths % 8)], ink);
  }
}

void draw_pipeline(Screen& screen, int row, int end, const NodeFigures& figures,
                   std::string_view dominant) {
  const Columns at(screen.size().columns);
  heading(screen, row++, at);
  const auto count = static_cast<int>(figures.components.size());
  const int shown = count <= end - row ? count : end - row - 1;
  for (int i = 0; i < shown; ++i) {
    const Component& component = figures.components[static_cast<std::size_t>(i)];
    const bool dominates = !dominant.empty() && component.name == dominant;
    component_row(screen, row++, component, at, dominates,
                  component.is_service ? "■"
                  : i + 1 == count     ? "▼"
                                       : "│");
  }
  if (shown < count && row < end) {
    screen.put(row, kName, joined({"… ", std::to_string(count - shown), " more"}), Ink::dim);
  }
}

void draw_outside(Screen& screen, int row, int end, const View& view) {
  constexpr int kLabel = 14;
  const Outside& outside = *view.outside;
  const int bar_end = std::min(kLabel + 30, screen.size().columns - 30);
  const auto left = [&](std::string_view label, const std::string& text) {
    if (row >= end) return;
    screen.put(row, kSpine, label, Ink::dim);
    screen.put(row++, kLabel, text);
  };
  const auto bar = [&](std::string_view label, double share, const std::string& text, Ink ink) {
    if (row >= end) return;
    draw_bar(screen, row, kLabel, bar_end, share, ink, Ink::idle);
    screen.put(row, bar_end + 2, text);
    screen.put(row++, kSpine, label, Ink::dim);
  };
  for (const std::string& line :
       wrapped(view.no_stages, screen.size().columns - kSpine - kMargin, 2)) {
    screen.put(row++, kSpine, line, Ink::dim);
  }
  left("answered",
       joined({rate_text(outside.per_second), "/s", outside.offered_per_second ? " of " : "",
               outside.offered_per_second ? rate_text(outside.offered_per_second).append("/s due")
                                          : ""}));
  left("in flight", count_text(outside.waiting));
  bar("CPU", outside.cpu / std::max(outside.cpus, 0.1), cores(outside), Ink::busy);
  bar("stdin full", outside.stdin_blocked,
      percent_text(outside.stdin_blocked).append(" of the time"), Ink::blocked);
  left("memory", bytes_text(outside.rss_bytes));
  left("replies", replies(outside));
}

void draw_outside_row(Screen& screen, int row, const Outside& outside) {
  int column = kSpine;
  const auto add = [&](std::string_view label, const std::string& text, Ink ink = Ink::plain) {
    column = screen.put(row, column, label, Ink::dim) + 1;
    column = screen.put(row, column, text, ink) + 3;
  };
  add("CPU", cores(outside));
  add("memory", bytes_text(outside.rss_bytes));
  add("in flight", count_text(outside.waiting));
  add("stdin full", percent_text(outside.stdin_blocked),
      outside.stdin_blocked >= 0.005 ? Ink::blocked : Ink::plain);
}

}  // namespace narrows::tools
