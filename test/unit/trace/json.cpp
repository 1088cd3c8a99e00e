// SPDX-License-Identifier: MIT
// A sample as trace events: well-formed, nested, connected, exact.
#include <algorithm>
#include <cmath>
#include <map>
#include <string>
#include <vector>

#include "json/value.hpp"
#include "pipeline/trace_file.hpp"
#include "pipeline/trace_json.hpp"
#include "unit/doctest.hpp"
#include "unit/manual_clock.hpp"

namespace narrows::pipeline {
namespace {

using json::Value;

/// The stamps are nanoseconds of a clock whose zero is at 1,000.
TraceSample sample_with(std::uint64_t msg_id) {
  return {{1'005'000, 1'006'001, 1'006'101, 1'010'000, 1'010'250, 1'020'000, 1'020'044, 1'033'333},
          msg_id,
          77,
          1,
          true,
          false,
          true,
          0};
}

class Text {
 public:
  explicit Text(std::vector<std::string> types, std::uint64_t every = 1'000)
      : tracer(std::move(types), every, clock_, parking_), text(tracer, 4'242) {
    text.calibrate();
  }

  std::string put(const TraceSample& sample) {
    std::string events(3 * TraceText::kMostBytes, '\0');
    json::Cursor to(events.data());
    text.put(to, sample);
    events.resize(static_cast<std::size_t>(to.at() - events.data()));
    return events;
  }
  /// The head and these events, as a reader sees them.
  [[nodiscard]] Value parsed(const std::string& events) const {
    const auto value = Value::parse(text.head("program") + events + "]");
    REQUIRE(value);
    return *value;
  }

 private:
  test::ManualClock manual_{1'000};
  Clock clock_ = manual_.clock();
  Parking parking_;

 public:
  Tracer tracer;
  TraceText text;
};

std::string phase(const Value& event) { return std::string(event["ph"].string().value_or("")); }
std::string name(const Value& event) { return std::string(event["name"].string().value_or("")); }
/// The one message that there is, as a whole.
const Value& whole(const Value& all) {
  const auto& events = all.items();
  return *std::find_if(events.begin(), events.end(),
                       [](const Value& event) { return phase(event) == "b"; });
}
/// Whole nanoseconds, for microseconds have three decimals.
std::int64_t ns(const Value& number) { return std::llround(number.number().value_or(-1) * 1'000); }

TEST_CASE("trace_json: the head names the process and the three tracks, in order") {
  Text text({"other"});
  const Value all = text.parsed("");
  std::map<std::int64_t, std::string> tracks;
  std::map<std::int64_t, std::int64_t> order;
  for (const Value& event : all.items()) {
    CHECK(phase(event) == "M");
    CHECK(event["pid"].integer() == 4'242);
    const std::int64_t track = event["tid"].integer().value_or(-1);
    if (name(event) == "process_name") CHECK(event["args"]["name"].string() == "program");
    if (name(event) == "thread_name") tracks[track] = event["args"]["name"].string().value_or("");
    if (name(event) == "thread_sort_index") {
      order[track] = event["args"]["sort_index"].integer().value_or(-1);
    }
  }
  CHECK(tracks ==
        std::map<std::int64_t, std::string>{{1, "parse"}, {2, "dispatch"}, {3, "serialize"}});
  CHECK(order == std::map<std::int64_t, std::int64_t>{{1, 1}, {2, 2}, {3, 3}});
}

TEST_CASE("trace_json: each track has the service as a slice, and what came before it") {
  Text text({"other", "echo"});
  const Value all = text.parsed(text.put(sample_with(9)));
  std::vector<std::vector<std::int64_t>> slices;
  std::vector<std::string> figures;
  for (const Value& event : all.items()) {
    if (phase(event) != "X") continue;
    CHECK(name(event) == "echo");
    slices.push_back({event["tid"].integer().value_or(-1), ns(event["ts"]), ns(event["dur"])});
    figures.push_back(event["args"].to_json());
  }
  CHECK(slices == std::vector<std::vector<std::int64_t>>{
                      {1, 1'005'001, 100}, {2, 1'009'000, 250}, {3, 1'019'000, 44}});
  CHECK(figures == std::vector<std::string>{R"({"msg_id":9,"waited_us":1.001})",
                                            R"({"msg_id":9,"waited_us":3.899})",
                                            R"({"msg_id":9,"waited_us":9.750})"});
}

TEST_CASE("trace_json: arrows go from slice to slice, one to a message") {
  Text text({"other", "echo"});
  const Value all = text.parsed(text.put(sample_with(9)) + text.put(sample_with(10)));
  std::map<std::int64_t, std::string> ways;
  Value slice;
  for (const Value& event : all.items()) {
    if (phase(event) == "X") slice = event;
    if (phase(event) != "s" && phase(event) != "t" && phase(event) != "f") continue;
    ways[event["id"].integer().value_or(-1)] += phase(event) + name(event) + " ";
    CHECK(event["tid"].integer() == slice["tid"].integer());
    CHECK(ns(event["ts"]) >= ns(slice["ts"]));
    CHECK(ns(event["ts"]) < ns(slice["ts"]) + ns(slice["dur"]));
    if (phase(event) == "f") CHECK(event["bp"].string() == "e");
  }
  const std::string way = "smessage tmessage fmessage ";
  CHECK(ways == std::map<std::int64_t, std::string>{{1, way}, {2, way}});
}

TEST_CASE("trace_json: the whole message goes from t0 to t7, with all figures") {
  Text text({"other", "echo"});
  const Value all = text.parsed(text.put(sample_with(9)));
  std::string order;
  std::vector<std::int64_t> moments;
  for (const Value& event : all.items()) {
    if (phase(event) != "b" && phase(event) != "e") continue;
    CHECK(event["id"].integer() == 1);
    CHECK(event["cat"].string() == "message");
    order += phase(event) + " " + name(event) + " ";
    moments.push_back(ns(event["ts"]));
    if (phase(event) == "e") continue;
    CHECK(event["args"].to_json() ==
          R"({"type":"echo","msg_id":9,"in_reply_to":77,"sampled":"every 1000",)"
          R"("latency_us":28.333,"input_us":1.001,"parse_us":0.100,"dispatch_queue_us":3.899,)"
          R"("dispatch_us":0.250,"serialize_queue_us":9.750,"serialize_us":0.044,)"
          R"("output_us":13.289})");
  }
  CHECK(order == "b echo e echo ");
  CHECK(moments == std::vector<std::int64_t>{1'004'000, 1'032'333});
}

TEST_CASE(
    "trace_json: of a handler that waited there is its way, its end as a mark, and the wait") {
  Text text({"other", "echo"});
  TraceSample sample = sample_with(9);
  sample.stamps.t4 = 1'018'000;  // it was under way for 8,000 and ran for 250
  sample.awaited = 7'750;
  const std::string events = text.put(sample);
  CHECK(std::count(events.begin(), events.end(), '\n') == 10);
  const Value all = text.parsed(events);
  std::vector<std::vector<std::int64_t>> slices;
  std::vector<std::int64_t> waits;
  std::vector<std::int64_t> handler;
  for (const Value& event : all.items()) {
    if (phase(event) == "X") {
      slices.push_back({event["tid"].integer().value_or(-1), ns(event["ts"]), ns(event["dur"])});
      waits.push_back(ns(event["args"]["waited_us"]));
    }
    if (name(event) != "handler") continue;
    CHECK(event["id"].integer() == 1);
    handler.push_back(ns(event["ts"]));
  }
  CHECK(slices == std::vector<std::vector<std::int64_t>>{
                      {1, 1'005'001, 100}, {2, 1'016'999, 1}, {3, 1'019'000, 44}});
  CHECK(waits == std::vector<std::int64_t>{1'001, 3'899, 2'000});
  CHECK(handler == std::vector<std::int64_t>{1'009'000, 1'017'000});
  CHECK(whole(all)["args"].to_json() ==
        R"({"type":"echo","msg_id":9,"in_reply_to":77,"sampled":"every 1000",)"
        R"("latency_us":28.333,"input_us":1.001,"parse_us":0.100,"dispatch_queue_us":3.899,)"
        R"("dispatch_us":0.250,"await_us":7.750,"serialize_queue_us":2.000,"serialize_us":0.044,)"
        R"("output_us":13.289})");
  sample.awaited = 8'000;  // it took no time at all to run
  const Value none = text.parsed(text.put(sample));
  CHECK(ns(whole(none)["args"]["dispatch_us"]) == 0);
}

TEST_CASE("trace_json: why it was sampled, and no in_reply_to where there is none") {
  Text text({"other", "echo"}, 50);
  const auto sampled = [&](bool is_nth, bool is_slow) {
    TraceSample sample = sample_with(1);
    sample.is_nth = is_nth;
    sample.is_slow = is_slow;
    sample.is_answer = false;
    const Value all = text.parsed(text.put(sample));
    const Value& event = whole(all);
    CHECK(event["args"]["in_reply_to"].kind() == Value::Kind::null);
    return name(event) + ": " + std::string(event["args"]["sampled"].string().value_or(""));
  };
  CHECK(sampled(true, false) == "echo: every 50");
  CHECK(sampled(false, true) == "echo (slow): slow");
  CHECK(sampled(true, true) == "echo (slow): every 50, slow");
}

TEST_CASE(
    "trace_json: any name of a type is one string, and long ones are cut between characters") {
  std::string odd = "a\"b\\c\nd\x01{}[],\x7f\xff";
  std::string longer(39, 'x');
  longer += "äöü";
  Text text({"other", odd, longer, std::string(5'000, '"')});
  for (TypeId type = 0; type < 4; ++type) {
    TraceSample sample = sample_with(3);
    sample.type = type;
    sample.is_slow = true;
    const std::string events = text.put(sample);
    const Value all = text.parsed(events);
    const std::string shown(whole(all)["args"]["type"].string().value_or(""));
    if (type == 0) CHECK(shown == "other");
    if (type == 1) CHECK(shown == "a\"b\\c\nd\x01{}[],\x7f\xef\xbf\xbd");
    if (type == 2) CHECK(shown == std::string(39, 'x'));
    if (type == 3) CHECK(shown == std::string(20, '"'));
    for (const Value& event : all.items()) {
      const std::string named = name(event);
      if (phase(event) == "X") CHECK(named == shown + " (slow)");
    }
  }
}

TEST_CASE("trace_json: a message's events fit its bound, for ever; three usual ones a page") {
  Text text({"other", std::string(100, 'x')}, 1'000'000'000);
  const auto size_of = [&](Ticks begin, Ticks part, std::uint64_t number, TypeId type) {
    TraceSample sample{{}, number, number, type, true, type == 1, true, 0};
    Ticks at = begin;
    for (Ticks* stamp :
         {&sample.stamps.t0, &sample.stamps.t1, &sample.stamps.t2, &sample.stamps.t3,
          &sample.stamps.t4, &sample.stamps.t5, &sample.stamps.t6, &sample.stamps.t7}) {
      *stamp = at;
      at += part;
    }
    if (type == 1) sample.awaited = part / 2;
    const std::string events = text.put(sample);
    CHECK(std::count(events.begin(), events.end(), '\n') == (type == 1 ? 10 : 8));
    return events.size();
  };
  constexpr Ticks kYear = Ticks{365} * 86'400 * 1'000'000'000;
  for (int i = 0; i < 100'000; ++i) text.put(sample_with(1));
  CHECK(3 * size_of(kYear / 365, 1'000'000, 10'000'000, 0) <= TraceFile::kMostEventBytes);
  CHECK(size_of(1ULL << 61, 1ULL << 60, 9'999'999'999'999'999'999U, 1) <= TraceText::kMostBytes);
  static_assert(TraceText::kMostBytes <= TraceFile::kMostEventBytes);
  CHECK(text.text.head(std::string(100, 'x')).size() < TraceFile::kPageBytes);
}

TEST_CASE("trace_json: what was dropped is an event of the process") {
  Text text({"other"});
  std::string events(500, '\0');
  json::Cursor to(events.data());
  text.text.put_gap(to, 12'345);
  events.resize(static_cast<std::size_t>(to.at() - events.data()));
  const Value all = text.parsed(events);
  const Value& event = all.items().back();
  CHECK(phase(event) == "i");
  CHECK(event["s"].string() == "p");
  CHECK(event["args"]["dropped"].integer() == 12'345);
}

TEST_CASE("trace_json: time never goes back, however often the clock is calibrated") {
  const Clock clock = Clock::system();
  const Ticks start = clock.now();
  TraceTime time(clock, start);
  std::vector<Ticks> told;
  std::vector<std::uint64_t> as;
  for (int i = 0; i < 20'000; ++i) {
    time.calibrate();
    told.push_back(clock.now());
    as.push_back(time.ns(told.back()));
    if (i != 0) REQUIRE(as[as.size() - 2] <= as.back());
  }
  for (std::size_t i = 0; i < told.size(); ++i) CHECK(time.ns(told[i]) == as[i]);
  CHECK(time.ns(start) == 0);
  CHECK(time.ns(start - 1'000) == 0);
}

}  // namespace
}  // namespace narrows::pipeline
