// SPDX-License-Identifier: MIT
#include "report_json.hpp"

#include <string_view>

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
      .raw("errors_by_code", errors.text())
      .text();
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
  object.integer("peak_rss_bytes", node.peak_rss_bytes);
  if (node.signal != 0) {
    object.raw("exit_status", "null").integer("signal", static_cast<std::uint64_t>(node.signal));
  } else {
    object.integer("exit_status", static_cast<std::uint64_t>(node.exit_status))
        .raw("signal", "null");
  }
  return object.text();
}

}  // namespace

std::string json_report(const Result& result) {
  Object object;
  object.integer("version", 1)
      .boolean("valid", result.valid())
      .boolean("partial", result.stop_signal != 0)
      .raw("problem", result.problem.empty() ? "null" : quoted(result.problem))
      .raw("remarks", array_of(result.remarks))
      .integer("messages", result.load.messages)
      .integer("size_bytes", result.load.line_bytes)
      .string("type", result.load.type)
      .number("elapsed_s", result.elapsed_s, 6)
      .number("throughput_per_sec", result.throughput_per_second(), 1)
      .raw("replies", replies_of(result))
      .raw("node", node_of(result))
      .raw("generator", Object().number("cpu_s", result.generator_cpu_s, 6).text())
      .raw("bench_stats", result.bench_stats.empty() ? "null" : printable_json(result.bench_stats));
  return object.text().append("\n");
}

}  // namespace narrows::tools
