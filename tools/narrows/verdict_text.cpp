// SPDX-License-Identifier: MIT
#include "verdict_text.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "text.hpp"

namespace narrows::tools {
namespace {

using json::Value;

constexpr std::size_t kMostChecks = 8;       // that a node may have
constexpr std::size_t kMostSentence = 1000;  // bytes of an explanation
constexpr std::size_t kMostName = 24;

struct Question {
  std::string_view name;
  std::string_view label;
};
constexpr std::array<Question, 3> kQuestions{
    {{"throughput", "throughput"}, {"latency", "mean latency"}, {"tail", "tail"}}};

/// A share that is above its limit, in hundredths of a per cent: not rounded to less than `least`.
std::string above(std::optional<double> share, double least) {
  if (!share) return "an unknown share";
  return fixed(std::clamp(100 * *share, least, 999.0), 2).append(" %");
}

/// One that is below it, in whole per cent.
std::string below(std::optional<double> share, double most) {
  if (!share) return "an unknown share";
  return fixed(std::clamp(100 * *share, 0.0, most), 0).append(" %");
}

/// Of one question; empty if no stage is named.
std::string answer_line(const Question& question, const Value& stats) {
  const auto answer = answer_to(question.name, stats);
  if (!answer) return {};
  const Value& bottleneck = stats["bottleneck"];
  std::string line = joined({"  ", question.label});
  line.append(16 - line.size(), ' ').append(*answer);
  if (bottleneck["tie"][question.name].string()) return line.append(": too close to call\n");
  if (const auto confidence = bottleneck["confidence"][question.name].number()) {
    line.append(28 - std::min<std::size_t>(28, columns(line)), ' ');
    line.append("  ").append(sureness(*confidence)).append(" sure");
  }
  return line.append("\n");
}

/// An older node answers the first question alone, without a confidence: the headline has it all.
bool is_more_than_a_name(const Value& bottleneck) {
  return bottleneck["confidence"].is_object() || bottleneck["tie"]["throughput"].string() ||
         bottleneck["latency"].string() || bottleneck["tail"].string();
}

std::string headline(const Value& stats) {
  const auto stage = answer_to("throughput", stats);
  const auto state = state_of(stats);
  const auto headroom = stats["bottleneck"]["headroom"].number();
  std::string line =
      stage ? joined({"verdict: ", *stage, " dominates"}) : "verdict: no stage can be named";
  if (!state && !headroom) return line;
  line += joined({" (", state.value_or("")});
  if (headroom) {
    if (state != "headroom") line += state ? ", headroom" : "headroom";
    line += joined({" ", fixed(100 * std::clamp(*headroom, 0.0, 1.0), 0), " %"});
  }
  return line.append(")");
}

std::string of_time_accounting(const std::string& found) {
  return joined({found,
                 " of a stage's time is not accounted for (at most 1 % may be): how busy it is, "
                 "and the verdict, may be off by as much"});
}

std::string of_partition(const std::string& found) {
  return joined({"the parts of ", found,
                 " of the messages' times do not add up to their latency (all must): the shares of "
                 "mean and tail are not to be relied on"});
}

std::string of_cpu(const std::string& found, const Value& stats) {
  std::string text = joined({"a busy stage had a CPU for ", found,
                             " of the time (at least 90 % are needed): its times are too long, as "
                             "waiting for a CPU is in them"});
  if (const auto cpus = stats["cpus"].number(); cpus && *cpus > 0 && *cpus < 1e6) {
    text += joined({"; the node may use ", fixed(*cpus, *cpus == std::floor(*cpus) ? 0 : 1),
                    *cpus == 1 ? " CPU" : " CPUs"});
  }
  return text;
}

std::string sentence_of(std::string_view check, const Value& value, const Value& stats) {
  const auto number = value.number();
  if (check == "time_accounting") return of_time_accounting(above(number, 1.01));
  if (check == "partition") return of_partition(above(number, 0.01));
  if (check == "cpu") return of_cpu(below(number, 89), stats);
  std::string text = joined({"the check ", printable(check, kMostName), " did not hold"});
  return number ? text.append(joined({" (", fixed(*number, 3), ")"})) : text;
}

}  // namespace

std::string sureness(double confidence) {
  const double hundredths = std::floor(100 * std::clamp(confidence, 0.0, 1.0) + 1e-9);
  return hundredths > 99 ? "over 99 %" : fixed(hundredths, 0).append(" %");
}

std::optional<std::string> answer_to(std::string_view question, const Value& stats) {
  const Value& bottleneck = stats["bottleneck"];
  const auto stage = bottleneck[question].string();
  if (!stage) return std::nullopt;
  const auto other = bottleneck["tie"][question].string();
  return other ? joined({printable(*stage, kMostName), " or ", printable(*other, kMostName)})
               : printable(*stage, kMostName);
}

std::optional<std::string> state_of(const Value& stats) {
  const auto state = stats["bottleneck"]["state"].string();
  if (!state) return std::nullopt;
  if (*state == "cpu_limited") return "CPU limited";
  std::string words = printable(*state, kMostName);
  std::replace(words.begin(), words.end(), '_', ' ');
  return words;
}

std::vector<std::string> failed_checks(const Value& stats) {
  std::vector<std::string> sentences;
  const Value& checks = stats["checks"];
  for (std::size_t i = 0; i < std::min(checks.names().size(), kMostChecks); ++i) {
    const Value& check = checks.items()[i];
    if (check["held"].boolean() != false) continue;
    sentences.push_back(sentence_of(checks.names()[i], check["value"], stats));
  }
  return sentences;
}

std::string verdict(const Value& stats, const Style& style) {
  const Value& bottleneck = stats["bottleneck"];
  std::string text;
  if (bottleneck["throughput"].string() || bottleneck["state"].string()) {
    text = joined({emphasized(headline(stats), style), "\n"});
    if (is_more_than_a_name(bottleneck)) {
      for (const Question& question : kQuestions) text += answer_line(question, stats);
    }
    if (const auto why = bottleneck["explanation"].string()) {
      text += wrapped(printable(*why, kMostSentence), style.width);
    }
  }
  for (const std::string& sentence : failed_checks(stats)) {
    text += wrapped(joined({"check failed: ", sentence}), style.width);
  }
  return text;
}

}  // namespace narrows::tools
