// SPDX-License-Identifier: MIT
// What a node says of itself, and what it writes under load: shown in all the ways that there are.
#include <array>
#include <string>
#include <vector>

#include "breakdown.hpp"
#include "fuzz/shown.hpp"
#include "fuzz/target.hpp"
#include "json/value.hpp"
#include "replies.hpp"
#include "report.hpp"
#include "report_json.hpp"
#include "result.hpp"
#include "stage_figures.hpp"
#include "sweep.hpp"
#include "top/draw.hpp"
#include "top/node_figures.hpp"
#include "top/view.hpp"
#include "verdict_text.hpp"
#include "whatif_theory.hpp"

namespace narrows::fuzz {
namespace {

using namespace tools;

constexpr std::array<Size, 4> kSizes{{{16, 64}, {24, 80}, {50, 200}, {3, 20}}};

void in_tables(const std::string& body) {
  for (const std::size_t width : {std::size_t{40}, Style::kWidth}) {
    for (const bool utf8 : {false, true}) {
      const Style style{utf8, false, width};
      require_printable(breakdown(body, style));
    }
  }
  static_cast<void>(is_breakdown(body));
}

void by_stage(const std::string& body) {
  if (const auto figures = stage_figures(body)) {
    for (std::size_t i = 0; i < kStages; ++i) {
      static_cast<void>(Delta().of(figures->busy_us[i]));
      require_one_line(std::to_string(theory_percent(figures->busy_us, i, 1, i == 0)));
    }
  }
  for (const Question question : {Question::throughput, Question::latency, Question::tail}) {
    require_one_line(verdict_in(body, question).state);
  }
}

/// As if a run had found it.
void in_reports(const std::string& body, const json::Value& stats) {
  Result result;
  result.bench_stats = body;
  result.elapsed_s = result.load_s = 1;
  result.sent = 1;
  require_printable(table(result, Style{true, false, 80}));
  require_json(json_report(result));
  require_json(run_file(result));
  Sweep sweep;
  sweep.runs.push_back(std::move(result));
  require_printable(table(sweep, Style{}));
  require_json(sweep_file(sweep));
  for (const std::string& sentence : failed_checks(stats)) require_one_line(sentence);
}

void in_top(const json::Value& stats) {
  View view;
  view.subject = "n1";
  view.status = "live";
  view.all = NodeFigures::read(stats);
  if (stats["last"].is_object()) view.last = NodeFigures::read(stats["last"]);
  view.history = read_windows(stats);
  view.now_s = view.history.empty() ? 0 : view.history.back().end_s;
  view.blocked_s = view.all->blocked_s;
  for (const bool utf8 : {false, true}) {
    require_one_line(one_line(view, utf8, true));
    for (const Size size : kSizes) {
      const Screen screen = draw(view, {utf8}, size, utf8);
      for (int row = 0; row < size.rows; ++row) require_one_line(screen.line(row));
    }
  }
}

}  // namespace

void lies(const std::string& body) {
  in_tables(body);
  by_stage(body);
  const auto stats = json::Value::parse(body);
  if (!stats) return;
  in_top(*stats);
  if (stats->is_object()) in_reports(body, *stats);  // anything else is no body
}

void replies(std::string_view lines) {
  constexpr std::uint64_t kAsked = 3;
  Load load;
  load.clients = 2;
  Figures figures;
  Checker checker(load, figures);
  for (std::uint64_t i = 0; i < kAsked; ++i) checker.add(0);
  checker.sent(kAsked, 0);
  checker.expect(2);
  std::string text(lines);
  text.append(Checker::kSlackBytes, '\0');
  char* const end = text.data() + lines.size();
  char* const rest = checker.take(text.data(), end, 1);
  require(rest <= end, "no more is taken than is there", lines);
  const Tally& tally = checker.tally();
  require_one_line(checker.broken());
  require_one_line(tally.example);
  require(tally.closed() + checker.waiting() == kAsked, "a request is answered, or waits", lines);
  if (checker.answer()) lies(checker.answer()->body);
}

}  // namespace narrows::fuzz
