// SPDX-License-Identifier: MIT
// Wrong nodes of g-counter and pn-counter.
#include <cstdint>
#include <string>

#include "unit/doctest.hpp"
#include "workloads/wrong_trials.hpp"

namespace narrows::workloads {
namespace {

struct RightCounter {
  virtual ~RightCounter() = default;
  void serve(Node& node) {
    node.on("add", [this](const Request& request) { return add(request.integer("delta")); });
    node.on("read", [this, &node](const Request&) { return read(node.id()); });
  }
  virtual Reply add(std::int64_t delta) {
    sum += delta;
    return reply("add_ok");
  }
  virtual Reply read(const std::string& /*node*/) { return reply("read_ok").set("value", sum); }
  std::int64_t sum = 0;
};

struct LosesAdds : RightCounter {
  Reply add(std::int64_t delta) override {
    return is_time() ? reply("add_ok") : RightCounter::add(delta);
  }
  Every is_time{5};
};

struct AddsTwice : RightCounter {
  Reply add(std::int64_t delta) override {
    sum += delta;
    return RightCounter::add(delta);
  }
};

struct CountsWhatFails : RightCounter {
  Reply add(std::int64_t delta) override {
    Reply done = RightCounter::add(delta);
    if (is_time()) return Error(ErrorCode::temporarily_unavailable, "it did not happen");
    return done;
  }
  Every is_time{5};
};

/// What is not acknowledged may happen, but once.
struct RepeatsWhatIsUnknown : RightCounter {
  Reply add(std::int64_t delta) override {
    if (!is_time()) return RightCounter::add(delta);
    sum += 100 * delta;
    return Error(ErrorCode::crash, "it may have happened");
  }
  Every is_time{5};
};

struct Lagging : RightCounter {
  Reply add(std::int64_t delta) override {
    if (delta != 0) last = sum;
    return RightCounter::add(delta);
  }
  Reply read(const std::string& node) override {
    return node == "n2" ? reply("read_ok").set("value", last) : RightCounter::read(node);
  }
  std::int64_t last = 0;
};

struct Negative : RightCounter {
  Reply read(const std::string& node) override {
    return is_time() ? reply("read_ok").set("value", -1) : RightCounter::read(node);
  }
  Every is_time{5};
};

struct SilentCounter : RightCounter {
  Reply read(const std::string& node) override {
    return node == "n1" ? Reply::none() : RightCounter::read(node);
  }
};

struct FormlessCounter : RightCounter {
  Reply read(const std::string& /*node*/) override { return reply("read_ok").set("value", "1"); }
};

constexpr WrongNodes kWrongCounters[] = {
    {"lose adds", nodes_of<LosesAdds>,
     ", a final read, was answered with *, but all adds together are"},
    {"add twice", nodes_of<AddsTwice>, ", a final read, was answered with"},
    {"count what fails", nodes_of<CountsWhatFails>, ", a final read, was answered with"},
    {"repeat what is unknown", nodes_of<RepeatsWhatIsUnknown>,
     ", a final read, was answered with *, but with what is unknown all adds together are some of"},
    {"lag behind to the end", nodes_of<Lagging>, "(read on n2 *, a final read, was answered with"},
    {"answer no read", nodes_of<SilentCounter>, "no final read of n1 was answered"},
    {"answer without a number", nodes_of<FormlessCounter>, "which has no integer \"value\""},
};

TEST_CASE("wrong nodes of counters: each fault is found, right nodes have none") {
  for (const char* workload : {"g-counter", "pn-counter"}) {
    CAPTURE(workload);
    try_right(ShortTrial(workload), nodes_of<RightCounter>);
    try_wrong(ShortTrial(workload), kWrongCounters);
  }
  try_wrong(ShortTrial("g-counter"),
            {"shrink", nodes_of<Negative>, "was answered with -1, though the counter only grows"});
}

}  // namespace
}  // namespace narrows::workloads
