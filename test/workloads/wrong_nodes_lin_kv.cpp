// SPDX-License-Identifier: MIT
// Wrong nodes of lin-kv. What is told first is which answer fits no order: where a write was lost,
// say, the read that lacks it.
#include <cstdint>
#include <map>

#include "narrows/testing/check.hpp"
#include "unit/doctest.hpp"
#include "workloads/trials.hpp"
#include "workloads/wrong_trials.hpp"

namespace narrows::workloads {
namespace {

struct Register {
  std::int64_t value = 0;
  std::int64_t before = 0;
};

struct RightRegisters {
  virtual ~RightRegisters() = default;

  void serve(Node& node) {
    node.on("read", [this](const Request& request) {
      const auto found = registers.find(request.integer("key"));
      return found == registers.end() ? absent() : read(found->second);
    });
    node.on("write", [this](const Request& request) {
      return write(registers[request.integer("key")], request.integer("value"));
    });
    node.on("cas", [this](const Request& request) {
      const auto found = registers.find(request.integer("key"));
      if (found == registers.end()) return absent();
      return cas(found->second, request.integer("from"), request.integer("to"));
    });
  }

  static Reply absent() { return Error(ErrorCode::key_does_not_exist, "no such key"); }
  static Reply differs() { return Error(ErrorCode::precondition_failed, "another value"); }
  static void set(Register& of, std::int64_t value) { of = {value, of.value}; }
  virtual Reply read(Register& of) { return reply("read_ok").set("value", of.value); }
  virtual Reply write(Register& to, std::int64_t value) {
    set(to, value);
    return reply("write_ok");
  }
  virtual Reply cas(Register& of, std::int64_t from, std::int64_t to) {
    if (of.value != from) return differs();
    set(of, to);
    return reply("cas_ok");
  }

  std::map<std::int64_t, Register> registers;
  Every is_time{10};
};

struct LosesWrites : RightRegisters {
  Reply write(Register& to, std::int64_t value) override {
    return is_time() ? reply("write_ok") : RightRegisters::write(to, value);
  }
};

struct ReadsStale : RightRegisters {
  Reply read(Register& of) override {
    return is_time() ? reply("read_ok").set("value", of.before) : RightRegisters::read(of);
  }
};

struct WritesWhatFails : RightRegisters {
  Reply write(Register& to, std::int64_t value) override {
    set(to, value);
    if (is_time()) return Error(ErrorCode::temporarily_unavailable, "it did not happen");
    return reply("write_ok");
  }
};

/// As a request that comes once more: its key has its value again, after what came between.
struct WritesTwice : RightRegisters {
  Reply read(Register& of) override {
    Reply answer = RightRegisters::read(of);
    if (is_time()) set(of, of.before);
    return answer;
  }
};

struct HidesKeys : RightRegisters {
  Reply read(Register& of) override { return is_time() ? absent() : RightRegisters::read(of); }
};

struct RefusesEqual : RightRegisters {
  Reply cas(Register& of, std::int64_t from, std::int64_t to) override {
    return of.value == from ? differs() : RightRegisters::cas(of, from, to);
  }
};

struct ComparesNothing : RightRegisters {
  Reply cas(Register& of, std::int64_t /*from*/, std::int64_t to) override {
    set(of, to);
    return reply("cas_ok");
  }
};

struct InventsValues : RightRegisters {
  Reply read(Register& of) override {
    return is_time() ? reply("read_ok").set("value", 77) : RightRegisters::read(of);
  }
};

struct Formless : RightRegisters {
  Reply read(Register& /*of*/) override { return reply("read_ok"); }
};

constexpr WrongNodes kWrong[] = {
    {"lose writes", nodes_of<LosesWrites>, "key *, but by then the value was"},
    {"read what was before", nodes_of<ReadsStale>,
     "(read * was answered with {\"value\":*}, but by then the value was"},
    {"write what fails", nodes_of<WritesWhatFails>, "key *, but by then the value was"},
    {"write once more", nodes_of<WritesTwice>, "key *, but by then the value was"},
    {"hide a key", nodes_of<HidesKeys>, "(read * failed with error 20, but by then the value was"},
    {"refuse what is equal", nodes_of<RefusesEqual>,
     "(cas * failed with error 22, but by then the value was"},
    {"compare nothing", nodes_of<ComparesNothing>,
     "(cas * was answered with {}, but by then the value was"},
    {"invent a value", nodes_of<InventsValues>,
     "was answered with {\"value\":77}, but by then the value was"},
    {"answer without a value", nodes_of<Formless>, "which has no \"value\""},
};

TEST_CASE("wrong nodes of lin-kv: each fault is found, right nodes have none") {
  const ShortTrial trial("lin-kv");
  try_right(trial, nodes_of<RightRegisters>);
  try_wrong(trial, kWrong);
}

TEST_CASE("wrong nodes of lin-kv: a search that may not go on is told, whatever the nodes did") {
  const ShortTrial trial("lin-kv");
  const auto result = testing::simulate(trial.network, trial.options, nodes_of<RightRegisters>());
  CHECK(is_told(testing::check_lin_kv(result.history, {.most_states = 3}),
                "key *: undecided: too many states"));
}

}  // namespace
}  // namespace narrows::workloads
