// SPDX-License-Identifier: MIT
#include "report.hpp"

#include <string_view>

#include "breakdown.hpp"
#include "text.hpp"

namespace narrows::tools {
namespace {

std::string row(std::string_view name, const std::string& text) {
  std::string line(name);
  line.resize(15, ' ');
  return joined({line, text, "\n"});
}

std::string replies_of(const Result& result) {
  const Tally& tally = result.replies;
  return joined({grouped(tally.answered), " answered, ", grouped(result.missing()), " missing, ",
                 grouped(tally.duplicated), " duplicated, ", grouped(tally.out_of_order),
                 " out of order, ", grouped(tally.unsolicited), " unsolicited, ",
                 grouped(tally.wrong), " wrong"});
}

std::string errors_of(const Tally& tally) {
  std::string text;
  const auto add = [&](const std::string& code, std::uint64_t count) {
    text.append(text.empty() ? "" : ", ").append(grouped(count)).append(" of code ").append(code);
  };
  for (const auto& [code, count] : tally.errors_by_code) add(std::to_string(code), count);
  if (tally.errors_of_more_codes > 0) add("(others)", tally.errors_of_more_codes);
  return text;
}

std::string cpu_of(const Result& result, const Style& style) {
  std::string text = joined({fixed(result.cpu_s(), 2), " s (user ", fixed(result.node.user_s, 2),
                             ", system ", fixed(result.node.system_s, 2), ")"});
  if (const std::uint64_t replies = result.replies.closed(); replies > 0) {
    text += joined({", ", fixed(result.cpu_s() * 1e6 / static_cast<double>(replies), 3),
                    style.utf8 ? " µs" : " us", " a message"});
  }
  return text;
}

}  // namespace

std::string table(const Result& result, const Style& style) {
  const Load& load = result.load;
  std::string command;
  for (const std::string& word : result.command) {
    command.append(command.empty() ? "" : " ").append(word);
  }
  const auto rate = static_cast<std::uint64_t>(result.throughput_per_second());
  std::string text = row("node", printable(command));
  text += row("load", joined({grouped(load.messages), " messages of type ", printable(load.type),
                              ", ", grouped(load.line_bytes), " bytes each, at most speed"}));
  if (!result.valid()) text += row("valid", result.stop_signal != 0 ? "no: PARTIAL" : "no");
  text += row("throughput", joined({grouped(rate), " messages/s (", fixed(result.elapsed_s, 3),
                                    " s from the first send to the last reply)"}));
  text += row("node's CPU", cpu_of(result, style));
  text += row(
      "node's memory",
      joined({fixed(static_cast<double>(result.node.peak_rss_bytes) / 1e6, 1), " MB at its peak"}));
  text += row("replies", replies_of(result));
  if (result.replies.errors() > 0) text += row("errors", errors_of(result.replies));
  for (const std::string& remark : result.remarks) text += row("note", remark);
  if (!result.bench_stats.empty()) text += joined({"\n", breakdown(result.bench_stats, style)});
  return text;
}

}  // namespace narrows::tools
