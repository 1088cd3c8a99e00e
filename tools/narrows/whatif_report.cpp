// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cmath>
#include <string_view>

#include "text.hpp"
#include "whatif.hpp"

namespace narrows::tools {
namespace {

constexpr std::size_t kNameColumns = 11;
constexpr std::size_t kTimesColumns = 19;
constexpr std::size_t kValueColumns = 9;
constexpr std::size_t kIntervalColumns = 18;
constexpr std::size_t kCellColumns = kValueColumns + 1 + kIntervalColumns;
constexpr std::size_t kTheoryColumns = 9;
constexpr std::array kAllFigures{Figure::throughput, Figure::mean, Figure::p99};

std::string left(std::string_view text, std::size_t width) {
  std::string padded(text);
  return padded.append(width - std::min(width, columns(text)), ' ');
}

std::string right(std::string_view text, std::size_t width) {
  return std::string(width - std::min(width, columns(text)), ' ').append(text);
}

std::string trimmed(const std::string& line) {
  return line.substr(0, line.find_last_not_of(' ') + 1);
}

std::string row(std::string_view name, std::string_view text) {
  return joined({left(name, 15), text, "\n"});
}

std::string emphasized(const std::string& line, const Style& style) {
  return style.bold ? joined({"\033[1m", line, "\033[0m"}) : line;
}

std::string_view name_of(Figure figure) {
  switch (figure) {
    case Figure::throughput: break;
    case Figure::mean: return "mean latency";
    case Figure::p99: return "p99 latency";
  }
  return "throughput";
}

/// What was shown of a number's size, with its sign; no minus before a zero.
std::string with_sign(double value, std::string_view shown) {
  const bool zero = shown.find_first_of("123456789") == std::string_view::npos;
  return joined({zero ? "" : value < 0 ? "-" : "+", shown});
}

/// Three significant digits.
std::string signed_number(double value) {
  const double size = std::fabs(value);
  if (size >= 999.5) return with_sign(value, grouped_whole(size));
  const int decimals = size < 9.995 ? 2 : size < 99.95 ? 1 : 0;
  return with_sign(value, fixed(size, decimals));
}

std::string signed_percent(double percent) {
  return with_sign(percent, fixed(std::fabs(percent), 1));
}

std::string micros(double us) {
  if (us >= 1000) return grouped_whole(us);
  return fixed(us, us < 10 ? 3 : us < 100 ? 2 : 1);
}

/// The time that the worth of a stage is told for: so that the slowest has twice as much.
struct Unit {
  double us;
  std::string_view name;
};

Unit unit_of(const WhatIf& what) {
  double slowest_us = 0;
  for (const StageEffect& effect : what.saturation.stages) {
    slowest_us = std::max(slowest_us, effect.busy_us);
  }
  if (slowest_us >= 2) return {1, "a microsecond"};
  if (slowest_us >= 0.2) return {0.1, "100 ns"};
  return {0.01, "10 ns"};
}

std::string capital(std::string_view text) {
  std::string copy(text);
  if (!copy.empty() && copy[0] >= 'a' && copy[0] <= 'z') copy[0] = static_cast<char>(copy[0] - 32);
  return copy;
}

std::string cell(std::string_view value, std::string_view low, std::string_view high) {
  const std::string interval = low.empty() ? "" : joined({"(", low, " .. ", high, ")"});
  const std::size_t width = std::max(kIntervalColumns, columns(interval) + 1);
  return joined({right(value, kValueColumns), " ", left(interval, width)});
}

std::string change_cell(const Difference& change) {
  if (change.known) {
    return cell(signed_percent(change.percent).append(" %"), signed_percent(change.low),
                signed_percent(change.high));
  }
  if (change.a <= 0 || change.b <= 0) return cell("-", "", "");
  return cell(signed_percent(100 * (change.b / change.a - 1)).append(" %"), "", "");
}

/// What less time gives: a gain of throughput, less latency.
struct Gain {
  std::string value, low, high;  // empty: not known
};

Gain gain_of(const Worth& worth, double times, Figure figure, const Style& style) {
  if (!worth.known) return {"-", "", ""};
  const double factor = figure == Figure::throughput ? times : -times;
  std::string low = signed_number(worth.low * factor);
  std::string high = signed_number(worth.high * factor);
  if (factor < 0) std::swap(low, high);
  const std::string_view of = figure == Figure::throughput ? " %" : style.utf8 ? " µs" : " us";
  const bool clear = worth.low > 0 || worth.high < 0;
  return {clear ? signed_number(worth.value * factor).append(of) : "unclear", std::move(low),
          std::move(high)};
}

std::string heading_of(const LoadEffects& load, bool theory, const Style& style) {
  std::string line = left("", kNameColumns);
  line += right(style.utf8 ? "busy + delay µs" : "busy + delay us", kTimesColumns);
  for (const Figure figure : kAllFigures) {
    line += left(joined({"   ", name_of(figure)}), kCellColumns);
    if (theory && figure == Figure::throughput) line += right("theory", kTheoryColumns);
  }
  const std::string rate = grouped_whole(load.base[0]);
  const std::string_view unit = style.utf8 ? " µs" : " us";
  const std::string latencies =
      joined({"mean latency ", micros(load.base[1]), unit, ", p99 ", micros(load.base[2]), unit});
  const bool saturated = load.load.pace == Pace::concurrency;
  const std::string title =
      saturated ? joined({"At saturation, ", grouped(load.load.concurrency), " in flight: ", rate,
                          " messages/s, ", latencies})
                : joined({"At ", grouped_whole(load.load.rate), " a second: ", latencies});
  return joined({"\n", title, "\n\n", trimmed(line), "\n"});
}

std::string rows_of(const LoadEffects& load, bool theory, const Style& style) {
  std::string text = heading_of(load, theory, style);
  for (std::size_t i = 0; i < kStages; ++i) {
    const StageEffect& effect = load.stages[i];
    if (!effect.measured) continue;
    std::string line = left(kStageNames[i], kNameColumns);
    line += right(joined({micros(effect.busy_us), " + ", micros(effect.delay_us)}), kTimesColumns);
    for (const Figure figure : kAllFigures) {
      line += change_cell(effect.changes[static_cast<std::size_t>(figure)]);
      if (!theory || figure != Figure::throughput) continue;
      const auto percent = effect.theory_percent;
      line += right(percent ? signed_percent(*percent).append(" %") : "-", kTheoryColumns);
    }
    text += trimmed(line).append("\n");
  }
  return text;
}

std::string worth_row(const WhatIf& what, std::size_t stage, double unit_us, const Style& style) {
  std::string line = left(joined({"  ", kStageNames[stage]}), kNameColumns + kTimesColumns);
  for (const Figure figure : kAllFigures) {
    const LoadEffects& load = figure == Figure::throughput ? what.saturation : what.at_rate;
    const StageEffect& effect = load.stages[stage];
    const Gain gain = unit_us > 0
                          ? gain_of(worth_of_microsecond(effect, figure), unit_us, figure, style)
                          : gain_of(worth_of_tenth(effect, figure), 1, figure, style);
    line += cell(gain.value, gain.low, gain.high);
  }
  const bool most = what.agreements[0].measured == stage;
  return emphasized(trimmed(line), most ? style : Style{}).append("\n");
}

/// Of so much less time in a stage, and of a tenth less of its own.
std::string worths_of(const WhatIf& what, const Unit& unit, const Style& style) {
  std::string text =
      joined({"\nWhat less time in a stage gives: throughput at saturation, latencies at ",
              grouped_whole(what.at_rate.load.rate), " a second\n\n"});
  std::string line = left(joined({unit.name, " less"}), kNameColumns + kTimesColumns);
  for (const Figure figure : kAllFigures) {
    line += left(joined({"   ", name_of(figure)}), kCellColumns);
  }
  text += trimmed(line).append("\n");
  for (const double unit_us : {unit.us, 0.0}) {
    if (unit_us <= 0) text += "a tenth less of its own time\n";
    for (std::size_t i = 0; i < kStages; ++i) {
      if (what.saturation.stages[i].measured) text += worth_row(what, i, unit_us, style);
    }
  }
  return text;
}

/// "the node's verdict, dispatch, agrees"
std::string verdict_of(const Agreement& agreement) {
  const std::string stage =
      agreement.verdict.stage ? std::string(kStageNames[*agreement.verdict.stage]) : "";
  switch (agreement.finding) {
    case Finding::agrees: return joined({"the node's verdict, ", stage, ", agrees"});
    case Finding::disagrees: return joined({"the node's verdict, ", stage, ", disagrees"});
    case Finding::cannot_be_told:
      return joined({"whether the node's verdict, ", stage,
                     ", is right cannot be told: ", agreement.because});
    case Finding::no_verdict: break;
  }
  return agreement.because;
}

std::string sentence_of(const WhatIf& what, Question question, const Unit& unit,
                        const Style& style) {
  const Agreement& agreement = what.agreements[static_cast<std::size_t>(question)];
  const LoadEffects& load = load_of(what, question);
  const Figure figure = figure_of(question);
  std::string of(name_of(figure));
  if (figure != Figure::throughput)
    of += joined({" at ", grouped_whole(load.load.rate), " a second"});
  if (!agreement.measured) {
    if (agreement.finding == Finding::cannot_be_told) {
      return capital(of.append(": ").append(verdict_of(agreement)).append("."));
    }
    return capital(joined({of, ": no stage is clearly worth most; ", verdict_of(agreement), "."}));
  }
  const std::size_t stage = *agreement.measured;
  std::string worth =
      gain_of(worth_of_microsecond(load.stages[stage], figure), unit.us, figure, style).value;
  worth.append(" ");
  if (figure != Figure::throughput) worth.erase(0, 1).append("of the ");
  return capital(joined({unit.name, " less in ", kStageNames[stage], " is worth ", worth, of, "; ",
                         verdict_of(agreement), "."}));
}

std::string theory_of(const WhatIf& what) {
  if (!what.no_theory.empty()) return joined({"\n", what.no_theory, "\n"});
  return what.one_thread
             ? "\nTheory: on one thread a delay d changes throughput by -d / (all busy times + d), "
               "wherever it is.\n"
             : "\nTheory: a delay d changes throughput by -d / (busy + d) in the slowest stage, "
               "and "
               "by nothing elsewhere.\n";
}

std::string command_of(const WhatIf& what) {
  std::string command;
  for (const std::string& word : what.command) {
    command.append(command.empty() ? "" : " ").append(word);
  }
  return printable(command);
}

}  // namespace

std::string table(const WhatIf& what, const Style& style) {
  if (what.saturation.samples == 0) {
    return what.stop_signal != 0 ? "PARTIAL: stopped by a signal before anything was measured\n"
                                 : "";
  }
  const Unit unit = unit_of(what);
  const Load& load = what.saturation.load;
  std::string text = row("node", command_of(what));
  text +=
      row("measured", joined({counted(what.saturation.samples, "round", "rounds"), " of runs of ",
                              seconds(load.duration.value_or(Load::Nanoseconds(0))), " after ",
                              seconds(load.warmup),
                              " of warm-up, without a delay and with one in one "
                              "stage at a time"}));
  text += row("shown", "what the delay changed, with 95 % intervals");
  if (what.stop_signal != 0) text += row("valid", "no: PARTIAL");
  if (!what.problem.empty()) text += row("valid", "no");
  text += rows_of(what.saturation, what.no_theory.empty(), style);
  text += theory_of(what);
  if (what.at_rate.samples > 0) text += rows_of(what.at_rate, false, style);
  if (what.saturation.samples > 1) text += worths_of(what, unit, style);
  text += "\n";
  for (const std::string& remark : what.remarks) text += row("note", remark);
  if (!what.remarks.empty()) text += "\n";
  for (const Question question : {Question::throughput, Question::latency, Question::tail}) {
    if (load_of(what, question).samples == 0) continue;
    text += sentence_of(what, question, unit, style).append("\n");
  }
  if (what.stop_signal != 0) text += "PARTIAL: stopped by a signal\n";
  return text;
}

std::string from_outside() {
  return "narrows: whatif plants its delays with --slow, which nodes made with libnarrows have. "
         "If\n"
         "this is one, the arguments do not reach it: a script passes them on with \"$@\".\n"
         "For any other node, from outside:\n"
         "  narrows bench --rate R -- NODE\n"
         "      what its clients see, and what CPU time and memory it takes\n"
         "  narrows sweep -- NODE\n"
         "      the rate at which it stops keeping up\n"
         "  narrows compare --a NODE --b 'NODE WITH A DELAY'\n"
         "      with a busy loop of known length planted by hand in the part that you suspect: "
         "what\n"
         "      it costs is what as much less there would gain\n";
}

}  // namespace narrows::tools
