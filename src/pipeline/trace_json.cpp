// SPDX-License-Identifier: MIT
#include "pipeline/trace_json.hpp"

#include <algorithm>
#include <cmath>

namespace narrows::pipeline {
namespace {

using json::Cursor;
using profile::kComponents;
using profile::kStages;

constexpr std::size_t kMostNameBytes = 40;  // of a type, with its escapes
constexpr std::uint64_t kMarkNs = 1;        // as slices on a track must not overlap

void micros(Cursor& to, std::uint64_t ns) {
  to.integer(ns / 1000);
  const auto rest = static_cast<unsigned>(ns % 1000);
  const std::array<char, 4> text{'.', static_cast<char>('0' + rest / 100),
                                 static_cast<char>('0' + rest / 10 % 10),
                                 static_cast<char>('0' + rest % 10)};
  to.start_of(text, text.size());
}

/// As the inside of a JSON string; its beginning if it is long.
std::string escaped(std::string_view name) {
  std::string result;
  for (std::size_t size = std::min(name.size(), kMostNameBytes);; --size) {
    const bool cuts_character =
        size < name.size() && (static_cast<unsigned char>(name[size]) & 0xC0) == 0x80;
    if (cuts_character && size != 0) continue;
    result.resize(json::escaped_bound(size));
    const char* const end = json::escape_to(result.data(), name.substr(0, size));
    result.resize(static_cast<std::size_t>(end - result.data()));
    if (result.size() <= kMostNameBytes) return result;
  }
}

}  // namespace

/// Two clocks are read in a row, and what comes between the readings makes the rate too large.
double TraceTime::rate() const {
  return std::min({clock_.ns_per_tick(), clock_.ns_per_tick(), clock_.ns_per_tick()});
}

void TraceTime::calibrate() {
  const Ticks now = std::max(clock_.now(), start_);
  if (segments_.empty()) {
    segments_.push_back({start_, 0, rate()});
  } else if (now - start_ >= 2 * (calibrated_at_ - start_)) {
    segments_.push_back({now, ns(now), rate()});
  } else {
    return;
  }
  calibrated_at_ = now;
}

std::uint64_t TraceTime::ns(Ticks at) const {
  auto segment = segments_.rbegin();
  while (segment != segments_.rend() - 1 && at < segment->begin) ++segment;
  if (at < segment->begin) return 0;
  return segment->ns + static_cast<std::uint64_t>(static_cast<double>(at - segment->begin) *
                                                  segment->ns_per_tick);
}

TraceText::TraceText(const Tracer& tracer, int process)
    : tracer_(tracer),
      time_(tracer.clock(), tracer.start()),
      process_(",\"pid\":" + std::to_string(process) + ",\"tid\":") {
  for (const std::string& type : tracer.types()) {
    names_.push_back(escaped(type));
    slow_names_.push_back(names_.back() + " (slow)");
  }
}

std::string TraceText::head(std::string_view program) const {
  std::string text = "[\n{\"ph\":\"M\",\"name\":\"process_name\"";
  text.append(process_).append("1,\"ts\":0,\"args\":{\"name\":\"").append(escaped(program));
  text.append("\"}}\n");
  for (std::size_t stage = 0; stage < kStages; ++stage) {
    const std::string track = process_ + std::to_string(stage + 1) + ",\"ts\":0,\"args\":{";
    text.append(",{\"ph\":\"M\",\"name\":\"thread_name\"").append(track).append("\"name\":\"");
    text.append(profile::kStageNames[stage]).append("\"}}\n");
    text.append(",{\"ph\":\"M\",\"name\":\"thread_sort_index\"").append(track);
    text.append("\"sort_index\":").append(std::to_string(stage + 1)).append("}}\n");
  }
  return text;
}

void TraceText::begin(Cursor& to, std::string_view phase, std::string_view name,
                      std::string_view category) const {
  to.literal(",{\"ph\":\"");
  to.put(phase);
  to.literal("\",\"name\":\"");
  to.put(name);
  to.literal("\",\"cat\":\"");
  to.put(category);
  to.literal("\"");
}

void TraceText::at(Cursor& to, unsigned track, std::uint64_t ns) const {
  to.put(process_);
  to.integer(std::uint64_t{track});
  to.literal(",\"ts\":");
  micros(to, ns);
}

void TraceText::put(Cursor& to, const TraceSample& sample) {
  ++number_;
  const profile::Stamps& s = sample.stamps;
  const std::array<Ticks, 8> ticks{s.t0, s.t1, s.t2, s.t3, s.t4, s.t5, s.t6, s.t7};
  std::transform(ticks.begin(), ticks.end(), stamps_.begin(),
                 [&](Ticks each) { return time_.ns(each); });
  const double share =
      s.t4 > s.t3 ? static_cast<double>(sample.awaited) / static_cast<double>(s.t4 - s.t3) : 0;
  const std::uint64_t in_handler = stamps_[4] - stamps_[3];
  awaited_ =
      std::min(in_handler,
               static_cast<std::uint64_t>(std::llround(share * static_cast<double>(in_handler))));
  const std::string_view name = (sample.is_slow ? slow_names_ : names_)[sample.type];
  put_slices(to, name, sample.msg_id);
  put_whole(to, name, sample);
}

/// A slice on each track, and arrows between them.
void TraceText::put_slices(Cursor& to, std::string_view name, std::uint64_t msg_id) const {
  constexpr std::array<std::string_view, kStages> kArrows{"s", "t", "f"};
  for (unsigned stage = 0; stage < kStages; ++stage) {
    const std::uint64_t end = stamps_[2 * stage + 2];
    const bool is_marked = stage == 1 && awaited_ != 0;
    const std::uint64_t start =
        is_marked ? end - std::min(kMarkNs, end - stamps_[3] - awaited_) : stamps_[2 * stage + 1];
    const std::uint64_t duration = end - start;
    begin(to, "X", name, "service");
    at(to, stage + 1, start);
    to.literal(",\"dur\":");
    micros(to, duration);
    to.literal(",\"args\":{\"msg_id\":");
    to.integer(msg_id);
    to.literal(",\"waited_us\":");
    micros(to, stamps_[2 * stage + 1] - stamps_[2 * stage]);
    to.literal("}}\n");
    begin(to, kArrows[stage], "message", "way");
    to.literal(",\"id\":");
    to.integer(number_);
    if (stage == kStages - 1) to.literal(",\"bp\":\"e\"");  // binds to the slice around it
    at(to, stage + 1, start + duration / 2);
    to.literal("}\n");
  }
}

/// The message from t0 to t7, with what the time went to.
void TraceText::put_whole(Cursor& to, std::string_view name, const TraceSample& sample) const {
  const auto event = [&](std::string_view phase, std::uint64_t ns) {
    begin(to, phase, name, "message");
    to.literal(",\"id\":");
    to.integer(number_);
    at(to, 1, ns);
  };
  event("b", stamps_.front());
  put_figures(to, sample);
  if (awaited_ != 0) put_handler(to);
  event("e", stamps_.back());
  to.literal("}\n");
}

/// From the handler's first slice of work to its last, with the waits between them.
void TraceText::put_handler(Cursor& to) const {
  for (const bool begins : {true, false}) {
    begin(to, begins ? "b" : "e", "handler", "message");
    to.literal(",\"id\":");
    to.integer(number_);
    at(to, 1, stamps_[begins ? 3 : 4]);
    to.literal("}\n");
  }
}

void TraceText::put_figures(Cursor& to, const TraceSample& sample) const {
  to.literal(",\"args\":{\"type\":\"");
  to.put(names_[sample.type]);
  to.literal("\",\"msg_id\":");
  to.integer(sample.msg_id);
  if (sample.is_answer) {
    to.literal(",\"in_reply_to\":");
    to.integer(sample.in_reply_to);
  }
  to.literal(",\"sampled\":\"");
  if (sample.is_nth) {
    to.literal("every ");
    to.integer(tracer_.every());
  }
  if (sample.is_nth && sample.is_slow) to.literal(", ");
  if (sample.is_slow) to.literal("slow");
  to.literal("\",\"latency_us\":");
  micros(to, stamps_[kComponents] - stamps_[0]);
  const auto figure = [&](std::string_view name, std::uint64_t ns) {
    to.literal(",\"");
    to.put(name);
    to.literal("_us\":");
    micros(to, ns);
  };
  for (std::size_t i = 0; i < kComponents; ++i) {
    if (i == profile::kAfterAwait && awaited_ != 0) figure(profile::kAwaitName, awaited_);
    const bool is_dispatch = i + 1 == profile::kAfterAwait;
    figure(profile::kComponentNames[i], stamps_[i + 1] - stamps_[i] - (is_dispatch ? awaited_ : 0));
  }
  to.literal("}}\n");
}

void TraceText::put_gap(Cursor& to, std::uint64_t dropped) const {
  begin(to, "i", "samples dropped", "gap");
  to.literal(",\"s\":\"p\"");
  at(to, 1, time_.ns(tracer_.clock().now()));
  to.literal(",\"args\":{\"dropped\":");
  to.integer(dropped);
  to.literal("}}\n");
}

}  // namespace narrows::pipeline
