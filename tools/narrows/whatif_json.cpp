// SPDX-License-Identifier: MIT
#include <string_view>

#include "text.hpp"
#include "whatif.hpp"

namespace narrows::tools {
namespace {

constexpr std::array<std::string_view, kFigures> kFigureNames{"throughput", "mean", "p99"};

std::string_view boolean(bool value) { return value ? "true" : "false"; }

std::string number_or_null(std::optional<double> value) {
  return value ? fixed(*value, 3) : std::string("null");
}

std::string name_or_null(std::optional<std::size_t> stage) {
  return stage ? quoted(kStageNames[*stage]) : std::string("null");
}

std::string strings(const std::vector<std::string>& texts) {
  std::string list;
  for (const std::string& text : texts) {
    list.append(list.empty() ? "" : ",").append(quoted(printable(text, text.size())));
  }
  return joined({"[", list, "]"});
}

std::string change(const Difference& change) {
  if (!change.known) return "null";
  return joined({R"({"percent":)", fixed(change.percent, 3), ",\"low\":", fixed(change.low, 3),
                 ",\"high\":", fixed(change.high, 3), "}"});
}

std::string worth(const Worth& worth) {
  if (!worth.known) return "null";
  return joined({R"({"value":)", fixed(worth.value, 4), ",\"low\":", fixed(worth.low, 4),
                 ",\"high\":", fixed(worth.high, 4), "}"});
}

std::string stage(std::size_t place, const StageEffect& effect) {
  std::string changes;
  std::string worths;
  std::string tenths;
  for (std::size_t i = 0; i < kFigures; ++i) {
    const std::string name = joined({i > 0 ? "," : "", quoted(kFigureNames[i]), ":"});
    changes += name + change(effect.changes[i]);
    worths += name + worth(worth_of_microsecond(effect, static_cast<Figure>(i)));
    tenths += name + worth(worth_of_tenth(effect, static_cast<Figure>(i)));
  }
  return joined(
      {R"({"name":)", quoted(kStageNames[place]), ",\"busy_us\":", fixed(effect.busy_us, 3),
       ",\"delay_us\":", fixed(effect.delay_us, 3), ",\"added_us\":", fixed(effect.added_us, 3),
       ",\"changes\":{", changes, "},\"theory_percent\":", number_or_null(effect.theory_percent),
       ",\"worth_of_microsecond\":{", worths, "},\"worth_of_tenth\":{", tenths, "}}"});
}

std::string load(const LoadEffects& effects) {
  if (effects.samples == 0) return "null";
  std::string stages;
  for (std::size_t i = 0; i < kStages; ++i) {
    if (!effects.stages[i].measured) continue;
    stages.append(stages.empty() ? "" : ",").append(stage(i, effects.stages[i]));
  }
  const bool open = effects.load.pace == Pace::rate;
  return joined(
      {R"({"rate_per_sec":)", open ? fixed(effects.load.rate, 3) : std::string("null"),
       ",\"concurrency\":", open ? std::string("null") : std::to_string(effects.load.concurrency),
       ",\"samples\":", std::to_string(effects.samples), ",\"throughput_per_sec\":",
       fixed(effects.base[0], 1), ",\"latency_us\":{\"avg\":", fixed(effects.base[1], 3),
       ",\"p99\":", fixed(effects.base[2], 3), "},\"stages\":[", stages, "]}"});
}

std::string agreement(Question question, const Agreement& agreement) {
  const NodeVerdict& said = agreement.verdict;
  return joined({R"({"question":)", quoted(kQuestionNames[static_cast<std::size_t>(question)]),
                 ",\"load\":", question == Question::throughput ? "\"saturation\"" : "\"rate\"",
                 ",\"stage\":", name_or_null(said.stage), ",\"tie\":", name_or_null(said.tie),
                 ",\"confidence\":", number_or_null(said.confidence), ",\"state\":",
                 text_or_null(said.state), ",\"measured\":", name_or_null(agreement.measured),
                 ",\"finding\":", quoted(name_of(agreement.finding)),
                 ",\"because\":", text_or_null(agreement.because), "}"});
}

}  // namespace

std::string json_report(const WhatIf& what) {
  std::string agreements;
  for (const Question question : {Question::throughput, Question::latency, Question::tail}) {
    agreements.append(agreements.empty() ? "" : ",")
        .append(agreement(question, what.agreements[static_cast<std::size_t>(question)]));
  }
  const bool measured = what.saturation.samples > 0;
  const Room& room = what.room;
  return joined({R"({"version":1,"kind":"whatif","partial":)",
                 boolean(what.stop_signal != 0),
                 ",\"problem\":",
                 text_or_null(what.problem),
                 ",\"generator_problem\":",
                 text_or_null(what.generator_problem),
                 ",\"takes_delays\":",
                 what.refused ? "false"
                 : measured   ? "true"
                              : "null",
                 ",\"command\":",
                 strings(what.command),
                 ",\"pairs\":",
                 std::to_string(what.pairs),
                 ",\"one_thread\":",
                 boolean(what.one_thread),
                 ",\"cpus\":{\"usable\":",
                 fixed(room.cpus, 2),
                 ",\"node\":",
                 fixed(room.node_cpus, 2),
                 ",\"stages\":",
                 fixed(room.stages, 2),
                 ",\"generator\":",
                 fixed(room.generator, 2),
                 "},\"no_theory\":",
                 text_or_null(what.no_theory),
                 ",\"saturation\":",
                 load(what.saturation),
                 ",\"rate\":",
                 load(what.at_rate),
                 ",\"verdicts\":[",
                 agreements,
                 "],\"remarks\":",
                 strings(what.remarks),
                 "}\n"});
}

}  // namespace narrows::tools
