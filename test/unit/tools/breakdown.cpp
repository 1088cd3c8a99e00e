// SPDX-License-Identifier: MIT
#include "breakdown.hpp"

#include <string>
#include <vector>

#include "text.hpp"
#include "unit/doctest.hpp"

namespace narrows::tools {
namespace {

constexpr std::string_view kStages = R"("latency_us": {"avg": 1144.25, "p99": 2762}, "stages": [
  {"name": "input", "kind": "wait", "avg_us": 28.69, "p50_us": 24.3, "p99_us": 120.5,
   "max_us": 1789, "share_of_mean": 0.25, "share_of_tail": 0.125},
  {"name": "parse", "kind": "service", "avg_us": 0.084, "p50_us": 0.07, "p99_us": 0.29,
   "max_us": 1676, "share_of_mean": 0.0001, "share_of_tail": 0, "scv": 12.345,
   "utilization": 0.427},
  {"name": "dispatch_queue", "kind": "wait", "avg_us": 2543.6, "p50_us": 466.9,
   "p99_us": 1292894, "max_us": 73979000, "share_of_mean": 1, "share_of_tail": 0.875}], )";

constexpr std::string_view kVerdict = R"("bottleneck": {"throughput": "parse",
  "latency": "dispatch", "tail": "dispatch", "state": "output_blocked",
  "confidence": {"throughput": 0.9499, "latency": 0.62, "tail": 1},
  "tie": {"throughput": null, "latency": "parse", "tail": null}, "headroom": 0.374,
  "explanation": "the node is at 63 % of what it can do; parse is the first limit, at about 5.9 M/s; a tenth less work in dispatch or parse (too close to call) would take 1.0 % off the mean latency"})";

std::string with(std::string_view members) { return joined({"{", kStages, members, "}"}); }

std::vector<std::string> lines_of(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    lines.emplace_back(text.substr(0, text.find('\n')));
    text.remove_prefix(std::min(lines.back().size() + 1, text.size()));
  }
  return lines;
}

TEST_CASE("tools breakdown: a row a component, and below it the verdict with its confidence") {
  const Style style{.utf8 = true};
  CHECK(
      breakdown(with(kVerdict), style) ==
      "Where the node says that time goes, from read to written (mean 1,144 µs, p99 2,762 µs):\n"
      "\n"
      "                kind      avg µs   p50 µs   p99 µs   max µs   share of mean  of tail"
      "    busy    scv\n"
      "input           wait       28.69    24.30    120.5    1,789  25.0 % ██        12.5 %\n"
      "parse           service    0.084    0.070    0.290    1,676   0.0 %            0.0 %"
      "  42.7 %   12.3\n"
      "dispatch_queue  wait       2,544    466.9   1.29 s   74.0 s 100.0 % ████████  87.5 %\n"
      "\n"
      "verdict: parse dominates (output blocked, headroom 37 %)\n"
      "  throughput    parse         94 % sure\n"
      "  mean latency  dispatch or parse: too close to call\n"
      "  tail          dispatch      over 99 % sure\n"
      "the node is at 63 % of what it can do; parse is the first limit, at about 5.9 M/s; a tenth "
      "less work\n"
      "in dispatch or parse (too close to call) would take 1.0 % off the mean latency\n");
}

TEST_CASE("tools breakdown: what the node sent of its own is said below the table, if it did") {
  const auto rows = [](std::string_view sent) {
    const std::string text = breakdown(with(joined({R"("sent_unprompted": )", sent})), {});
    return text.substr(text.find('\n', text.find("dispatch_queue")));
  };
  CHECK(rows("12345") == "\n\nBeside its replies the node sent 12,345 messages of its own.\n");
  CHECK(rows("1") == "\n\nBeside its replies the node sent 1 message of its own.\n");
  for (const std::string_view none : {"0", "-1", "null", "\"7\"", "1e300"}) {
    CHECK(rows(none) == "\n");
  }
}

TEST_CASE("tools breakdown: handlers' waits are a row like others") {
  const std::string text = breakdown(
      R"({"latency_us": {}, "stages": [{"name": "await", "kind": "wait", "avg_us": 1500,
         "p50_us": 0, "p99_us": 2, "max_us": 3, "share_of_mean": 0.5, "share_of_tail": 0.5}]})",
      {.utf8 = true});
  CHECK(text.find("await           wait       1,500    0.000    2.000    3.000  50.0 % ████") !=
        std::string::npos);
}

TEST_CASE("tools breakdown: a narrow terminal gets fewer columns, and sentences of its width") {
  const std::string checks = R"(, "checks": {"cpu": {"value": 0.61, "held": false}})";
  for (const std::size_t width : {std::size_t{80}, std::size_t{99}}) {
    const std::string text =
        breakdown(with(joined({kVerdict, checks})), {.utf8 = true, .width = width});
    for (const std::string& line : lines_of(text)) CHECK(columns(line) <= width);
    CHECK(text.find("of mean") != std::string::npos);
    CHECK(text.find("█") == std::string::npos);
  }
  for (const std::string& line :
       lines_of(breakdown(with(joined({kVerdict, checks})), {.utf8 = true}))) {
    CHECK(columns(line) <= 100);
  }
}

TEST_CASE("tools breakdown: the stage that limits is emphasized where that can be shown") {
  const std::string text = breakdown(with(kVerdict), {.bold = true});
  CHECK(text.find("\033[1mparse ") != std::string::npos);
  CHECK(text.find("\033[1mverdict: parse dominates (output blocked, headroom 37 %)\033[0m\n") !=
        std::string::npos);
  CHECK(breakdown(with(kVerdict), {}).find('\033') == std::string::npos);
}

TEST_CASE("tools breakdown: what an older node does not say takes no room") {
  const std::string text = breakdown(
      R"({"latency_us": {}, "stages": [{"name": "work", "kind": "service", "avg_us": 20,
          "share_of_mean": 0.5, "utilization": 0.5}],
          "bottleneck": {"throughput": "work", "state": "headroom", "explanation": "it works"}})",
      {});
  CHECK(text.find("of tail") == std::string::npos);
  CHECK(text.find("scv") == std::string::npos);
  CHECK(text.find("50.0 % ####") != std::string::npos);
  CHECK(text.substr(text.find("verdict")) == "verdict: work dominates (headroom)\nit works\n");
}

TEST_CASE("tools breakdown: a node without a verdict gets none") {
  const std::string text = breakdown(R"({"latency_us": {}, "stages": [{"name": "a"}]})", {});
  CHECK(lines_of(text).back().substr(0, 17) == "a               -");
  CHECK(text.find("verdict") == std::string::npos);
}

TEST_CASE("tools breakdown: odd values leave the table in its columns") {
  const std::string text = breakdown(
      R"({"latency_us": {}, "stages": [
          {"name": "the name of a stage that is long", "kind": "a kind of its own", "avg_us": 1e300,
           "p50_us": -1e300, "p99_us": 999999999999, "max_us": -999999, "share_of_mean": 1e300,
           "share_of_tail": -1e300, "utilization": -7, "scv": 1e300},
          {"name": "übersetzung und parser", "kind": 5, "avg_us": "x", "share_of_mean": [],
           "share_of_tail": 1, "utilization": 2, "scv": -1},
          17]})",
      {.utf8 = true});
  const auto lines = lines_of(text);
  REQUIRE(lines.size() == 6);
  CHECK(lines[3] ==
        "the name of ... a ki...        -        -        -  -999999 999.0 % ████████ -99.0 % "
        "-99.0 % >99999");
  CHECK(lines[4] ==
        "übersetzung ... -              -        -        -        -                  100.0 % "
        "200.0 %   0.00");
  for (const std::string& line : lines) CHECK(columns(line) <= 100);
}

TEST_CASE("tools breakdown: nothing that a node says moves the cursor") {
  const std::string text = breakdown(
      R"({"latency_us": {}, "stages": [{"name": "\u001b[2J", "kind": "\u0007", "avg_us": 1}],
          "checks": {"\u001b[3J": {"held": false, "value": 1}, "cpu": {"held": false}},
          "bottleneck": {"throughput": "\u001b[31m", "latency": "\u009b1m", "tail": "a\nb",
                         "state": "\u001b[0m", "tie": {"latency": "\u001b[1m"},
                         "confidence": {"tail": 0.5}, "explanation": "\u001b[5m\n"}})",
      {});
  for (const char byte : text) CHECK((byte == '\n' || static_cast<unsigned char>(byte) >= 0x20));
  CHECK(text.find("\xC2\x9B") == std::string::npos);
  CHECK(text.find("a\\nb ") != std::string::npos);
}

TEST_CASE("tools breakdown: what is no bench_stats is no breakdown") {
  CHECK(is_breakdown(with(kVerdict)));
  CHECK_FALSE(is_breakdown("{}"));
  CHECK_FALSE(is_breakdown(R"({"latency_us": {}, "stages": []})"));
  CHECK_FALSE(is_breakdown(with(R"("x": ")" + std::string(64 << 10, 'x') + R"(")")));
}

}  // namespace
}  // namespace narrows::tools
