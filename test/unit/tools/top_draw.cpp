// SPDX-License-Identifier: MIT
#include <string>
#include <string_view>
#include <vector>

#include "top/draw.hpp"
#include "unit/doctest.hpp"

namespace narrows::tools {
namespace {

/// What a node of this project says of its last second.
constexpr std::string_view kStats = R"({"type": "bench_stats_ok", "total_messages": 48213,
 "elapsed_ms": 1000, "throughput_per_sec": 48213.0, "window": "last",
 "latency_us": {"avg": 1042.1, "p50": 990, "p90": 1511, "p99": 2105.4, "p999": 4188, "max": 5837},
 "stages": [
 {"name": "input", "kind": "wait", "avg_us": 0.026, "p99_us": 0.04, "max_us": 24.5,
  "share_of_mean": 0.00002, "share_of_tail": 0.01},
 {"name": "parse", "kind": "service", "avg_us": 0.126, "p99_us": 0.391, "max_us": 38.7,
  "share_of_mean": 0.0001, "share_of_tail": 0, "scv": 0.2, "utilization": 0.041, "blocked": 0,
  "idle": 0.955},
 {"name": "dispatch_queue", "kind": "wait", "avg_us": 946.9, "p99_us": 1830, "max_us": 2616,
  "share_of_mean": 0.909, "share_of_tail": 0.93},
 {"name": "dispatch", "kind": "service", "avg_us": 20.37, "p99_us": 27.5, "max_us": 993.9,
  "share_of_mean": 0.0195, "share_of_tail": 0.03, "scv": 1.3, "utilization": 0.9, "blocked": 0.06,
  "idle": 0.04},
 {"name": "serialize_queue", "kind": "wait", "avg_us": 71.45, "p99_us": 135.5, "max_us": 756,
  "share_of_mean": 0.0686, "share_of_tail": 0.03},
 {"name": "serialize", "kind": "service", "avg_us": 0.131, "p99_us": 0.33, "max_us": 39.6,
  "share_of_mean": 0.0001, "share_of_tail": 0, "scv": 0.6, "utilization": 0.062, "blocked": 0,
  "idle": 0.936},
 {"name": "output", "kind": "wait", "avg_us": 3.0, "p99_us": 26, "max_us": 1690,
  "share_of_mean": 0.0029, "share_of_tail": 0}],
 "bottleneck": {"throughput": "dispatch", "latency": "dispatch", "tail": "dispatch",
  "state": "saturated", "confidence": {"throughput": 0.999, "latency": 0.97, "tail": 0.83},
  "tie": {"throughput": null, "latency": null, "tail": "serialize"}, "headroom": 0.02,
  "explanation": "dispatch is busy 97 % of the time; the pipeline cannot go beyond 49.7 k/s until dispatch is faster; 93 % of a message's time is spent waiting for it"},
 "checks": {"time_accounting": {"value": 0.004, "held": true}, "partition": {"value": 0, "held": true},
  "cpu": {"value": null, "held": true}}, "errors": {"malformed_lines": 0}, "blocked_ms": 0})";

NodeFigures figures(std::string_view json = kStats) {
  const auto value = json::Value::parse(json);
  REQUIRE(value.has_value());
  return NodeFigures::read(*value);
}

/// The stats with one text in place of another.
std::string changed(std::string_view from, std::string_view to) {
  std::string json(kStats);
  const std::size_t at = json.find(from);
  REQUIRE(at != std::string::npos);
  return json.replace(at, from.size(), to);
}

View view_of(std::string_view json = kStats) {
  View view;
  view.subject = "n1.profile.json";
  view.status = "live";
  view.all = figures();
  view.last = figures(json);
  for (int i = 0; i < 240; ++i) {
    const double wave = i % 40 < 20 ? i % 20 : 20 - i % 20;
    view.history.push_back({100 + i * 0.25, 0.25, 40'000 + 500 * wave, 900 + 20 * wave, {}});
  }
  for (int i = 0; i < 20; ++i) view.history.push_back({140 + i * 1.0, 1, {}, {}, 2000.0 + i});
  view.now_s = 160;
  return view;
}

Outside outside() {
  Outside outside;
  outside.offered_per_second = 50'000;
  outside.per_second = 48'213;
  outside.latency = {1068.6, 1059.0, 1579.0, 2144.0, 4399.0, 6838.0};
  outside.cpu = 1.2;
  outside.cpus = 2;
  outside.rss_bytes = 4.9e6;
  outside.waiting = 112;
  outside.answered = 1'639'242;
  return outside;
}

std::string text_of(const Screen& screen) {
  std::string text;
  for (int row = 0; row < screen.size().rows; ++row) text.append(screen.line(row)).append("\n");
  return text;
}

std::string drawn(const View& view, Size size = {24, 80}, bool utf8 = true) {
  return text_of(draw(view, {}, size, utf8));
}

bool has(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

std::string one(char32_t character) {
  Screen screen({1, 2}, true);
  screen.fill(0, 0, 1, character, Ink::plain);
  return screen.line(0);
}

/// Each row has its columns and nothing that a terminal could take for more.
void check_is_sound(const View& view) {
  for (const bool utf8 : {true, false}) {
    for (int columns = 0; columns < 220; columns += columns < 90 ? 1 : 13) {
      for (int rows = 0; rows < 64; rows += rows < 30 ? 1 : 7) {
        CAPTURE(columns);
        CAPTURE(rows);
        const Screen screen = draw(view, {}, {rows, columns}, utf8);
        bool sound = screen.size().rows == rows && screen.size().columns == columns;
        for (int row = 0; row < rows; ++row) {
          sound = sound && columns_on_screen(screen.line(row)) <= columns;
          for (int column = 0; column < columns; ++column) {
            const char32_t character = screen.at(row, column).character;
            const bool half = character == 0 && column > 0 &&
                              columns_on_screen(one(screen.at(row, column - 1).character)) == 2;
            sound = sound && (half || (character >= 0x20 && character < 0x7F) ||
                              (utf8 && character >= 0xA0));
          }
        }
        REQUIRE(sound);
      }
    }
  }
}

TEST_CASE("top draw: a profile at 80 by 24") {
  constexpr std::string_view kExpected =
      R"( narrows top  n1.profile.json                            the last second · live

        48,213 messages/s     mean      p50      p90      p99    p99.9      max
              in the node  1.04 ms   990 µs  1.51 ms  2.11 ms  4.19 ms  5.84 ms

   stage                  mean  share of mean █ busy ▒ blocked ░ idle
   │ input               26 ns  <1 %
   ■ parse              126 ns  <1 %          █░░░░░░░░░░░░░░░░░░░░   4 %   0 %
   │ dispatch_queue     947 µs  91 % ██████▍
 ▸ ■ dispatch          20.4 µs   2 % ▏        ███████████████████▒░  90 %   6 %
   │ serialize_queue   71.5 µs   7 % ▌
   ■ serialize          131 ns  <1 %          █░░░░░░░░░░░░░░░░░░░░   6 %   0 %
   ▼ output            3.00 µs  <1 %

 verdict: dispatch dominates (saturated), 99 % sure
   dispatch is busy 97 % of the time; the pipeline cannot go beyond 49.7 k/s
   until dispatch is faster; 93 % of a message's time is spent waiting for it
   mean: dispatch, 97 % sure · tail: dispatch or serialize, a tie (83 %)

)";
  const std::string text = drawn(view_of());
  CHECK(text.substr(0, kExpected.size()) == kExpected);
  CHECK(has(text, "\n        60 s ago ─"));
  CHECK(has(text, "\n rate   "));
  CHECK(has(text, "max 50,000/s\n p99    "));
  CHECK(has(text, "max 2.02 ms\n mean   "));
  CHECK(has(text, "max 1.30 ms\n  q quit   w since the start\n"));
}

TEST_CASE("top draw: every size shows something sound") {
  check_is_sound(view_of());
  View full = view_of();
  full.outside = outside();
  full.blocked_s = 3;
  full.notices = {{false, "one"}, {true, std::string(300, 'x')}, {false, "日本語 日本語"}};
  check_is_sound(full);
}

TEST_CASE("top draw: below the least size it says so, as far as there is room") {
  CHECK(drawn(view_of(), {10, 40}) ==
        "narrows top needs 64 × 16, this is 40 ×\n10\n\n\n\n\n\n\n\n\n");
  CHECK(drawn(view_of(), {1, 5}) == "narr…\n");
  CHECK(has(drawn(view_of(), kLeastSize), "verdict: dispatch dominates (saturated)"));
  CHECK(has(drawn(view_of(), {15, 200}), "needs"));
  CHECK(has(drawn(view_of(), {200, 63}), "needs"));
}

TEST_CASE("top draw: more room shows more") {
  View view = view_of();
  view.outside = outside();
  const std::string large = drawn(view, {50, 160});
  for (const std::string_view part : {"of tail", "scv", "p99", "for a client", "1.20 of 2 CPUs",
                                      "in flight 112", "60 s ago", " 94 %"}) {
    CHECK_MESSAGE(has(large, part), part);
  }
  CHECK_FALSE(has(drawn(view), "of tail"));
}

TEST_CASE("top draw: what stdout does comes first, then what else to know") {
  View view = view_of(changed(R"("held": true}, "partition")", R"("held": false}, "partition")"));
  view.blocked_s = 4.23;
  view.all->errors = "2 malformed lines";
  const std::string text = drawn(view, {30, 80});
  CHECK(
      has(text, "live\n ! stdout has been blocked for 4.2 s: whoever reads it does not keep up\n"));
  CHECK(has(text, " ! busy, blocked and idle miss <1 % of a stage's time: its shares are rough\n"));
  CHECK(has(text, " ! the node counted 2 malformed lines\n"));
  CHECK(draw(view, {}, {24, 80}, true).at(1, 3).ink == Ink::alarm);
}

TEST_CASE("top draw: every check that did not hold is said in plain words") {
  CHECK(figures().doubts.empty());
  const auto doubts = [](std::string_view checks) {
    return figures(std::string(R"({"checks": )").append(checks).append("}")).doubts;
  };
  CHECK(
      doubts(R"({"partition": {"value": 0.02, "held": false}})") ==
      std::vector<std::string>{"the parts of 2 % of the messages do not add up to their latency"});
  CHECK(has(doubts(R"({"cpu": {"value": 0.71, "held": false}})").at(0), "had a CPU in 71 %"));
  CHECK(doubts(R"({"new\u001b": {"held": false}, "odd": 3, "more": {"held": "no"}})") ==
        std::vector<std::string>{R"(the node's check new\u001b did not hold)"});
}

TEST_CASE("top draw: a tie is called a tie, and no stage none") {
  Judgement judgement = figures().judgement;
  CHECK(headline(judgement) == "dispatch dominates (saturated), 99 % sure");
  judgement.throughput.tie = "parse";
  judgement.throughput.confidence = 0.61;
  judgement.state = "headroom";
  CHECK(headline(judgement) == "a tie of dispatch and parse (headroom 2 %), 61 % for dispatch");
  judgement.state = "output_blocked";
  CHECK(headline(judgement) == "whoever reads stdout is the limit (output_blocked)");
  judgement.throughput = {};
  judgement.state = "insufficient_data";
  CHECK(headline(judgement) == "no stage can be named (insufficient_data)");
  judgement.throughput.stage = "parse";
  judgement.state = "";
  CHECK(headline(judgement) == "parse dominates");
}

TEST_CASE("top draw: with too little in the last second the verdict is that since the start") {
  const View view = view_of(changed(R"("state": "saturated")", R"("state": "insufficient_data")"));
  const std::string text = drawn(view);
  CHECK(has(text, "verdict: dispatch dominates (saturated), 99 % sure · since the start"));
  CHECK(has(text, "the last second · live"));
}

TEST_CASE("top draw: the wish for all since the start is granted") {
  const View view = view_of(changed("48213.0", "17.0"));
  CHECK(has(text_of(draw(view, {false}, {24, 80}, true)), " 17 messages/s"));
  const std::string all = text_of(draw(view, {true}, {24, 80}, true));
  CHECK(has(all, "48,213 messages/s"));
  CHECK(has(all, "since the start · live"));
  CHECK(has(all, "w the last second"));
}

TEST_CASE("top draw: figures that are missing leave their places empty") {
  for (const std::string_view json :
       {"{}", R"({"total_messages": 3})", R"({"stages": [{}, {"name": 5}, 7, null]})",
        R"({"stages": {"a": {"name": "b"}}, "bottleneck": [], "latency_us": "x"})",
        R"({"bottleneck": {"throughput": null, "state": null, "explanation": null}})",
        R"({"bottleneck": {"state": "new_state", "confidence": 3, "tie": []}})"}) {
    CAPTURE(json);
    View view = view_of(json);
    view.all = view.last;
    view.history.clear();
    check_is_sound(view);
    CHECK(has(drawn(view), "– messages/s     mean"));
    CHECK_FALSE(one_line(view, true, true).empty());
  }
}

TEST_CASE("top draw: numbers as large as there are keep to their columns") {
  std::string json(kStats);
  for (const std::string_view number : {"48213.0", "946.9", "0.9,", "0.97,", "0.909", "5837"}) {
    const std::size_t at = json.find(number);
    REQUIRE(at != std::string::npos);
    json.replace(at, number.size(), number.ends_with(',') ? "1e300," : "1e300");
  }
  View view = view_of(json);
  view.outside = outside();
  view.outside->per_second = 1e300;
  view.outside->rss_bytes = 1e300;
  view.outside->answered = 1e300;
  view.blocked_s = 1e300;
  view.history.push_back({159, 1e300, 1e300, 1e300, 1e300});
  view.history.push_back({1e300, 1, 1.0, 1.0, 1.0});
  view.history.push_back({-1e300, -5, -1.0, -1.0, -1.0});
  check_is_sound(view);
  CHECK(has(drawn(view), ">9,999 h"));
}

TEST_CASE("top draw: names as long and as wide as there are keep to their columns") {
  std::string json = changed(R"("dispatch_queue")", R"("日本語日本語日本語日本語日本語")");
  json.replace(json.find(R"("parse")"), 7, "\"" + std::string(5000, 'p') + "\"");
  View view = view_of(json);
  view.subject = std::string(500, 'n');
  view.status = std::string(300, 's');
  check_is_sound(view);
  CHECK_MESSAGE(has(drawn(view), "│ 日本語日本語日…    947 µs"), drawn(view));
}

TEST_CASE("top draw: nothing that a node says controls the terminal") {
  std::string json = changed(R"("parse")", R"("\u001b]0;gotcha\u0007\u009b2J")");
  json.replace(json.find("dispatch is busy"), 16, R"(\u001b[2J\r\n\u202egnorw\u0000)");
  json.replace(json.find(R"("saturated")"), 11, R"("\u001b[31m")");
  const View view = view_of(json);
  check_is_sound(view);
  for (const char byte : one_line(view, true, true)) {
    CHECK((static_cast<unsigned char>(byte) >= 0x20 && byte != 0x7F));
  }
  CHECK(has(drawn(view), R"(\u001b]0;gotcha)"));
}

TEST_CASE("top draw: of more components than rows there are it says how many are left out") {
  std::string json = R"({"stages": [)";
  for (int i = 0; i < 60; ++i) {
    json += (i == 0 ? "" : ",");
    json += R"({"name": "s)" + std::to_string(i) + R"(", "kind": "service", "utilization": 0.5})";
  }
  const View view = view_of(json + "]}");
  check_is_sound(view);
  CHECK(has(drawn(view), "■ s13"));
  CHECK_MESSAGE(has(drawn(view), "… 46 more\n"), drawn(view));
  CHECK(has(drawn(view), "\n rate   "));
}

TEST_CASE("top draw: without stages there is what is seen from outside, and why") {
  View view = view_of();
  view.last.reset();
  view.all.reset();
  view.outside = outside();
  view.no_stages = "no stages, only what is seen from outside: it answers with error 10";
  check_is_sound(view);
  const std::string text = drawn(view);
  for (const std::string_view part :
       {"it answers with error 10\n", "answered   48,213/s of 50,000/s due\n", "in flight  112\n",
        "1.20 of 2 CPUs\n", "memory     4.90 MB\n", "1,639,242 right, 0 errors, 0 wrong",
        "for a client  1.07 ms"}) {
    CHECK_MESSAGE(has(text, part), part);
  }
}

TEST_CASE("top draw: replies that are not right are an alarm") {
  View view = view_of();
  view.outside = outside();
  view.outside->wrong = 2;
  view.outside->errors = 1;
  CHECK(view.all_notices().at(0).text == "replies: 1 errors, 2 wrong");
  CHECK(view.all_notices().at(0).alarming);
}

TEST_CASE("top draw: a node that does not keep up is said to") {
  View view = view_of();
  view.outside = outside();
  CHECK(view.all_notices().empty());
  view.outside->per_second = 30'000;
  CHECK(view.all_notices().empty());  // late, but not because of the node
  view.outside->stdin_blocked = 0.9;
  REQUIRE(view.all_notices().size() == 1);
  CHECK(view.all_notices()[0].text ==
        "overloaded: it takes 30,000/s of 50,000/s, and its stdin is full");
  view.outside->offered_per_second.reset();
  CHECK(view.all_notices().empty());
}

TEST_CASE("top draw: while there is nothing it says what is waited for") {
  View view;
  view.status = "waiting";
  view.notices = {{false, "waiting for p.json, which is not there yet"}};
  check_is_sound(view);
  CHECK(has(drawn(view), "waiting for p.json, which is not there yet"));
}

TEST_CASE("top draw: a line has all of it") {
  View view = view_of();
  CHECK(one_line(view, false, true) ==
        "live  48,213/s  mean 1.04 ms  p50 990 us  p90 1.51 ms  p99 2.11 ms  p99.9 4.19 ms  max "
        "5.84 ms  parse 4 %  dispatch 90 %  serialize 6 %  dispatch dominates (saturated), 99 % "
        "sure");
  view.blocked_s = 2;
  CHECK(has(one_line(view, true, true), "  ! stdout has been blocked for 2.0 s: "));
  view.last.reset();
  view.all.reset();
  view.outside = outside();
  view.no_stages = "no stages";
  CHECK(has(one_line(view, true, true), "48,213/s  mean 1.07 ms"));
  CHECK(has(one_line(view, true, true), "CPU 1.20  memory 4.90 MB  no stages"));
  CHECK_FALSE(has(one_line(view, true, false), "no stages"));
}

TEST_CASE("top draw: a chart has the last minute, the newest at its right end") {
  View view = view_of();
  const auto newest = [&] {
    const Screen screen = draw(view, {}, {24, 80}, true);
    return screen.at(22, 62).character;  // left of the largest value
  };
  view.history = {{159.9, 1, 100.0, {}, {}}, {99, 1, 1e9, {}, {}}, {161, 1, 1e9, {}, {}}};
  CHECK(has(drawn(view), "max 100/s"));
  CHECK(newest() == U'█');
  view.history = {{101.2, 1, 100.0, {}, {}}, {150, 1, 50.0, {}, {}}};
  CHECK(has(drawn(view), " rate   █"));
  CHECK(newest() == U' ');
}

}  // namespace
}  // namespace narrows::tools
