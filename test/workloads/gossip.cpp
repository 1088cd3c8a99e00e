// SPDX-License-Identifier: MIT
// What one node sends to others, message by message.
#include "workloads/gossip.hpp"

#include <algorithm>
#include <chrono>
#include <iterator>
#include <optional>
#include <string>
#include <vector>

#include "narrows/testing.hpp"
#include "unit/doctest.hpp"
#include "workloads/workloads.hpp"

namespace narrows::workloads {
namespace {

using namespace std::chrono_literals;
using Lines = std::vector<std::string>;

/// n1 of n0 to n3, which serves broadcast; the hub is n0.
struct Gossiper {
  Gossiper() {
    serve_broadcast(node);
    harness.emplace(node, "n1", Lines{"n3", "n1", "n0", "n2"});
  }

  void tell(int message) {
    harness->request("c1", R"("type":"broadcast","message":)" + std::to_string(message));
  }
  void hear(const std::string& from, const std::string& members) {
    harness->deliver({.src = from, .dest = "n1", .type = {}, .body = "{" + members + "}"});
  }
  /// What was sent of these types to other nodes, "relay n0 [[1,0,[7]]]".
  Lines sent(const Lines& types) {
    Lines lines;
    for (const testing::Sent& message : harness->take()) {
      if (std::ranges::find(types, message.type) == types.end()) continue;
      std::string line = message.type + " " + message.dest;
      for (const char* member : {"have", "deltas"}) {
        const auto value = Raw::checked(message.body).find(member);
        if (!value) continue;
        line += ' ';
        std::ranges::copy_if(value->text(), std::back_inserter(line),
                             [](char byte) { return byte != ' '; });
      }
      lines.push_back(line);
    }
    return lines;
  }
  /// Each with nothing new; how many there were.
  int answer_comparisons() {
    const Lines asked = sent({"compare"});
    for (const std::string& line : asked) {
      hear(line.substr(8, 2), R"("type":"repair","have":[0,0,0,0],"deltas":[])");
    }
    return static_cast<int>(asked.size());
  }
  static Options seeded() {
    Options options;
    options.seed = 1;
    return options;
  }
  Lines told() { return sent({"relay", "news"}); }

  Node node{seeded()};
  std::optional<testing::Harness> harness;
};

TEST_CASE("gossip: an origin relays to the hub at once, then what has come meanwhile") {
  Gossiper n1;
  for (const int message : {1, 2, 3}) n1.tell(message);
  CHECK(n1.told() == Lines{"relay n0 [[1,0,[1]]]"});
  n1.harness->advance(Gossip::kRelay);
  CHECK(n1.told() == Lines{"relay n0 [[1,1,[2,3]]]"});
  n1.harness->advance(Gossip::kRelay);
  CHECK(n1.told().empty());
}

TEST_CASE("gossip: what the hub's digest has needs nothing more") {
  Gossiper n1;
  n1.tell(1);
  n1.harness->advance(100ms);
  n1.hear("n0", R"("type":"news","have":[0,1,0,0],"deltas":[])");
  n1.harness->advance(5s);
  CHECK(n1.told() == Lines{"relay n0 [[1,0,[1]]]"});
}

TEST_CASE("gossip: without a hub's answer an origin tells everybody, and then a hub that speaks") {
  Gossiper n1;
  n1.tell(1);
  n1.harness->advance(Gossip::kPatience - 1ms);
  CHECK(n1.told() == Lines{"relay n0 [[1,0,[1]]]"});
  n1.harness->advance(1ms);
  CHECK(n1.told() == Lines{"news n0 [0,1,0,0] [[1,0,[1]]]", "news n2 [0,1,0,0] [[1,0,[1]]]",
                           "news n3 [0,1,0,0] [[1,0,[1]]]"});
  n1.harness->advance(Gossip::kBatch);
  n1.tell(2);
  CHECK(n1.told().size() == 3);  // it is the hub itself
  n1.hear("n0", R"("type":"news","have":[0,2,0,0],"deltas":[])");
  n1.tell(3);
  CHECK(n1.told() == Lines{"relay n0 [[1,2,[3]]]"});
}

TEST_CASE("gossip: what a hub does not have long after it is told again") {
  Gossiper n1;
  n1.tell(1);
  n1.harness->advance(Gossip::kPatience);
  CHECK(n1.told().size() == 4);
  const std::string behind = R"("type":"news","have":[0,0,0,0],"deltas":[])";
  n1.hear("n0", behind);
  CHECK(n1.told().empty());  // it may be on its way
  n1.harness->advance(Gossip::kPatience);
  n1.hear("n2", behind);
  CHECK(n1.told().empty());  // that is no hub
  n1.hear("n0", behind);
  CHECK(n1.told() == Lines{"relay n0 [[1,0,[1]]]"});
}

TEST_CASE("gossip: whoever is sent news as the hub is one, a batch at a time") {
  Gossiper n1;
  n1.hear("n2", R"("type":"relay","deltas":[[2,0,[7]]])");
  n1.hear("n3", R"("type":"relay","deltas":[[3,0,[8]]])");
  n1.hear("n2", R"("type":"relay","deltas":[[2,1,[9]]])");
  CHECK(n1.told() == Lines{"news n0 [0,0,1,0] [[2,0,[7]]]", "news n2 [0,0,1,0] [[2,0,[7]]]",
                           "news n3 [0,0,1,0] [[2,0,[7]]]"});
  n1.harness->advance(Gossip::kBatch);
  CHECK(n1.told().at(1) == "news n2 [0,0,2,1] [[2,1,[9]],[3,0,[8]]]");
  n1.hear("n2", R"("type":"relay","deltas":[[2,0,[7,9]]])");
  n1.harness->advance(Gossip::kBatch);
  CHECK(n1.told().empty());
}

TEST_CASE(
    "gossip: a comparison is answered with what the other lacks, and asks for what is lacking") {
  Gossiper n1;
  n1.hear("n0", R"("type":"news","have":[0,0,3,0],"deltas":[[2,0,[7,8]]])");
  n1.hear("n3", R"("type":"compare","have":[1,0,1,0])");
  CHECK(n1.sent({"repair"}) == Lines{"repair n3 [0,0,2,0] [[2,1,[8]]]"});
  n1.hear("n3", R"("type":"repair","have":[1,0,1,0],"deltas":[[0,0,[6]]])");
  CHECK(n1.sent({"repair"}) == Lines{"repair n3 [[2,1,[8]]]"});
  n1.hear("n3", R"("type":"repair","deltas":[])");
  CHECK(n1.sent({"repair"}).empty());
}

TEST_CASE("gossip: what a digest shows to be lacking is asked for soon, if it does not come") {
  Gossiper n1;
  const std::string ahead = R"("type":"news","have":[0,0,2,0],"deltas":[[2,1,[8]]])";
  n1.hear("n0", ahead);
  n1.harness->advance(Gossip::kSoon);
  CHECK(n1.sent({"compare"}) == Lines{"compare n0 [0,0,0,0]"});
  n1.hear("n0", R"("type":"repair","have":[0,0,2,0],"deltas":[[2,0,[7]]])");
  n1.hear("n0", R"("type":"news","have":[0,0,4,0],"deltas":[[2,3,[10]]])");
  n1.hear("n0", R"("type":"news","have":[0,0,4,0],"deltas":[[2,2,[9]]])");  // overtaken
  n1.harness->advance(Gossip::kSoon);
  CHECK(n1.sent({"compare"}).empty());
}

TEST_CASE("gossip: who has no answer compares with another; who has, less and less often") {
  Gossiper n1;
  n1.harness->advance(Gossip::kRound * 5 / 4);
  Lines asked = n1.sent({"compare"});
  CHECK(asked.size() == 1);
  n1.harness->advance(8s);
  CHECK(n1.sent({"compare"}).size() >= 9);
  int comparisons = 0;
  for (int i = 0; i < 200; ++i) {  // 20 s
    n1.harness->advance(100ms);
    comparisons += n1.answer_comparisons();
  }
  CHECK(comparisons >= 4);
  CHECK(comparisons <= 8);
  while (n1.answer_comparisons() == 0) n1.harness->advance(100ms);  // the next is 3 s away
  n1.tell(1);
  n1.harness->advance(Gossip::kRound * 5 / 4);
  CHECK(n1.sent({"compare"}).size() == 1);
}

TEST_CASE("gossip: who was sent what it lacked asks the hub whether it has that") {
  Gossiper n1;
  n1.hear("n3", R"("type":"repair","have":[0,0,1,0],"deltas":[[2,0,[7]]])");
  CHECK(n1.told().empty());
  n1.harness->advance(Gossip::kSoon);
  CHECK(n1.sent({"compare"}) == Lines{"compare n0 [0,0,1,0]"});
  n1.hear("n3", R"("type":"repair","have":[0,0,2,0],"deltas":[[2,1,[8]]])");
  n1.hear("n0", R"("type":"news","have":[0,0,2,0],"deltas":[[2,0,[7,8]]])");
  n1.harness->advance(Gossip::kSoon);
  CHECK(n1.sent({"compare"}).empty());
}

TEST_CASE("gossip: a hub sends on what it lacked itself") {
  Gossiper n1;
  n1.tell(1);
  n1.harness->advance(Gossip::kPatience);  // n0 is silent
  n1.harness->advance(Gossip::kBatch);
  CHECK(n1.told().size() == 4);
  n1.hear("n3", R"("type":"repair","have":[0,1,1,0],"deltas":[[2,0,[7]]])");
  CHECK(n1.told().at(1) == "news n2 [0,1,1,0] [[2,0,[7]]]");
  n1.harness->advance(Gossip::kBatch);
  // Who sent all of its news to everybody: what was lost here may be lost elsewhere.
  n1.hear("n3", R"("type":"news","have":[0,1,1,3],"deltas":[[3,2,[9]]])");
  n1.hear("n3", R"("type":"repair","deltas":[[3,0,[5,6,9]]])");
  CHECK(n1.told().at(1) == "news n2 [0,1,1,3] [[3,0,[5,6,9]]]");
}

TEST_CASE("gossip: who sends a part of what is lacking is asked for the rest at once") {
  Gossiper n1;
  n1.hear("n3", R"("type":"repair","have":[0,0,9,0],"deltas":[[2,0,[7]]])");
  CHECK(n1.sent({"compare"}) == Lines{"compare n3 [0,0,1,0]"});
  n1.hear("n3", R"("type":"repair","have":[0,0,9,0],"deltas":[])");
  CHECK(n1.sent({"compare"}).empty());  // that leads nowhere
}

TEST_CASE("gossip: who compares, and has more, is asked for it if it does not send it") {
  Gossiper n1;
  n1.hear("n3", R"("type":"compare","have":[0,0,1,0])");
  n1.harness->advance(Gossip::kAnswer);
  CHECK(n1.sent({"compare"}) == Lines{"compare n3 [0,0,0,0]"});
}

TEST_CASE("gossip: what makes no sense is refused, from a node too") {
  Gossiper n1;
  for (const char* wrong : {
           R"("type":"relay","deltas":[[4,0,[1]]])",
           R"("type":"relay","deltas":[[-1,0,[1]]])",
           R"("type":"relay","deltas":[[0,18446744073709551615,[1,2]]])",
           R"("type":"relay","deltas":[[0,0,1]])",
           R"("type":"relay","deltas":[[0,0]])",
           R"("type":"news","have":[0,0,0,0,0],"deltas":[])",
           R"("type":"compare","have":[0,0,0])",
           R"("type":"compare")",
           R"("type":"repair","have":"none","deltas":[])",
       }) {
    CAPTURE(wrong);
    n1.hear("n0", std::string(wrong) + R"(,"msg_id":1)");
    const std::vector<testing::Sent> sent = n1.harness->take();
    REQUIRE(sent.size() == 1);
    CHECK(sent[0].type == "error");
    CHECK(sent[0].body.find("12") != std::string::npos);
  }
}

}  // namespace
}  // namespace narrows::workloads
