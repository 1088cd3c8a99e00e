// SPDX-License-Identifier: MIT
// kafka: logs, which keep what they acknowledged, where they said it is.
//
// The names of faults are those of Jepsen's tests.kafka. A poll says from which offset it asks, so
// that what it skips shows without the polls before it.
#include <algorithm>
#include <limits>
#include <map>
#include <optional>
#include <set>
#include <unordered_map>
#include <utility>
#include <vector>

#include "json/scalar.hpp"
#include "narrows/testing/check.hpp"
#include "testing/findings.hpp"
#include "testing/offset_commits.hpp"
#include "testing/values.hpp"

namespace narrows::testing {
namespace {

using Offset = std::int64_t;
using std::chrono::nanoseconds;

struct Send {
  std::size_t operation;
  std::optional<Offset> offset;  // that was answered
};

/// What one poll got of one key.
struct Poll {
  std::size_t operation;
  Offset from;
  std::vector<std::pair<Offset, Values::Id>> messages;
};

struct Entry {
  Values::Id message;
  std::size_t operation;  // that told of it first
};

struct Log {
  std::map<Offset, Entry> entries;
  std::map<Values::Id, Offset> places;  // of messages: where each was first seen
  std::map<Values::Id, Send> sends;     // by message
  std::vector<Values::Id> send_order;   // messages, by when they were sent
  std::vector<Poll> polls;
  std::set<Offset> polled;
  std::set<Values::Id> reported;  // messages
};

class KafkaCheck {
 public:
  explicit KafkaCheck(const History& history)
      : history_(history), findings_(history), commits_(history, findings_) {}

  CheckResult run() {
    for (const std::size_t i : by_invocation(history_)) take(i);
    for (auto& [key, log] : logs_) {
      judge_sends(key, log);
      for (const Poll& poll : log.polls) judge_poll(key, log, poll);
      find_unseen(key, log);
    }
    commits_.judge();
    findings_.figure("keys", static_cast<double>(logs_.size()), "");
    findings_.figure("sends", static_cast<double>(sends_), "");
    findings_.figure("polls", static_cast<double>(polls_), "");
    return findings_.take();
  }

 private:
  const Operation& at(std::size_t i) const { return history_.operations()[i]; }
  std::string name(std::size_t i) const { return findings_.name(i); }
  std::string text(Values::Id message) const { return shortened(messages_.text(message)); }
  static std::string of_key(const std::string& key) { return " of key " + shortened(key); }

  void take(std::size_t i) {
    const Operation& operation = at(i);
    if (operation.function == "send") take_send(i);
    if (operation.outcome != Outcome::ok) return;
    if (operation.function == "poll") take_poll(i);
  }

  void take_send(std::size_t i) {
    const auto key = member_of(at(i).argument, "key");
    const auto value = member_of(at(i).argument, "msg");
    if (!key || !value) {
      findings_.fault(name(i) + " has no \"key\" and \"msg\"");
      return;
    }
    ++sends_;
    const std::string key_name = json::as_string(key->text()).value_or(std::string(key->text()));
    Log& log = logs_[key_name];
    const Values::Id message = messages_.id(value->text());
    const auto [send, is_new] = log.sends.try_emplace(message, Send{i, std::nullopt});
    if (!is_new) {
      findings_.fault("nothing can be told of " + text(message) + of_key(key_name) + ": " +
                      name(send->second.operation) + " and " + name(i) + " both send it");
      return;
    }
    log.send_order.push_back(message);
    if (at(i).outcome != Outcome::ok) return;
    const auto member = member_of(at(i).result, "offset");
    const auto offset = member ? json::as_integer(member->text()) : std::nullopt;
    if (!offset) {
      findings_.bad_result(i, "integer \"offset\"");
      return;
    }
    send->second.offset = offset;
    note(key_name, log, *offset, message, i);
  }

  void take_poll(std::size_t i) {
    ++polls_;
    std::map<std::string, Offset> asked;
    const auto from = member_of(at(i).argument, "offsets");
    if (from && from->kind() == Raw::Kind::object) {
      for (const auto& [key, offset] : from->members()) {
        asked[std::string(key)] = json::as_integer(offset.text()).value_or(0);
        logs_[std::string(key)].polls.push_back({i, asked[std::string(key)], {}});
      }
    }
    const auto messages = member_of(at(i).result, "msgs");
    if (!messages || messages->kind() != Raw::Kind::object) {
      findings_.bad_result(i, "object \"msgs\"");
      return;
    }
    for (const auto& [key, pairs] : messages->members()) {
      const std::string key_name(key);
      Log& log = logs_[key_name];
      if (!asked.contains(key_name)) {
        findings_.fault(name(i) + " got messages" + of_key(key_name) +
                        ", which it had not asked for");
        continue;
      }
      if (!take_messages(key_name, log, pairs, i)) {
        findings_.bad_result(i, "list of [offset, message] pairs" + of_key(key_name));
      }
    }
  }

  bool take_messages(const std::string& key, Log& log, const Raw& pairs, std::size_t i) {
    if (pairs.kind() != Raw::Kind::array) return false;
    for (const Raw pair : pairs.items()) {
      if (pair.kind() != Raw::Kind::array) return false;
      std::vector<Raw> parts;
      for (const Raw part : pair.items()) parts.push_back(part);
      const auto offset = parts.size() == 2 ? json::as_integer(parts[0].text()) : std::nullopt;
      if (!offset) return false;
      const Values::Id message = messages_.id(parts[1].text());
      log.polls.back().messages.emplace_back(*offset, message);
      log.polled.insert(*offset);
      note(key, log, *offset, message, i);
    }
    return true;
  }

  /// An answer tells that a message is at an offset.
  void note(const std::string& key, Log& log, Offset offset, Values::Id message, std::size_t i) {
    const auto [entry, is_new] = log.entries.try_emplace(offset, Entry{message, i});
    if (!is_new && entry->second.message != message) {
      findings_.fault("offset " + std::to_string(offset) + of_key(key) + " has " +
                      text(entry->second.message) + " for " + name(entry->second.operation) +
                      " and " + text(message) + " for " + name(i) + ": inconsistent offsets");
    }
    const auto [place, is_first] = log.places.try_emplace(message, offset);
    if (!is_first && place->second != offset && log.reported.insert(message).second) {
      findings_.fault(text(message) + of_key(key) + " is at offset " +
                      std::to_string(place->second) + " and, as " + name(i) + " tells, at " +
                      std::to_string(offset) + ": duplicate");
    }
  }

  /// Of one process and key offsets grow.
  void judge_sends(const std::string& key, const Log& log) {
    std::unordered_map<std::int64_t, Values::Id> last;  // by process
    for (const Values::Id message : log.send_order) {
      const Send& send = log.sends.at(message);
      const auto place = log.places.find(message);
      if (place == log.places.end() || at(send.operation).outcome == Outcome::failed) continue;
      const auto [before, is_first] = last.try_emplace(at(send.operation).process, message);
      if (!is_first && place->second <= log.places.at(before->second)) {
        findings_.fault(name(send.operation) + " came to offset " + std::to_string(place->second) +
                        of_key(key) + ", not behind " +
                        std::to_string(log.places.at(before->second)) + " of its process's " +
                        name(log.sends.at(before->second).operation) + ": nonmonotonic send");
      }
      before->second = message;
    }
  }

  void judge_poll(const std::string& key, Log& log, const Poll& poll) {
    for (const auto& [offset, message] : poll.messages) judge_message(key, log, poll, message);
    // One fault of its order is enough: what goes back seems to skip, too.
    if (!goes_back(key, poll)) find_skipped(key, log, poll);
  }

  static Offset after(Offset offset) {
    return std::min(offset, std::numeric_limits<Offset>::max() - 1) + 1;
  }

  bool goes_back(const std::string& key, const Poll& poll) {
    Offset expected = poll.from;
    for (const auto& [offset, message] : poll.messages) {
      if (offset < expected) {
        findings_.fault(name(poll.operation) + " got offset " + std::to_string(offset) +
                        of_key(key) + " where it should go on at " + std::to_string(expected) +
                        ": nonmonotonic poll");
        return true;
      }
      expected = after(offset);
    }
    return false;
  }

  void find_skipped(const std::string& key, Log& log, const Poll& poll) {
    Offset expected = poll.from;
    for (const auto& [offset, message] : poll.messages) {
      const auto skipped = log.entries.lower_bound(expected);
      if (skipped != log.entries.end() && skipped->first < offset) {
        return tell_skipped(key, log, poll, skipped->first, offset);
      }
      expected = after(offset);
    }
  }

  void tell_skipped(const std::string& key, Log& log, const Poll& poll, Offset skipped,
                    Offset got) {
    const Entry& entry = log.entries.at(skipped);
    const bool is_lost = !log.polled.contains(skipped);
    if (is_lost && !log.reported.insert(entry.message).second) return;
    findings_.fault(name(poll.operation) + " got offset " + std::to_string(got) + of_key(key) +
                    " without " + text(entry.message) + " at " + std::to_string(skipped) +
                    ", of which " + name(entry.operation) + " tells" +
                    (is_lost ? " and which no poll got: lost write" : ": poll skip"));
  }

  void judge_message(const std::string& key, Log& log, const Poll& poll, Values::Id message) {
    const auto send = log.sends.find(message);
    std::string why;
    if (send == log.sends.end()) {
      why = ", which nobody sent there";
    } else if (at(send->second.operation).outcome == Outcome::failed) {
      why = ", though " + name(send->second.operation) + " failed: G1a";
    } else if (at(send->second.operation).invoked > at(poll.operation).completed) {
      why = " before " + name(send->second.operation) + " sent it";
    }
    if (why.empty() || !log.reported.insert(message).second) return;
    findings_.fault(name(poll.operation) + " got " + text(message) + of_key(key) + why);
  }

  /// Final polls go on to the end, so that together with all others they see what was acknowledged.
  void find_unseen(const std::string& key, Log& log) {
    std::optional<nanoseconds> end;
    for (const Poll& poll : log.polls) {
      if (!at(poll.operation).is_final) continue;
      if (!end) end = at(poll.operation).invoked;
      if (poll.messages.empty()) judge_empty(key, log, poll);
    }
    for (const Values::Id message : log.send_order) {
      const Send& send = log.sends.at(message);
      if (!send.offset || log.polled.contains(*send.offset)) continue;
      if (!end) {
        findings_.fault("no final poll" + of_key(key) + " was answered");
        return;
      }
      if (at(send.operation).completed >= *end) continue;
      if (!log.reported.insert(message).second) continue;
      findings_.fault(name(send.operation) + " came to offset " + std::to_string(*send.offset) +
                      of_key(key) + ", but no poll got it: unseen");
    }
  }

  void judge_empty(const std::string& key, Log& log, const Poll& poll) {
    for (auto entry = log.entries.lower_bound(poll.from); entry != log.entries.end(); ++entry) {
      const auto send = log.sends.find(entry->second.message);
      if (send == log.sends.end() || !send->second.offset ||
          at(send->second.operation).completed >= at(poll.operation).invoked) {
        continue;
      }
      if (!log.reported.insert(send->first).second) return;
      findings_.fault(name(poll.operation) + ", a final poll, got nothing" + of_key(key) +
                      ", though " + name(send->second.operation) + " came to offset " +
                      std::to_string(entry->first) + ": unseen");
      return;
    }
  }

  const History& history_;
  Findings findings_;
  OffsetCommits commits_;
  Values messages_;
  std::map<std::string, Log> logs_;  // by key
  std::size_t sends_ = 0;
  std::size_t polls_ = 0;
};

}  // namespace

CheckResult check_kafka(const History& history) { return KafkaCheck(history).run(); }

}  // namespace narrows::testing
