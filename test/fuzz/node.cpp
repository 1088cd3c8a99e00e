// SPDX-License-Identifier: MIT
// A whole node, fed with lines that are cut anywhere, against the model of what it owes for each:
// once as it is made, with handlers that do not wait, and once in virtual time, with some that do.
#include "narrows/node.hpp"

#include <algorithm>
#include <chrono>
#include <map>
#include <string>
#include <vector>

#include "fuzz/handlers.hpp"
#include "fuzz/model.hpp"
#include "fuzz/target.hpp"
#include "json/value.hpp"
#include "narrows/testing.hpp"

namespace narrows::fuzz {

namespace {

using namespace std::chrono_literals;

constexpr std::size_t kMaxLineBytes = 1000;
constexpr std::uint32_t kMaxDepth = 32;
constexpr std::string_view kInit =
    R"({"src":"c0","dest":"n1","body":{"type":"init","msg_id":1,"node_id":"n1","node_ids":["n1"]}})"
    "\n";
constexpr std::string_view kStats =
    R"({"src":"c9","dest":"n1","body":{"type":"bench_stats","msg_id":9}})";

Options small_options() {
  Options options;
  options.max_line_bytes = kMaxLineBytes;
  options.max_depth = kMaxDepth;
  options.pool_bytes = least_pool_bytes(kMaxLineBytes);
  options.log_level = LogLevel::error;  // what is wrong with the input is none
  options.max_pending = 8;
  options.max_pending_rpcs = 8;
  options.seed = 1;
  return options;
}

/// A node and the model of it.
class Trial {
 public:
  Trial(Node& node, bool knows_waiting)
      : node_(node), model_(kMaxLineBytes, kMaxDepth, knows_waiting) {}

  void feed(std::string_view bytes) {
    read(bytes);
    std::string output;
    node_.feed(bytes, [&](std::string_view written) { output.append(written); });
    take(output);
  }
  /// The end of input: a last line needs no newline.
  void finish() {
    if (!unfinished_.empty()) read("\n");
    std::string output;
    node_.finish([&](std::string_view written) { output.append(written); });
    take(output);
  }
  void take(const std::vector<testing::Sent>& all) {
    for (const testing::Sent& sent : all) {
      Output output{sent.src, sent.dest, sent.type, {}, {}, -1};
      if (sent.msg_id >= 0) output.msg_id = static_cast<std::uint64_t>(sent.msg_id);
      if (sent.in_reply_to >= 0) output.in_reply_to = static_cast<std::uint64_t>(sent.in_reply_to);
      const auto body = json::Value::parse(sent.body);
      require(body.has_value(), "what a node writes is JSON", sent.body);
      if (sent.type == "error") output.code = (*body)["code"].integer().value_or(-1);
      model_.wrote(output, sent.body);
    }
  }
  /// Its own figures agree with the model. Precondition: it was asked for them last.
  void check_counts() const {
    const auto line = json::Value::parse(last_);
    const json::Value& stats = (*line)["body"];
    std::map<std::string, std::uint64_t> counted;
    const auto count = [&](const std::string& name, const json::Value& value) {
      require(value.integer().value_or(-1) >= 0, "what is counted is a number", name);
      counted[name] = static_cast<std::uint64_t>(*value.integer());
    };
    count("total_messages", stats["total_messages"]);
    const json::Value& errors = stats["errors"];
    for (std::size_t i = 0; i < errors.names().size(); ++i) {
      count(errors.names()[i], errors.items()[i]);
    }
    require(counted.size() == 11, "all errors are counted", last_);
    model_.check_counts(counted);
  }

 private:
  /// The model reads what the node will have read whole.
  void read(std::string_view bytes) {
    unfinished_.append(bytes);
    std::size_t at = 0;
    for (std::size_t end = 0; (end = unfinished_.find('\n', at)) != std::string::npos;
         at = end + 1) {
      const std::string_view line = std::string_view(unfinished_).substr(at, end - at);
      model_.read(line);
    }
    unfinished_.erase(0, at);
  }
  void take(const std::string& output) {
    require(output.empty() || output.ends_with('\n'), "a node writes whole lines", output);
    for_each_line(output, [&](std::string_view line) {
      model_.wrote(Output::parsed(line), line);
      last_ = line;
    });
    model_.check_in_order_is_empty();
  }

  Node& node_;
  Model model_;
  std::string unfinished_;
  std::string last_;  // line that it wrote
};

/// Pieces of the input, from all of it to single bytes.
template <typename Take>
void for_each_piece(std::string_view input, Chance& chance, Take take) {
  const std::size_t most = std::size_t{1} << chance.below(13);
  while (!input.empty()) {
    const std::size_t size = std::min(1 + chance.below(most), input.size());
    take(input.substr(0, size));
    input.remove_prefix(size);
  }
}

/// So that a line before it has its end.
std::string with_end(std::string_view input) {
  std::string text(input);
  if (!text.empty() && !text.ends_with('\n')) text += '\n';
  return text;
}

void try_at_once(std::string_view input) {
  Node node(small_options());
  serve_at_once(node);
  Trial trial(node, false);
  Chance chance(input);
  const std::string text = with_end(input).append(kInit).append(kStats);
  for_each_piece(text, chance, [&](std::string_view piece) { trial.feed(piece); });
  trial.finish();
  trial.check_counts();
}

void try_in_time(std::string_view input) {
  constexpr auto kLongerThanAllWait = 20s;
  Options options = small_options();
  options.log_level = LogLevel::debug;
  Node node(std::move(options));
  serve_at_once(node);
  serve_in_time(node);
  testing::Harness harness(node);
  Trial trial(node, true);
  Chance chance(input);
  const auto advance = [&](std::chrono::nanoseconds time) {
    harness.advance(time);
    trial.take(harness.take());
  };
  for_each_piece(with_end(input), chance, [&](std::string_view piece) {
    trial.feed(piece);
    if (chance.below(4) == 0) advance(std::chrono::milliseconds(chance.below(3000)));
  });
  advance(kLongerThanAllWait);
  trial.feed(std::string(kStats).append("\n"));
  trial.check_counts();
  harness.end();
  trial.take(harness.take());
  static_cast<void>(harness.take_log());  // which else is printed
}

}  // namespace

void node(std::string_view input) {
  try_at_once(input);
  try_in_time(input);
}

}  // namespace narrows::fuzz
