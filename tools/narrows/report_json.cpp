// SPDX-License-Identifier: MIT
#include "report_json.hpp"

#include <array>
#include <chrono>
#include <string_view>
#include <utility>

#include "text.hpp"

namespace narrows::tools {
namespace {

/// An object under construction.
class Object {
 public:
  Object& raw(std::string_view name, std::string_view json) {
    text_.append(text_.size() > 1 ? "," : "").append(quoted(name)).append(":").append(json);
    return *this;
  }
  Object& string(std::string_view name, std::string_view value) { return raw(name, quoted(value)); }
  Object& integer(std::string_view name, std::uint64_t value) {
    return raw(name, std::to_string(value));
  }
  Object& number(std::string_view name, double value, int decimals) {
    return raw(name, fixed(value, decimals));
  }
  Object& boolean(std::string_view name, bool value) { return raw(name, value ? "true" : "false"); }

  [[nodiscard]] std::string text() const { return joined({text_, "}"}); }

 private:
  std::string text_ = "{";
};

template <typename Strings>
std::string array_of(const Strings& strings) {
  std::string text = "[";
  for (const std::string& string : strings) {
    text.append(text.size() > 1 ? "," : "").append(quoted(string));
  }
  return text.append("]");
}

std::string replies_of(const Result& result) {
  const Tally& tally = result.replies;
  Object errors;
  for (const auto& [code, count] : tally.errors_by_code)
    errors.integer(std::to_string(code), count);
  if (tally.errors_of_more_codes > 0) errors.integer("other", tally.errors_of_more_codes);
  return Object()
      .integer("answered", tally.answered)
      .integer("missing", result.missing())
      .integer("duplicated", tally.duplicated)
      .integer("out_of_order", tally.out_of_order)
      .integer("unsolicited", tally.unsolicited)
      .integer("wrong", tally.wrong)
      .integer("sent_to_others", tally.sent_to_others)
      .raw("errors_by_code", errors.text())
      .text();
}

std::string summary_of(const Distribution& distribution) {
  const Summary us = distribution.summary();
  Object object;
  object.integer("count", us.count);
  const std::array<std::pair<const char*, double>, 6> values{{{"avg", us.avg},
                                                              {"p50", us.p50},
                                                              {"p90", us.p90},
                                                              {"p99", us.p99},
                                                              {"p999", us.p999},
                                                              {"max", us.max}}};
  for (const auto& [name, value] : values) {
    object.raw(name, us.count > 0 ? fixed(value, 3) : "null");
  }
  return object.text();
}

std::string load_of(const Load& load) {
  constexpr std::array<std::string_view, 3> kPaces{"max", "rate", "concurrency"};
  const auto seconds = [](Load::Nanoseconds time) {
    return fixed(std::chrono::duration<double>(time).count(), 3);
  };
  Object object;
  object.string("pace", kPaces[static_cast<std::size_t>(load.pace)])
      .raw("rate_per_sec", load.pace == Pace::rate ? fixed(load.rate, 3) : "null")
      .raw("arrivals", load.pace != Pace::rate              ? "null"
                       : load.arrivals == Arrivals::poisson ? "\"poisson\""
                                                            : "\"constant\"")
      .raw("concurrency",
           load.pace == Pace::concurrency ? std::to_string(load.concurrency) : "null")
      .raw("messages", load.messages < Load::kMostMessages ? std::to_string(load.messages) : "null")
      .raw("duration_s", load.duration ? seconds(*load.duration) : "null")
      .raw("warmup_s", seconds(load.warmup))
      .raw("type", load.mix ? "null" : quoted(load.type))
      .raw("size_bytes", load.mix ? "null" : std::to_string(load.line_bytes))
      .integer("clients", load.clients)
      .integer("seed", load.seed);
  return object.text();
}

std::string node_of(const Result& result) {
  const Ending& node = result.node;
  const std::uint64_t replies = result.replies.closed();
  Object object;
  object.raw("command", array_of(result.command))
      .number("cpu_s", result.cpu_s(), 6)
      .number("cpu_user_s", node.user_s, 6)
      .number("cpu_system_s", node.system_s, 6);
  if (replies == 0) {
    object.raw("cpu_us_per_message", "null");
  } else {
    object.number("cpu_us_per_message", result.cpu_s() * 1e6 / static_cast<double>(replies), 4);
  }
  object.integer("peak_rss_bytes", result.peak_rss_bytes())
      .integer("context_switches", node.context_switches)
      .integer("bytes_in", result.bytes_in)
      .integer("bytes_out", result.bytes_out)
      .number("write_blocked_s", result.write_blocked_s, 6);
  if (node.signal != 0) {
    object.raw("exit_status", "null").integer("signal", static_cast<std::uint64_t>(node.signal));
  } else {
    object.integer("exit_status", static_cast<std::uint64_t>(node.exit_status))
        .raw("signal", "null");
  }
  return object.text();
}

Object figures_of(const Result& result) {
  const Figures& figures = result.figures;
  const auto outside = result.outside_node_avg_us();
  Object object;
  object.integer("version", 1)
      .boolean("valid", result.valid())
      .boolean("partial", result.stop_signal != 0)
      .raw("problem", text_or_null(result.problem))
      .raw("generator_problem", text_or_null(result.generator_problem))
      .raw("remarks", array_of(result.remarks))
      .raw("load", load_of(result.load))
      .number("elapsed_s", result.elapsed_s, 6)
      .integer("sent", result.sent)
      .integer("unsent", result.unsent)
      .integer("unanswered", result.unanswered)
      .number("offered_per_sec", result.offered_per_second(), 1)
      .number("throughput_per_sec", result.throughput_per_second(), 1)
      .raw("latency_us", summary_of(figures.latency()))
      .raw("uncorrected_latency_us", summary_of(figures.uncorrected()))
      .raw("send_lag_us", summary_of(figures.send_lag()))
      .raw("replies", replies_of(result))
      .raw("node", node_of(result))
      .raw("generator", Object().number("cpu_s", result.generator_cpu_s, 6).text())
      .raw("outside_node_avg_us", outside ? fixed(*outside, 3) : "null")
      .raw("bench_stats", result.bench_stats.empty() ? "null" : printable_json(result.bench_stats));
  return object;
}

/// Value in microseconds and count of each bucket that has any.
std::string buckets_of(const Distribution& distribution) {
  std::string text = "[";
  distribution.histogram().for_each([&](double ns, std::uint64_t count) {
    text.append(text.size() > 1 ? ",[" : "[").append(fixed(ns / 1000, 3)).append(",");
    text.append(std::to_string(count)).append("]");
  });
  return text.append("]");
}

std::string series_of(const Figures& figures) {
  std::string text = "[";
  for (const Point& point : figures.series()) {
    text.append(text.size() > 1 ? "," : "");
    text.append(Object()
                    .number("end_s", point.end_s, 3)
                    .number("seconds", point.seconds, 3)
                    .integer("sent", point.sent)
                    .integer("answered", point.answered)
                    .number("p50_us", point.p50_us, 3)
                    .number("p99_us", point.p99_us, 3)
                    .number("max_us", point.max_us, 3)
                    .number("cpu_user_s", point.usage.user_s, 2)
                    .number("cpu_system_s", point.usage.system_s, 2)
                    .integer("rss_bytes", point.usage.rss_bytes)
                    .integer("context_switches", point.usage.context_switches)
                    .integer("bytes_in", point.bytes_in)
                    .integer("bytes_out", point.bytes_out)
                    .number("write_blocked_s", point.write_blocked_s, 6)
                    .text());
  }
  return text.append("]");
}

}  // namespace

std::string json_report(const Result& result) { return figures_of(result).text().append("\n"); }

std::string run_file(const Result& result) {
  const Figures& figures = result.figures;
  Object object = figures_of(result);
  object
      .raw("histograms", Object()
                             .raw("latency_us", buckets_of(figures.latency()))
                             .raw("uncorrected_latency_us", buckets_of(figures.uncorrected()))
                             .raw("send_lag_us", buckets_of(figures.send_lag()))
                             .text())
      .raw("series", series_of(figures));
  return object.text().append("\n");
}

}  // namespace narrows::tools
