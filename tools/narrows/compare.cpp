// SPDX-License-Identifier: MIT
#include "compare.hpp"

#include <wordexp.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "bench.hpp"
#include "files.hpp"
#include "json/value.hpp"
#include "report_json.hpp"
#include "text.hpp"
#include "threshold.hpp"

namespace narrows::tools {
namespace {

constexpr std::size_t kFigures = kComparedFigures.size();
constexpr double kConfidence = 1 - 0.01 / static_cast<double>(kFigures);
constexpr double kLeastPercent = 2;
constexpr std::size_t kLeastSamples = 5;

/// A command line, split into words as a shell would.
class Words {
 public:
  explicit Words(const std::string& line) {
    if (wordexp(line.c_str(), &words_, WRDE_NOCMD) != 0 || words_.we_wordc == 0) {
      throw std::invalid_argument(joined({"\"", printable(line), "\" is no command line"}));
    }
  }
  ~Words() { wordfree(&words_); }
  Words(const Words&) = delete;
  Words& operator=(const Words&) = delete;

  [[nodiscard]] char* const* command() const { return words_.we_wordv; }

 private:
  wordexp_t words_{};
};

/// What was seen of one side.
using Samples = std::array<std::vector<double>, kFigures>;

void differences(const Samples& a, const Samples& b, Pairing pairing, Comparison& comparison) {
  for (std::size_t i = 0; i < kFigures; ++i) {
    comparison.differences[i] = difference(a[i], b[i], pairing, kConfidence, kLeastSamples);
  }
}

/// A run that the generator spoiled is made again, some times.
Result run_valid(const Load& load, char* const* command) {
  constexpr int kTries = 5;
  Result result = run_bench(load, command);
  for (int i = 1; i < kTries && !result.generator_problem.empty() && result.problem.empty() &&
                  result.stop_signal == 0;
       ++i) {
    result = run_bench(load, command);
  }
  return result;
}

Comparison compare_nodes(const CompareOptions& options) {
  const Words first(options.a);
  const Words second(options.b);
  Samples a;
  Samples b;
  Comparison comparison;
  const auto run = [&](const Words& node, Samples& samples) {
    const Result result = run_valid(options.load, node.command());
    comparison.stop_signal = result.stop_signal;
    const std::string_view name = &node == &first ? "A: " : "B: ";
    if (!result.problem.empty()) comparison.problem = joined({name, result.problem});
    if (!result.generator_problem.empty()) {
      comparison.generator_problem = joined({name, result.generator_problem});
    }
    if (!result.valid()) return false;
    const auto report = json::Value::parse(json_report(result));
    for (std::size_t i = 0; i < kFigures; ++i) {
      samples[i].push_back(figure_at(*report, kComparedFigures[i].path).value_or(0));
    }
    return true;
  };
  for (int pair = 0; pair < options.pairs; ++pair) {
    // Who is first alternates, too.
    const bool swapped = pair % 2 == 1;
    if (!run(swapped ? second : first, swapped ? b : a)) break;
    if (!run(swapped ? first : second, swapped ? a : b)) break;
    ++comparison.samples;
  }
  for (Samples* const side : {&a, &b}) {
    for (auto& values : *side) values.resize(std::min(values.size(), comparison.samples));
  }
  differences(a, b, Pairing::paired, comparison);
  return comparison;
}

json::Value read_run(const std::string& path) {
  auto value = json::Value::parse(read_file(path));
  if (!value || (*value)["series"].kind() != json::Value::Kind::array) {
    throw std::runtime_error(joined({printable(path), " is no run that --save wrote"}));
  }
  return *std::move(value);
}

/// The measured seconds of a run, as samples.
Samples seconds_of(const json::Value& run) {
  Samples samples;
  const double warmup_s = run["load"]["warmup_s"].number().value_or(0);
  for (const json::Value& point : run["series"].items()) {
    const auto number = [&](std::string_view name) { return point[name].number().value_or(0); };
    const double seconds = number("seconds");
    const double answered = number("answered");
    if (seconds < 0.5 || answered <= 0 || number("end_s") - seconds < warmup_s - 1e-3) continue;
    const double cpu_s = number("cpu_user_s") + number("cpu_system_s");
    const std::array<double, kFigures> values{answered / seconds, number("p50_us"),
                                              number("p99_us"), cpu_s * 1e6 / answered,
                                              number("rss_bytes")};
    for (std::size_t i = 0; i < kFigures; ++i) samples[i].push_back(values[i]);
  }
  return samples;
}

Comparison compare_files(const CompareOptions& options) {
  const Samples a = seconds_of(read_run(options.a));
  const Samples b = seconds_of(read_run(options.b));
  Comparison comparison;
  comparison.samples = std::min(a[0].size(), b[0].size());
  differences(a, b, Pairing::apart, comparison);
  return comparison;
}

std::string shown(double value) { return value >= 1000 ? grouped_whole(value) : fixed(value, 3); }

std::string signed_percent(double percent) {
  return joined({percent < 0 ? "" : "+", fixed(percent, 1), " %"});
}

}  // namespace

std::optional<FailIf> FailIf::parse(std::string_view text) {
  FailIf limit;
  limit.text = text;
  const std::size_t at = text.find_first_of("<>");
  if (at == std::string_view::npos || !text.ends_with('%')) return std::nullopt;
  limit.above = text[at] == '>';
  std::string_view number = text.substr(at + 1, text.size() - at - 2);
  if (number.starts_with('+')) number.remove_prefix(1);
  const auto percent = json::Value::parse(number);
  if (!percent || !percent->number()) return std::nullopt;
  limit.percent = *percent->number();
  for (limit.figure = 0; limit.figure < kFigures; ++limit.figure) {
    if (kComparedFigures[limit.figure].path == text.substr(0, at)) return limit;
  }
  return std::nullopt;
}

std::string FailIf::fault(const Comparison& comparison) const {
  const Difference& difference = comparison.differences[figure];
  if (!difference.known) return joined({printable(text), ": there are too few values to tell"});
  const bool beyond = above ? difference.low > percent : difference.high < percent;
  if (!beyond) return {};
  return joined({printable(text), ": it is ", signed_percent(difference.percent), " (",
                 signed_percent(difference.low), " .. ", signed_percent(difference.high), ")"});
}

std::string_view Comparison::verdict(std::size_t figure) const {
  const Difference& difference = differences[figure];
  if (!difference.known) return "too few values";
  const bool clear = difference.low > 0 || difference.high < 0;
  if (!clear || std::fabs(difference.percent) < kLeastPercent) return "no difference seen";
  const ComparedFigure& compared = kComparedFigures[figure];
  const bool better = (difference.percent > 0) == compared.more_is_better;
  return better ? compared.better : compared.worse;
}

Comparison compare(const CompareOptions& options) {
  Comparison comparison = options.files ? compare_files(options) : compare_nodes(options);
  comparison.a = options.a;
  comparison.b = options.b;
  return comparison;
}

std::string table(const Comparison& comparison) {
  const auto right = [](const std::string& text, std::size_t width) {
    return std::string(width - std::min(width, columns(text)), ' ') + text;
  };
  std::string text = joined({"A  ", printable(comparison.a), "\nB  ", printable(comparison.b),
                             "\n\n", std::string(16, ' '), right("A", 14), right("B", 14),
                             right("B against A", 14), "  99 % interval        B is\n"});
  for (std::size_t i = 0; i < kFigures; ++i) {
    const Difference& difference = comparison.differences[i];
    std::string name(kComparedFigures[i].name);
    name.resize(16, ' ');
    text += name + right(shown(difference.a), 14) + right(shown(difference.b), 14);
    std::string interval = "-";
    text += right(difference.known ? signed_percent(difference.percent) : "-", 14);
    if (difference.known) {
      interval = joined({signed_percent(difference.low), " .. ", signed_percent(difference.high)});
    }
    interval.resize(std::max<std::size_t>(interval.size(), 21), ' ');
    text += joined({"  ", interval, comparison.verdict(i), "\n"});
  }
  if (comparison.stop_signal != 0) text += "PARTIAL: stopped by a signal\n";
  return text;
}

std::string json_report(const Comparison& comparison) {
  std::string figures;
  for (std::size_t i = 0; i < kFigures; ++i) {
    const Difference& difference = comparison.differences[i];
    const auto known = [&](double value) {
      return difference.known ? fixed(value, 3) : std::string("null");
    };
    figures += joined({i > 0 ? "," : "", quoted(kComparedFigures[i].path), R"(:{"a":)",
                       fixed(difference.a, 3), ",\"b\":", fixed(difference.b, 3),
                       ",\"percent\":", known(difference.percent),
                       ",\"low\":", known(difference.low), ",\"high\":", known(difference.high),
                       ",\"verdict\":", quoted(comparison.verdict(i)), "}"});
  }
  return joined({R"({"version":1,"kind":"comparison","a":)", quoted(comparison.a), ",\"b\":",
                 quoted(comparison.b), ",\"samples\":", std::to_string(comparison.samples),
                 ",\"partial\":", comparison.stop_signal != 0 ? "true" : "false",
                 ",\"problem\":", text_or_null(comparison.problem), ",\"generator_problem\":",
                 text_or_null(comparison.generator_problem), ",\"figures\":{", figures, "}}\n"});
}

}  // namespace narrows::tools
