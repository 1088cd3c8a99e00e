// SPDX-License-Identifier: MIT
// Wrong nodes of kafka: what they do wrong with messages, and with offsets that are committed.
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "unit/doctest.hpp"
#include "workloads/wrong_trials.hpp"

namespace narrows::workloads {
namespace {

using Offset = std::int64_t;
using Message = std::int64_t;  // which clients count up
using Messages = std::vector<std::pair<Offset, Message>>;

struct Log {
  std::map<Offset, Message> messages;
  Offset next = 0;
};

/// What was asked of one key.
struct RightLogs {
  virtual ~RightLogs() = default;

  void serve(Node& node) {
    node.on("send", [this](const Request& request) {
      return send(logs[request.text("key")], request.integer("msg"));
    });
    node.on("poll", [this, &node](const Request& request) {
      std::map<std::string, Messages> polled;
      for (const auto& [key, offset] : request.get<std::map<std::string, Offset>>("offsets")) {
        polled[key] = poll(logs[key], offset, node.id());
      }
      return answer_poll(polled);
    });
    node.on("commit_offsets", [this](const Request& request) {
      for (const auto& [key, offset] : request.get<std::map<std::string, Offset>>("offsets")) {
        commit(key, offset);
      }
      return answer_commit();
    });
    node.on("list_committed_offsets", [this](const Request& request) {
      std::map<std::string, Offset> offsets;
      for (const std::string& key : request.get<std::vector<std::string>>("keys")) {
        if (const auto offset = list(key)) offsets[key] = *offset;
      }
      return answer_list(offsets);
    });
  }

  static Offset append(Log& log, Message message) {
    log.messages[log.next] = message;
    return log.next++;
  }
  static Reply sent(Offset offset) { return reply("send_ok").set("offset", offset); }

  virtual Reply send(Log& log, Message message) { return sent(append(log, message)); }
  virtual Messages poll(Log& log, Offset from, const std::string& /*node*/) {
    return {log.messages.lower_bound(from), log.messages.end()};
  }
  virtual Reply answer_poll(const std::map<std::string, Messages>& polled) {
    return reply("poll_ok").set("msgs", polled);
  }
  virtual void commit(const std::string& key, Offset offset) {
    const auto [place, is_new] = committed.try_emplace(key, offset);
    if (!is_new) place->second = std::max(place->second, offset);
  }
  virtual Reply answer_commit() { return reply("commit_offsets_ok"); }
  virtual std::optional<Offset> list(const std::string& key) {
    const auto found = committed.find(key);
    return found == committed.end() ? std::nullopt : std::optional(found->second);
  }
  virtual Reply answer_list(const std::map<std::string, Offset>& offsets) {
    return reply("list_committed_offsets_ok").set("offsets", offsets);
  }

  std::map<std::string, Log> logs;
  std::map<std::string, Offset> committed;
  Every is_time{10};
};

// Messages.

struct LosesMessages : RightLogs {
  Reply send(Log& log, Message message) override {
    return is_time() ? sent(log.next++) : RightLogs::send(log, message);
  }
};

struct HidesTheEnd : RightLogs {
  Messages poll(Log& log, Offset from, const std::string& node) override {
    Messages messages = RightLogs::poll(log, from, node);
    if (!messages.empty()) messages.pop_back();
    return messages;
  }
};

/// As a node that has no room for a message, and says so by an offset that no poll asks for.
struct GivesNegativeOffsets : RightLogs {
  Reply send(Log& log, Message message) override {
    return is_time() ? sent(-1) : RightLogs::send(log, message);
  }
};

/// One node has the beginnings of logs alone.
struct LagsToTheEnd : RightLogs {
  Messages poll(Log& log, Offset from, const std::string& node) override {
    Messages messages = RightLogs::poll(log, from, node);
    if (node == "n1") std::erase_if(messages, [](const auto& entry) { return entry.first > 5; });
    return messages;
  }
};

struct Skips : RightLogs {
  Messages poll(Log& log, Offset from, const std::string& node) override {
    Messages messages = RightLogs::poll(log, from, node);
    if (messages.size() > 2 && is_time()) messages.erase(messages.begin() + 1);
    return messages;
  }
};

struct BeginsLate : RightLogs {
  Messages poll(Log& log, Offset from, const std::string& node) override {
    return RightLogs::poll(log, is_time() ? from + 1 : from, node);
  }
};

struct BeginsEarly : RightLogs {
  Messages poll(Log& log, Offset from, const std::string& node) override {
    return RightLogs::poll(log, from - 1, node);
  }
};

struct GoesBack : RightLogs {
  Messages poll(Log& log, Offset from, const std::string& node) override {
    Messages messages = RightLogs::poll(log, from, node);
    if (messages.size() > 1 && is_time()) std::swap(messages[0], messages[1]);
    return messages;
  }
};

struct Overwrites : RightLogs {
  Reply send(Log& log, Message message) override {
    if (is_time() && log.next > 0) --log.next;
    return RightLogs::send(log, message);
  }
};

struct AppendsTwice : RightLogs {
  Reply send(Log& log, Message message) override {
    if (is_time()) append(log, message);
    return RightLogs::send(log, message);
  }
};

struct InventsMessages : RightLogs {
  Reply send(Log& log, Message message) override {
    if (is_time()) append(log, -message);
    return RightLogs::send(log, message);
  }
};

/// There is always one message more.
struct NeverEnds : RightLogs {
  Messages poll(Log& log, Offset from, const std::string& node) override {
    append(log, -log.next - 1);
    return RightLogs::poll(log, from, node);
  }
};

struct GivesTheLastOffset : RightLogs {
  Messages poll(Log& log, Offset from, const std::string& node) override {
    Messages messages = RightLogs::poll(log, from, node);
    messages.emplace_back(std::numeric_limits<Offset>::max(), -1);
    return messages;
  }
};

struct MixesUpLogs : RightLogs {
  Reply send(Log& log, Message message) override {
    if (is_time()) append(logs["0"], message);
    return RightLogs::send(log, message);
  }
};

struct AppendsWhatFails : RightLogs {
  Reply send(Log& log, Message message) override {
    Reply done = RightLogs::send(log, message);
    if (is_time()) return Error(ErrorCode::temporarily_unavailable, "it did not happen");
    return done;
  }
};

/// A message of a log is followed by the next, which may be sent there.
struct Clairvoyant : RightLogs {
  Reply send(Log& log, Message message) override {
    for (const auto& [offset, known] : log.messages) {
      if (known == message) return sent(offset);
    }
    Reply done = RightLogs::send(log, message);
    append(log, message + 1);
    return done;
  }
};

/// Of two messages the second comes before the first; polls see both, or none.
struct Swaps : RightLogs {
  static bool has_gap(const Log& log) {
    return log.next > 0 && !log.messages.contains(log.next - 2);
  }
  Reply send(Log& log, Message message) override {
    if (!has_gap(log)) log.next += 2;
    const Offset offset = log.next - (log.messages.contains(log.next - 1) ? 2 : 1);
    log.messages[offset] = message;
    return sent(offset);
  }
  Messages poll(Log& log, Offset from, const std::string& node) override {
    Messages messages = RightLogs::poll(log, from, node);
    if (has_gap(log) && !messages.empty()) messages.pop_back();
    return messages;
  }
};

struct AnswersNoPoll : RightLogs {
  Reply answer_poll(const std::map<std::string, Messages>& /*polled*/) override {
    return Reply::none();
  }
};

struct AnswersMore : RightLogs {
  Reply answer_poll(const std::map<std::string, Messages>& polled) override {
    auto more = polled;
    more["an\"other"] = {{0, 0}};
    return RightLogs::answer_poll(more);
  }
};

struct FormlessSends : RightLogs {
  Reply send(Log& log, Message message) override {
    append(log, message);
    return reply("send_ok");
  }
};

struct FormlessPolls : RightLogs {
  Reply answer_poll(const std::map<std::string, Messages>& /*polled*/) override {
    return reply("poll_ok").set("msgs", "none");
  }
};

struct FormlessMessages : RightLogs {
  Reply answer_poll(const std::map<std::string, Messages>& polled) override {
    std::map<std::string, std::vector<Message>> messages;
    for (const auto& [key, of_key] : polled) {
      for (const auto& [offset, message] : of_key) messages[key].push_back(message);
    }
    return reply("poll_ok").set("msgs", messages);
  }
};

constexpr WrongNodes kWrongLogs[] = {
    {"lose messages", nodes_of<LosesMessages>, "and which no poll got: lost write"},
    {"hide the end of logs", nodes_of<HidesTheEnd>, ", a final poll, got nothing *: unseen"},
    {"give offsets that none can ask for", nodes_of<GivesNegativeOffsets>,
     "came to offset -1 *, but no poll got it: unseen"},
    {"lag behind to the end", nodes_of<LagsToTheEnd>,
     "(poll * on n1 *, a final poll, got nothing *, though * came to offset *: unseen"},
    {"skip a message", nodes_of<Skips>, "got offset * without *: poll skip"},
    {"begin too late", nodes_of<BeginsLate>, "got offset * without *: poll skip"},
    {"begin too early", nodes_of<BeginsEarly>, "where it should go on at *: nonmonotonic poll"},
    {"go back", nodes_of<GoesBack>, "where it should go on at *: nonmonotonic poll"},
    {"overwrite messages", nodes_of<Overwrites>, "has * for * and * for *: inconsistent offsets"},
    {"append twice", nodes_of<AppendsTwice>, "is at offset * and, as * tells, at *: duplicate"},
    {"invent messages", nodes_of<InventsMessages>, "got -*, which nobody sent there"},
    {"have no end", nodes_of<NeverEnds>, "got -*, which nobody sent there"},
    {"give the last offset that there is", nodes_of<GivesTheLastOffset>,
     "got -1 of key *, which nobody sent there"},
    {"mix up logs", nodes_of<MixesUpLogs>, "of key 0, which nobody sent there"},
    {"append what fails", nodes_of<AppendsWhatFails>, "got *, though * failed: G1a"},
    {"show what is sent later", nodes_of<Clairvoyant>, "got * before * sent it"},
    {"swap messages", nodes_of<Swaps>, "not behind * of its process's *: nonmonotonic send"},
    {"answer no poll", nodes_of<AnswersNoPoll>, "no final poll of key * was answered"},
    {"answer more than was asked", nodes_of<AnswersMore>,
     "of key an\"other, which it had not asked"},
    {"answer sends without offset", nodes_of<FormlessSends>, "which has no integer \"offset\""},
    {"answer polls without messages", nodes_of<FormlessPolls>, "which has no object \"msgs\""},
    {"poll without offsets", nodes_of<FormlessMessages>,
     "which has no list of [offset, message] pairs"},
};

TEST_CASE("wrong nodes of kafka: each fault is found, right nodes have none") {
  try_right(ShortTrial("kafka"), nodes_of<RightLogs>);
  try_wrong(ShortTrial("kafka"), kWrongLogs);
}

// Offsets that are committed.

struct TakesTheLast : RightLogs {
  void commit(const std::string& key, Offset offset) override { committed[key] = offset; }
};

struct ForgetsCommits : RightLogs {
  void commit(const std::string& key, Offset offset) override {
    if (!committed.contains(key)) RightLogs::commit(key, offset);
  }
};

struct KeepsNoCommits : RightLogs {
  void commit(const std::string& /*key*/, Offset /*offset*/) override {}
};

/// What it does not acknowledge is listed once.
struct ListsOnce : RightLogs {
  Reply answer_commit() override { return Error(ErrorCode::crash, "it may have happened"); }
  std::optional<Offset> list(const std::string& key) override {
    const auto offset = RightLogs::list(key);
    committed.erase(key);
    return offset;
  }
};

/// As at the end of a long outage: nobody asks them any more but for the last time.
struct ForgetsAtLast : RightLogs {
  void serve(Node& node) {
    RightLogs::serve(node);
    node.after(std::chrono::milliseconds(3200), [this] { committed.clear(); });
  }
};

struct ListsTheNext : RightLogs {
  std::optional<Offset> list(const std::string& key) override {
    const auto offset = RightLogs::list(key);
    return offset ? std::optional(*offset + 1000) : std::nullopt;
  }
};

struct FormlessLists : RightLogs {
  Reply answer_list(const std::map<std::string, Offset>& /*offsets*/) override {
    return reply("list_committed_offsets_ok");
  }
};

constexpr WrongNodes kWrongCommits[] = {
    {"take the last commit", nodes_of<TakesTheLast>,
     "was answered with * after *(commit_offsets * had *: commit went back"},
    {"keep the first commit", nodes_of<ForgetsCommits>,
     "was answered with * after *(commit_offsets * had *: commit went back"},
    {"keep no commits", nodes_of<KeepsNoCommits>,
     "was answered with no offset *: commit went back"},
    {"list what is unknown once", nodes_of<ListsOnce>,
     "after *(list_committed_offsets * had *: commit went back"},
    {"forget commits when clients have ended", nodes_of<ForgetsAtLast>,
     "was answered with no offset *: commit went back"},
    {"list what nobody committed", nodes_of<ListsTheNext>, ", which nobody had committed"},
    {"list without offsets", nodes_of<FormlessLists>, "which has no object \"offsets\""},
};

TEST_CASE("wrong nodes of kafka: commits that go back or that nobody made are found") {
  try_wrong(ShortTrial("kafka"), kWrongCommits);
}

}  // namespace
}  // namespace narrows::workloads
