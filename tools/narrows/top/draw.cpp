// SPDX-License-Identifier: MIT
#include "top/draw.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "text.hpp"
#include "top/panels.hpp"
#include "top/units.hpp"

namespace narrows::tools {
namespace {

constexpr int kMostNotices = 4;
constexpr int kMostChartRows = 10;
constexpr int kMostLabelColumns = 36;
constexpr int kFewRows = 9;  // of a pipeline: seven components, and one where handlers wait
constexpr int kMostSentenceRows = 4;
constexpr std::string_view kSinceStart = "since the start";
constexpr std::string_view kLastSecond = "the last second";

Ink ink_of(const Judgement& judgement) {
  if (!judgement.is_made()) return Ink::dim;
  const bool at_ease = judgement.state == "headroom" || judgement.state == "input_limited";
  return at_ease ? Ink::good : Ink::warning;
}

/// One picture of a view: first how many rows each panel gets, then the panels.
class Picture {
 public:
  Picture(const View& view, const Wish& wish, Screen& screen)
      : view_(view),
        wish_(wish),
        screen_(screen),
        columns_(screen.size().columns),
        figures_(view.figures(wish.since_start)),
        judgement_(view.judgement(wish.since_start)),
        notices_(view.all_notices()),
        charts_(charts_of(view.history)) {
    if (judgement_ != nullptr) {
      sentence_ = wrapped(judgement_->explanation, columns_ - kText - kMargin, kMostSentenceRows);
      further_ = further_answers(*judgement_);
    }
  }

  void draw() {
    allot();
    title();
    if (figures_ == nullptr && !view_.outside) {
      nothing_yet();
    } else {
      panels();
    }
    footer();
  }

 private:
  static constexpr int kText = kMargin + 2;

  /// Grants rows as long as there are any: how many.
  int grant(int wanted) {
    const int granted = std::clamp(wanted, 0, left_);
    left_ -= granted;
    return granted;
  }

  /// The most important first. A panel that does not get what it needs shows less.
  void allot() {
    left_ = screen_.size().rows - 2;  // the title and the footer
    const int notices = std::min(static_cast<int>(notices_.size()), kMostNotices);
    const int sentence = static_cast<int>(sentence_.size());
    const int charts = static_cast<int>(charts_.size());
    notice_rows_ = grant(std::min(notices, 1));
    latency_rows_ = grant(1 + (figures_ != nullptr ? 1 : 0) + (view_.outside ? 1 : 0));
    headline_rows_ = grant(judgement_ != nullptr ? 1 : 0);
    const bool has_stages = figures_ != nullptr && !figures_->components.empty();
    const int components = has_stages ? static_cast<int>(figures_->components.size()) : 0;
    pipeline_rows_ = grant(has_stages      ? std::min(1 + components, std::max(left_ - 3, kFewRows))
                           : view_.outside ? kOutsideRows
                                           : 0);
    sentence_rows_ = grant(std::min(sentence, 1));
    chart_rows_.assign(charts_.size(), 0);
    for (int i = 0; i < charts; ++i) {
      chart_rows_[static_cast<std::size_t>(i)] = grant(1);
      if (i == 0) sentence_rows_ += grant(sentence - sentence_rows_);
    }
    further_rows_ = grant(further_.empty() ? 0 : 1);
    notice_rows_ += grant(notices - notice_rows_);
    gaps_[0] = grant(1);
    gaps_[1] = grant(1);
    axis_rows_ = grant(charts > 0 ? 1 : 0);
    gaps_[2] = grant(headline_rows_);
    gaps_[3] = notice_rows_ == 0 ? grant(1) : 0;
    outside_rows_ = grant(has_stages && view_.outside ? 1 : 0);
    for (int rows = 1; rows < kMostChartRows && left_ > 0; ++rows) {
      for (int& chart_rows : chart_rows_) {
        if (chart_rows == rows) chart_rows += grant(1);
      }
    }
  }

  void title() {
    screen_.fill(0, 0, columns_, U' ', Ink::title);
    const std::string_view window = figures_ == nullptr ? ""
                                    : is_last()         ? kLastSecond
                                                        : kSinceStart;
    const std::string right = joined({window, window.empty() ? "" : " · ", view_.status, " "});
    const int end = columns_ - columns_on_screen(right);
    const int column = screen_.put(0, kMargin, "narrows top", Ink::title) + 2;
    screen_.put(0, column, view_.subject, Ink::title, std::max(end - 2, column));
    screen_.put(0, std::max(end, column), right, Ink::title);
  }

  void nothing_yet() {
    int row = std::max(screen_.size().rows / 2 - 1, 1);
    for (const Notice& notice : notices_) {
      for (const std::string& line : wrapped(notice.text, columns_ - 4, 3)) {
        screen_.put(row++, 2, line, notice.alarming ? Ink::alarm : Ink::plain);
      }
    }
  }

  void panels() {
    int row = 1 + gaps_[3];
    notices(row);
    latency(row + notice_rows_);
    row += notice_rows_ + latency_rows_;
    if (outside_rows_ > 0) draw_outside_row(screen_, row++, *view_.outside);
    row += gaps_[0];
    if (pipeline_rows_ > 0) {
      if (figures_ != nullptr && !figures_->components.empty()) {
        draw_pipeline(screen_, row, row + pipeline_rows_, *figures_, dominant());
      } else {
        draw_outside(screen_, row, row + pipeline_rows_, view_);
      }
    }
    row += pipeline_rows_ + gaps_[1];
    verdict(row);
    row += headline_rows_ + sentence_rows_ + further_rows_ + gaps_[2];
    if (axis_rows_ > 0) draw_axis(screen_, row++);
    for (std::size_t i = 0; i < charts_.size(); ++i) {
      if (chart_rows_[i] > 0) draw_chart(screen_, row, row + chart_rows_[i], charts_[i], view_);
      row += chart_rows_[i];
    }
  }

  /// The node's figures are of the last second.
  [[nodiscard]] bool is_last() const { return view_.last && figures_ == &*view_.last; }

  /// The stage to point at; empty: none.
  [[nodiscard]] std::string dominant() const {
    const bool is_stage = judgement_ != nullptr && judgement_->state != "output_blocked";
    return is_stage ? judgement_->throughput.stage : std::string();
  }

  void notices(int row) {
    for (int i = 0; i < notice_rows_; ++i) {
      const Notice& notice = notices_[static_cast<std::size_t>(i)];
      const Ink ink = notice.alarming ? Ink::alarm : Ink::warning;
      screen_.put(row, kMargin, "!", ink);
      screen_.put(row++, kMargin + 2, notice.text, ink, columns_ - kMargin);
    }
  }

  void latency(int row) {
    const int width = std::clamp((columns_ - 22) / 6, 8, 14);
    const int first = std::min(columns_ - kMargin - 6 * width, kMostLabelColumns);
    const auto values = [&](const std::array<std::string, 6>& texts, Ink ink) {
      for (int i = 0; i < 6; ++i) {
        screen_.put_right(row, first + i * width, first + (i + 1) * width,
                          texts[static_cast<std::size_t>(i)], ink);
      }
    };
    const auto times = [&](std::string_view label, const Latency& us) {
      screen_.put_right(row, kMargin, first, label, Ink::dim);
      values({time_text(us.avg), time_text(us.p50), time_text(us.p90), time_text(us.p99),
              time_text(us.p999), time_text(us.max)},
             Ink::plain);
      ++row;
    };
    const std::string rate = rate_text(view_.per_second(wish_.since_start));
    const std::string_view unit = first >= 24 ? " messages/s" : "/s";
    const int column = first - columns_on_screen(rate) - columns_on_screen(unit);
    screen_.put(row, std::max(column, kMargin), rate, Ink::strong);
    screen_.put_right(row, kMargin, first, unit, Ink::dim);
    values({"mean", "p50", "p90", "p99", "p99.9", "max"}, Ink::dim);
    ++row;
    if (figures_ != nullptr) times("in the node", figures_->latency);
    if (!view_.outside) return;
    // A client's are of the last second, whatever the node's are of.
    const bool differ = figures_ != nullptr && !is_last() && first >= 24;
    times(differ ? "a client, last second" : "for a client", view_.outside->latency);
  }

  void verdict(int row) {
    if (headline_rows_ == 0) return;
    const bool other = figures_ != nullptr && judgement_ != &figures_->judgement;
    const int first = screen_.put(row, kMargin, "verdict: ", Ink::dim);
    const int column =
        screen_.put(row, first, headline(*judgement_), ink_of(*judgement_), columns_ - kMargin);
    if (other) screen_.put(row, column + 1, joined({"· ", kSinceStart}), Ink::dim, columns_);
    ++row;
    for (int i = 0; i < sentence_rows_; ++i) {
      // The last row has what is left, and is cut off where that is too long.
      const bool last = i + 1 == sentence_rows_;
      screen_.put(row++, kText, last ? rest_of_sentence(i) : sentence_[static_cast<std::size_t>(i)],
                  Ink::plain, columns_ - kMargin);
    }
    if (further_rows_ > 0) screen_.put(row, kText, further_, Ink::dim, columns_ - kMargin);
  }

  [[nodiscard]] std::string rest_of_sentence(int from) const {
    std::string text = sentence_[static_cast<std::size_t>(from)];
    for (std::size_t i = static_cast<std::size_t>(from) + 1; i < sentence_.size(); ++i) {
      text += joined({" ", sentence_[i]});
    }
    return text;
  }

  void footer() {
    const int row = screen_.size().rows - 1;
    int column = kMargin + 1;
    const auto key = [&](std::string_view name, std::string_view what) {
      column = screen_.put(row, column, name, Ink::strong) + 1;
      column = screen_.put(row, column, what, Ink::dim) + 3;
    };
    key("q", "quit");
    if (view_.last && view_.all) key("w", wish_.since_start ? kLastSecond : kSinceStart);
  }

  const View& view_;
  const Wish& wish_;
  Screen& screen_;
  const int columns_;
  const NodeFigures* const figures_;
  const Judgement* const judgement_;
  const std::vector<Notice> notices_;
  const std::vector<Chart> charts_;
  std::vector<std::string> sentence_;
  std::string further_;

  int left_ = 0;  // rows that nobody has yet
  int notice_rows_ = 0, latency_rows_ = 0, headline_rows_ = 0, pipeline_rows_ = 0,
      sentence_rows_ = 0, further_rows_ = 0, axis_rows_ = 0, outside_rows_ = 0;
  std::vector<int> chart_rows_;
  std::array<int, 4> gaps_{};  // before the pipeline, the verdict and the charts; below the title
};

void too_small(Screen& screen) {
  const Size size = screen.size();
  const std::string text = joined({"narrows top needs ", std::to_string(kLeastSize.columns), " × ",
                                   std::to_string(kLeastSize.rows), ", this is ",
                                   std::to_string(size.columns), " × ", std::to_string(size.rows)});
  int row = 0;
  for (const std::string& line : wrapped(text, size.columns, size.rows)) {
    screen.put(row++, 0, line, Ink::warning);
  }
}

}  // namespace

Screen draw(const View& view, const Wish& wish, Size size, bool utf8) {
  Screen screen(size, utf8);
  if (size.rows < kLeastSize.rows || size.columns < kLeastSize.columns) {
    too_small(screen);
  } else {
    Picture(view, wish, screen).draw();
  }
  return screen;
}

}  // namespace narrows::tools
