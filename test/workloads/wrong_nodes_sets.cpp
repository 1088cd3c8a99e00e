// SPDX-License-Identifier: MIT
// Wrong nodes of broadcast and g-set: one fault each of what docs/CHECKING.md says of sets.
#include <cstdint>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "unit/doctest.hpp"
#include "workloads/wrong_trials.hpp"

namespace narrows::workloads {
namespace {

using Values = std::set<std::int64_t>;

/// One set, which all nodes show: that is right.
struct RightSet {
  virtual ~RightSet() = default;

  void serve(Node& node) {
    node.on_topology([](const Topology&) {});
    node.on("broadcast", [this](const Request& request) {
      return add(request.integer("message"), reply("broadcast_ok"));
    });
    node.on("add", [this](const Request& request) {
      return add(request.integer("element"), reply("add_ok"));
    });
    node.on("read", [this, &node](const Request&) { return read(node.id()); });
  }

  virtual Reply add(std::int64_t value, Reply done) {
    values.insert(value);
    return done;
  }
  virtual Values shown() { return values; }
  /// Both workloads' answers at once: each check looks at its own member.
  virtual Reply read(const std::string& /*node*/) {
    const Values all = shown();
    const std::vector<std::int64_t> list(all.begin(), all.end());
    return reply("read_ok").set("messages", list).set("value", list);
  }

  Values values;
};

struct Forgetful : RightSet {
  Reply add(std::int64_t value, Reply done) override {
    return is_time() ? std::move(done) : RightSet::add(value, std::move(done));
  }
  Every is_time{5};
};

/// What it does not acknowledge it shows once.
struct ForgetfulOfUnknown : RightSet {
  Reply add(std::int64_t value, Reply done) override {
    if (!is_time()) return RightSet::add(value, std::move(done));
    once.insert(value);
    return Error(ErrorCode::crash, "it may have happened");
  }
  Values shown() override {
    Values all = values;
    all.merge(once);
    once.clear();
    return all;
  }
  Every is_time{5};
  Values once;
};

struct Inventive : RightSet {
  Values shown() override {
    Values all = values;
    all.insert(-1);
    return all;
  }
};

struct AddsWhatFails : RightSet {
  Reply add(std::int64_t value, Reply done) override {
    done = RightSet::add(value, std::move(done));
    if (is_time()) return Error(ErrorCode::temporarily_unavailable, "it did not happen");
    return done;
  }
  Every is_time{5};
};

/// Clients count up, so that it is known what comes next.
struct Clairvoyant : RightSet {
  Values shown() override {
    Values all = values;
    if (!all.empty()) all.insert(*all.rbegin() + 1);
    return all;
  }
};

struct Flickering : RightSet {
  Values shown() override {
    Values all = values;
    if (is_time() && !all.empty()) all.erase(all.begin());
    return all;
  }
  Every is_time{7};
};

struct Silent : RightSet {
  Reply read(const std::string& node) override {
    return node == "n1" ? Reply::none() : RightSet::read(node);
  }
};

struct Formless : RightSet {
  Reply read(const std::string& /*node*/) override {
    return reply("read_ok").set("messages", 1).set("value", "1");
  }
};

constexpr WrongNodes kWrongSets[] = {
    {"lose what they acknowledged", nodes_of<Forgetful>,
     ", a final read, lacks *, which * had added"},
    {"lose what they have shown", nodes_of<ForgetfulOfUnknown>,
     ", a final read, lacks *, which an earlier read had shown"},
    {"invent a value", nodes_of<Inventive>, "shows -1, which nobody has added"},
    {"add what fails", nodes_of<AddsWhatFails>, "shows *, though * failed"},
    {"show what is added later", nodes_of<Clairvoyant>, "shows * before it was added by *"},
    {"show a value, then not", nodes_of<Flickering>, "lacks *, which the same node had shown to"},
    {"answer no read", nodes_of<Silent>, "no final read of n1 was answered"},
    {"answer without a list", nodes_of<Formless>, "which has no array"},
};

TEST_CASE("wrong nodes of broadcast and g-set: each fault is found, right nodes have none") {
  for (const char* workload : {"broadcast", "g-set"}) {
    CAPTURE(workload);
    try_right(ShortTrial(workload), nodes_of<RightSet>);
    try_wrong(ShortTrial(workload), kWrongSets);
  }
}

}  // namespace
}  // namespace narrows::workloads
