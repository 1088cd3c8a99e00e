// SPDX-License-Identifier: MIT
#include "report.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <string_view>

#include "breakdown.hpp"
#include "mix.hpp"
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

std::string megabytes(std::uint64_t bytes) {
  return fixed(static_cast<double>(bytes) / 1e6, 1).append(" MB");
}

std::string pipes_of(const Result& result) {
  return joined({megabytes(result.bytes_in), " in, ", megabytes(result.bytes_out),
                 " out; writes to it were blocked for ", fixed(result.write_blocked_s, 2), " s; ",
                 grouped(result.node.context_switches), " context switches"});
}

std::string per_second(double rate) { return grouped_whole(rate).append(" messages/s"); }

std::string load_of(const Load& load) {
  std::string text;
  switch (load.pace) {
    case Pace::max: text = "at most speed"; break;
    case Pace::concurrency: text = grouped(load.concurrency).append(" in flight"); break;
    case Pace::rate:
      text = joined({grouped_whole(load.rate), " a second, ",
                     load.arrivals == Arrivals::poisson ? "Poisson" : "constant", " arrivals"});
      break;
  }
  if (load.messages < Load::kMostMessages)
    text += joined({", ", grouped(load.messages), " messages"});
  if (load.duration) text += joined({", for ", seconds(*load.duration)});
  if (load.warmup.count() > 0) text += joined({" after ", seconds(load.warmup), " of warm-up"});
  if (load.mix) return text += joined({", a mix of ", grouped(load.mix->messages().size())});
  return text += joined({", ", printable(load.type), " of ", grouped(load.line_bytes), " bytes"});
}

std::string micros(double us) {
  if (us >= 1000) return grouped_whole(us);
  return fixed(us, us < 10 ? 3 : us < 100 ? 2 : 1);
}

std::string latencies(const Result& result, const Style& style) {
  const auto right = [](const std::string& text) {
    return std::string(12 - std::min<std::size_t>(12, columns(text)), ' ') + text;
  };
  std::string text = joined({"\n", std::string(27, ' ')});
  for (const std::string_view name : {"avg", "p50", "p90", "p99", "p99.9", "max"}) {
    text += right(std::string(name).append(style.utf8 ? " µs" : " us"));
  }
  text += "\n";
  const auto add = [&](std::string name, const Distribution& distribution) {
    const Summary us = distribution.summary();
    name.resize(27, ' ');
    text += name;
    for (const double value : {us.avg, us.p50, us.p90, us.p99, us.p999, us.max}) {
      text += right(micros(value));
    }
    text += "\n";
  };
  if (result.load.pace == Pace::rate) {
    add("latency (from when due)", result.figures.latency());
    add("uncorrected (from sent)", result.figures.uncorrected());
    add("the generator was late by", result.figures.send_lag());
  } else {
    add("latency", result.figures.latency());
  }
  return text;
}

}  // namespace

std::string table(const Result& result, const Style& style) {
  std::string command;
  for (const std::string& word : result.command) {
    command.append(command.empty() ? "" : " ").append(word);
  }
  std::string text = row("node", printable(command));
  text += row("load", load_of(result.load));
  if (!result.valid()) text += row("valid", result.stop_signal != 0 ? "no: PARTIAL" : "no");
  if (result.load.pace == Pace::rate) {
    text += row("offered", per_second(result.offered_per_second()));
  }
  text += row("throughput", joined({per_second(result.throughput_per_second()), " (measured for ",
                                    fixed(result.elapsed_s, 3), " s)"}));
  text += row("node's CPU", cpu_of(result, style));
  text += row("node's memory", megabytes(result.peak_rss_bytes()).append(" at its peak"));
  text += row("node's pipes", pipes_of(result));
  text += row("replies", replies_of(result));
  if (const std::uint64_t count = result.replies.sent_to_others; count > 0) {
    text += row("sent to others", joined({"messages of its own: ", grouped(count)}));
  }
  text += latencies(result, style);
  if (result.replies.errors() > 0 || !result.remarks.empty()) text += "\n";
  if (result.replies.errors() > 0) text += row("errors", errors_of(result.replies));
  for (const std::string& remark : result.remarks) text += row("note", remark);
  if (result.bench_stats.empty()) return text;
  text += joined({"\n", breakdown(result.bench_stats, style)});
  if (const auto outside = result.outside_node_avg_us()) {
    text += joined({"A client waits ", micros(*outside), style.utf8 ? " µs" : " us",
                    " longer than that in the mean: in pipes, and until a thread runs\n"});
  }
  return text;
}

}  // namespace narrows::tools
