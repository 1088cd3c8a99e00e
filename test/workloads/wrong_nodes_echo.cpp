// SPDX-License-Identifier: MIT
// Wrong nodes of echo and unique-ids.
#include <cstdint>
#include <map>
#include <string>
#include <utility>

#include "unit/doctest.hpp"
#include "workloads/wrong_trials.hpp"

namespace narrows::workloads {
namespace {

struct RightEcho {
  virtual ~RightEcho() = default;
  void serve(Node& node) {
    node.on("echo", [this](const Request& request) { return answer(request.raw("echo")); });
  }
  virtual Reply answer(const Raw& payload) { return reply("echo_ok").raw("echo", payload); }
};

struct MixedUpEcho : RightEcho {
  Reply answer(const Raw& payload) override {
    const std::string before = std::exchange(last, std::string(payload.text()));
    return RightEcho::answer(before.empty() ? payload : Raw::checked(before));
  }
  std::string last;
};

struct EmptyEcho : RightEcho {
  Reply answer(const Raw& /*payload*/) override { return reply("echo_ok"); }
};

/// What is more than asked for is none of the check's business, whatever its name.
struct TalkativeEcho : RightEcho {
  Reply answer(const Raw& payload) override {
    return RightEcho::answer(payload).set(std::string("an\"other"), 1);
  }
};

TEST_CASE("wrong nodes of echo: each fault is found, right nodes have none") {
  const ShortTrial trial("echo");
  try_right(trial, nodes_of<RightEcho>);
  try_right(trial, nodes_of<TalkativeEcho>);
  constexpr WrongNodes kWrong[] = {
      {"answer with the payload before", nodes_of<MixedUpEcho>, "(echo * got \"* back"},
      {"answer without", nodes_of<EmptyEcho>, "which has no \"echo\""},
  };
  try_wrong(trial, kWrong);
}

struct RightIds {
  virtual ~RightIds() = default;
  void serve(Node& node) {
    node.on("generate", [this, &node](const Request&) { return generate(node.id()); });
  }
  virtual Reply generate(const std::string& /*node*/) {
    return reply("generate_ok").set("id", next++);
  }
  std::int64_t next = 0;
};

struct OwnCounts : RightIds {
  Reply generate(const std::string& node) override {
    return reply("generate_ok").set("id", counts[node]++);
  }
  std::map<std::string, std::int64_t> counts;
};

/// As one that loses its count when it starts anew.
struct ForgetfulIds : RightIds {
  Reply generate(const std::string& node) override {
    if (is_time()) next -= 1;
    return RightIds::generate(node);
  }
  Every is_time{50};
};

struct NoIds : RightIds {
  Reply generate(const std::string& /*node*/) override { return reply("generate_ok"); }
};

TEST_CASE("wrong nodes of unique-ids: each fault is found, right nodes have none") {
  const ShortTrial trial("unique-ids");
  try_right(trial, nodes_of<RightIds>);
  constexpr WrongNodes kWrong[] = {
      {"count each for itself", nodes_of<OwnCounts>, "the id 0 was given out twice: to * and to *"},
      {"go back in their count", nodes_of<ForgetfulIds>, "was given out twice"},
      {"answer without an id", nodes_of<NoIds>, "which has no \"id\""},
  };
  try_wrong(trial, kWrong);
}

}  // namespace
}  // namespace narrows::workloads
