// SPDX-License-Identifier: MIT
// What a cluster's nodes answer to its clients, and files of what clients saw. The first byte says
// which it is, the second of which workload.
#include <chrono>
#include <functional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "fuzz/shown.hpp"
#include "fuzz/target.hpp"
#include "json/value.hpp"
#include "narrows/testing/check.hpp"
#include "narrows/testing/history.hpp"
#include "narrows/testing/trial.hpp"
#include "testing/router.hpp"
#include "text.hpp"

namespace narrows::fuzz {
namespace {

using namespace testing;
using namespace std::chrono_literals;

/// A node whose answers are lines of the input, one after the other and again from the first: what
/// is in a body besides in_reply_to, and type unless the line has one.
class Liar final : public Cluster, private NodeKeeper {
 public:
  explicit Liar(std::string_view input) : router_({.nodes = 1}, *this) {
    for_each_line(input, [&](std::string_view line) { answers_.emplace_back(line); });
    if (answers_.empty()) answers_.emplace_back();
  }

  /// To the end of the trial, or to a line that is no message.
  void run(Trial& trial) {
    try {
      while (!trial.is_over()) step();
    } catch (const std::logic_error&) {
      require(is_answering_, "no answer of a node stops its clients");
    }
  }

  [[nodiscard]] const std::vector<std::string>& nodes() const override { return router_.names(); }
  void request(std::string_view client, std::string_view node, std::string_view members, Then then,
               std::chrono::nanoseconds timeout) override {
    router_.request(client, node, members, std::move(then), timeout);
  }
  void after(std::chrono::nanoseconds delay, std::function<void()> what) override {
    router_.after(delay, std::move(what));
  }
  void partition(const std::vector<std::vector<std::string>>& groups) override {
    router_.partition(groups);
  }
  void cut(std::string_view from, std::string_view to) override { router_.cut(from, to); }
  void heal() override { router_.heal(); }
  void pause(std::string_view /*node*/) override {}
  void resume(std::string_view /*node*/) override {}
  [[nodiscard]] std::chrono::nanoseconds now() const override { return router_.now(); }
  [[nodiscard]] const Traffic& traffic() const override { return router_.traffic(); }
  [[nodiscard]] std::uint64_t random(std::uint64_t bound) override {
    return router_.callers_random().below(bound);
  }

 private:
  void step() {
    router_.move_to(std::min(router_.next_arrival(), router_.next_call()));
    if (router_.next_arrival() == router_.now()) {
      router_.deliver_next();
    } else {
      router_.call_next();
    }
  }

  void take(std::size_t /*node*/, std::string_view request) override {
    const auto asked = json::Value::parse(request);
    const json::Value& body = (*asked)["body"];
    const std::string& members = answers_[next_++ % answers_.size()];
    std::string line = R"({"src":"n0","dest":")";
    line.append(*(*asked)["src"].string()).append(R"(","body":{)");
    if (members.find("\"type\"") == std::string::npos) {
      line.append(R"("type":")").append(*body["type"].string()).append("_ok\",");
    }
    line.append(members).append(members.empty() ? "" : ",").append(R"("in_reply_to":)");
    line.append(body["msg_id"].to_json()).append("}}");
    const std::size_t size = line.size();
    line.append(EnvelopeReader::kSlackBytes, '\0');
    is_answering_ = true;
    router_.post(0, std::string_view(line).substr(0, size));
    is_answering_ = false;
  }

  Router router_;
  std::vector<std::string> answers_;
  std::size_t next_ = 0;
  bool is_answering_ = false;
};

void require_harmless(const CheckResult& result) {
  for (const std::string& fault : result.faults) require_one_line(tools::printable(fault, 600));
}

void require_same_again(const History& history) {
  const std::string lines = history.to_json_lines();
  require(History::from_json_lines(lines).to_json_lines() == lines,
          "a history is read as it was written", lines);
}

void answers(std::string_view workload, std::string_view input) {
  Liar liar(input);
  Trial trial(liar, {.workload = std::string(workload),
                     .duration = 200ms,
                     .rate = 50,
                     .clients = 2,
                     .recovery = 0ms,
                     .timeout = 50ms});
  trial.start();
  liar.run(trial);
  const TrialResult result = trial.is_over() ? trial.take() : trial.break_off();
  require_harmless(result.check);
  require_same_again(result.history);
}

void history(std::string_view workload, std::string_view input) {
  History read;
  try {
    read = History::from_json_lines(input);
  } catch (const std::invalid_argument& error) {
    return require_one_line(tools::printable(error.what(), 600));
  }
  require_same_again(read);
  if (read.operations().size() > 50) return;  // some checks search
  require_harmless(check(workload, read));
}

}  // namespace

void clusters(std::string_view input) {
  if (input.size() < 2) return;
  const auto workloads = trial_workloads();
  const std::string_view workload =
      workloads[static_cast<unsigned char>(input[1]) % workloads.size()];
  switch (input.front()) {
    case 'a': return answers(workload, input.substr(2));
    case 'h': return history(workload, input.substr(2));
    default: return;
  }
}

}  // namespace narrows::fuzz
