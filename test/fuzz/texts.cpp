// SPDX-License-Identifier: MIT
// Texts that the investigator is given, by its user or by a node. The first byte says which it is.
#include <array>
#include <functional>
#include <string>
#include <vector>

#include "compare.hpp"
#include "fuzz/shown.hpp"
#include "fuzz/target.hpp"
#include "json/value.hpp"
#include "mix.hpp"
#include "options.hpp"
#include "text.hpp"
#include "threshold.hpp"
#include "whatif_theory.hpp"

namespace narrows::fuzz {
namespace {

using namespace tools;

void duration(const std::string& text) {
  const auto time = parse_duration(text);
  if (!time) return;
  require(time->count() >= 0, "no time is negative", text);
  require_one_line(seconds(*time));
}

void threshold(const std::string& text) {
  static const json::Value report = *json::Value::parse(
      R"({"valid":true,"latency_us":{"p50":1.5,"p99":1e300},"stages":[{"name":"parse","x":1}]})");
  const auto parsed = Threshold::parse(text);
  if (!parsed) return;
  require_one_line(printable(parsed->fault(report)));
  const bool is_there = parsed->names_a_figure(report);
  require(is_there || !parsed->fault(report).empty(), "a figure that is not there is a fault",
          text);
}

void fail_if(const std::string& text) {
  const auto parsed = FailIf::parse(text);
  if (!parsed) return;
  Comparison comparison;
  comparison.differences[parsed->figure] = {1, 2, 1e300, -1e300, 1e300, true};
  require_one_line(parsed->fault(comparison));
}

void delta(const std::string& text) {
  const auto parsed = Delta::parse(text);
  if (!parsed) return;
  for (const double busy_us : {0.0, 1e-300, 1.0, 1e300}) {
    const auto delay = parsed->of(busy_us);
    require(delay >= Delta::kLeast && delay <= Delta::kMost, "a delay is within its limits", text);
  }
}

void mix(const std::string& text) {
  static_cast<void>(complaint_of([&] {
    const Mix mix = Mix::parse(text);
    Load load;
    std::string line;
    for (const std::uint64_t index : {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{999'999}}) {
      line.clear();
      mix.render(load, index, line);
      require(line.size() <= mix.longest_line(), "no line is longer than the longest", line);
      require(line.ends_with('\n') && line.find('\n') == line.size() - 1, "a request is a line",
              line);
      require_json(line);
    }
  }));
}

void shown(const std::string& text) {
  require_one_line(printable(text));
  require_one_line(printable(text, text.size() / 2));
  require_json(quoted(text));
  require_one_line(quoted(text));
  require_printable(wrapped(printable(text), 20));
  if (const auto value = json::Value::parse(text)) {
    const auto again = json::Value::parse(printable_json(text));
    require(again && again->equals(*value), "printable JSON means the same", text);
  }
}

/// Words, each a line. One of a command with files would read them: none has a folder.
void command_line(const std::string& text) {
  if (text.find('/') != std::string::npos || text.find('\0') != std::string::npos) return;
  std::vector<std::string> words;
  for_each_line(text, [&](std::string_view word) { words.emplace_back(word); });
  if (words.empty()) return;
  std::vector<char*> argv;
  argv.reserve(words.size() + 1);
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  const int argc = static_cast<int>(words.size());
  const std::array<std::function<void()>, 10> commands{
      [&] { static_cast<void>(bench_options(argc, argv.data())); },
      [&] { static_cast<void>(sweep_options(argc, argv.data())); },
      [&] { static_cast<void>(compare_options(argc, argv.data())); },
      [&] { static_cast<void>(tap_options(argc, argv.data())); },
      [&] { static_cast<void>(replay_options(argc, argv.data())); },
      [&] { static_cast<void>(report_options(argc, argv.data())); },
      [&] { static_cast<void>(top_options(argc, argv.data())); },
      [&] { static_cast<void>(whatif_options(argc, argv.data())); },
      [&] { static_cast<void>(new_options(argc, argv.data())); },
      [&] { static_cast<void>(cluster_options(argc, argv.data())); }};
  constexpr std::array<std::string_view, 10> kNames{"bench",  "sweep", "compare", "tap", "replay",
                                                    "report", "top",   "whatif",  "new", "cluster"};
  for (std::size_t i = 0; i < kNames.size(); ++i) {
    if (words.front() != kNames[i]) continue;
    try {
      commands[i]();
    } catch (const EarlyEnd& end) {
      require(end.status() == 0 || end.status() == 2, "a command line that is none has status 2");
      if (end.status() == 2) require_one_line(end.what());
    }
  }
}

}  // namespace

void texts(std::string_view input) {
  if (input.empty()) return;
  const std::string text(input.substr(1));
  switch (input.front()) {
    case 'd': return duration(text);
    case 't': return threshold(text);
    case 'f': return fail_if(text);
    case 'w': return delta(text);
    case 'm': return mix(text);
    case 's': return shown(text);
    case 'c': return command_line(text);
    case 'l': return lies(text);
    case 'r': return replies(text);
    default: return;
  }
}

}  // namespace narrows::fuzz
