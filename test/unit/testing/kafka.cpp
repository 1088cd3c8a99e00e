// SPDX-License-Identifier: MIT
#include "unit/testing/made_history.hpp"

namespace narrows::testing {
namespace {

/// A log "k": what was sent, polled and committed, one after the other unless times are given.
class Log : public Made {
 public:
  Log& sends(int message, int offset, std::int64_t process = 0) {
    next();
    ok(process, "send", send_of(message), R"({"offset":)" + std::to_string(offset) + "}", time_,
       time_ + 5);
    return *this;
  }
  Log& sends_unknown(int message) {
    next();
    unknown(100 + message, "send", send_of(message), time_, time_ + 5);
    return *this;
  }
  Log& fails_to_send(int message) {
    next();
    failed(0, "send", send_of(message), 11, time_, time_ + 5);
    return *this;
  }
  Log& polls(int from, const std::string& pairs) {
    next();
    ok(1, "poll", poll_of(from), R"({"msgs":{"k":)" + pairs + "}}", time_, time_ + 5);
    return *this;
  }
  Log& ends(int from, const std::string& pairs) {
    next();
    last(1, "poll", poll_of(from), R"({"msgs":{"k":)" + pairs + "}}", time_, time_ + 5);
    return *this;
  }
  Log& commits(int offset, std::int64_t process = 0) {
    next();
    ok(process, "commit_offsets", R"({"offsets":{"k":)" + std::to_string(offset) + "}}", "{}",
       time_, time_ + 5);
    return *this;
  }
  Log& lists(const std::string& offsets, int lasts = 5) {
    next();
    ok(2, "list_committed_offsets", R"({"keys":["k"]})", R"({"offsets":)" + offsets + "}", time_,
       time_ + lasts);
    return *this;
  }

 private:
  void next() { time_ += 10; }
  static std::string send_of(int message) {
    return R"({"key":"k","msg":)" + std::to_string(message) + "}";
  }
  static std::string poll_of(int from) {
    return R"({"offsets":{"k":)" + std::to_string(from) + "}}";
  }

  int time_ = 0;
};

/// Three messages at 0, 1 and 3.
Log sent() { return Log().sends(10, 0).sends(11, 1).sends(12, 3); }
constexpr const char* kAll = "[[0,10],[1,11],[3,12]]";

TEST_CASE("kafka: a log that is read as it was written is fine, in parts, twice, with gaps") {
  CHECK_VALID(check_kafka(sent().ends(0, kAll)));
  CHECK_VALID(
      check_kafka(sent().polls(0, "[[0,10]]").polls(1, "[[1,11]]").polls(0, "[]").ends(0, kAll)));
  CHECK_VALID(check_kafka(sent().polls(2, "[[3,12]]").ends(0, kAll).ends(4, "[]")));
  CHECK_VALID(check_kafka(sent().sends_unknown(13).fails_to_send(14).ends(0, kAll)));
  CHECK_VALID(check_kafka(sent().sends_unknown(13).ends(0, "[[0,10],[1,11],[3,12],[4,13]]")));
}

TEST_CASE("kafka: an acknowledged message that no poll has, though one has later ones, is lost") {
  CHECK_FAULT(check_kafka(sent().ends(0, "[[0,10],[3,12]]")),
              "got offset 3 of key k without 11 at 1, of which operation 1");
  CHECK_FAULT(check_kafka(sent().ends(0, "[[0,10],[3,12]]")), "lost write");
  CHECK_FAULT(check_kafka(sent().ends(0, "[[1,11],[3,12]]")), "lost write");
}

TEST_CASE("kafka: a poll that skips what another has is found, within a poll and at its start") {
  CHECK_FAULT(check_kafka(sent().polls(0, "[[0,10],[3,12]]").ends(0, kAll)), "poll skip");
  CHECK_FAULT(check_kafka(sent().polls(0, "[[1,11]]").ends(0, kAll)), "poll skip");
}

TEST_CASE("kafka: a poll that goes back, or begins before where it was asked to, is found") {
  CHECK_FAULT(check_kafka(sent().polls(0, "[[1,11],[0,10]]").ends(0, kAll)),
              "got offset 0 of key k where it should go on at 2: nonmonotonic poll");
  CHECK_FAULT(check_kafka(sent().polls(0, "[[0,10],[0,10]]").ends(0, kAll)),
              "got offset 0 of key k where it should go on at 1: nonmonotonic poll");
  CHECK_FAULT(check_kafka(sent().polls(1, "[[0,10],[1,11]]").ends(0, kAll)), "nonmonotonic poll");
  CHECK_FAULT(check_kafka(sent().polls(0, "[[9223372036854775807,10],[0,10]]").ends(0, kAll)),
              "where it should go on at 9223372036854775807: nonmonotonic poll");
}

TEST_CASE("kafka: one offset with two messages, one message at two offsets, are found") {
  CHECK_FAULT(check_kafka(sent().sends_unknown(13).ends(0, "[[0,13],[1,11],[3,12]]")),
              "offset 0 of key k has 10 for operation 0");
  CHECK_FAULT(check_kafka(sent().sends(14, 3).ends(0, kAll)), "inconsistent offsets");
  CHECK_FAULT(check_kafka(sent().ends(0, "[[0,10],[1,11],[3,12],[4,12]]")),
              "12 of key k is at offset 3 and, as operation 3");
}

TEST_CASE("kafka: messages of nobody, of failed sends, and from the future are found") {
  CHECK_FAULT(check_kafka(sent().ends(0, "[[0,10],[1,11],[3,12],[4,99]]")),
              "got 99 of key k, which nobody sent there");
  CHECK_FAULT(check_kafka(sent().fails_to_send(13).ends(0, "[[0,10],[1,11],[3,12],[4,13]]")),
              "G1a");
  CHECK_FAULT(check_kafka(Log().polls(0, "[[0,10]]").sends(10, 0).ends(0, "[[0,10]]")),
              "got 10 of key k before operation 1");
}

TEST_CASE("kafka: a process's sends go forward, two processes' need not") {
  CHECK_FAULT(check_kafka(Log().sends(10, 5).sends(11, 4).ends(0, "[[4,11],[5,10]]")),
              "nonmonotonic send");
  CHECK_VALID(check_kafka(Log().sends(10, 5).sends(11, 4, 7).ends(0, "[[4,11],[5,10]]")));
}

TEST_CASE("kafka: what no poll gets in the end is unseen, and the end must be polled") {
  CHECK_FAULT(check_kafka(sent().ends(0, "[[0,10],[1,11]]")),
              "came to offset 3 of key k, but no poll got it: unseen");
  CHECK_FAULT(check_kafka(sent().ends(0, kAll).ends(2, "[]")),
              "a final poll, got nothing of key k");
  CHECK_VALID(check_kafka(sent().ends(0, kAll).ends(4, "[]").sends(13, 4)));
  CHECK_FAULT(check_kafka(sent()), "no final poll of key k");
}

TEST_CASE("kafka: commits never go back") {
  CHECK_VALID(check_kafka(
      Log().lists("{}").commits(3).lists(R"({"k":3})").commits(5).commits(4).lists(R"({"k":5})")));
  CHECK_FAULT(check_kafka(Log().commits(3).lists("{}")), "no offset for key k after operation 0");
  CHECK_FAULT(check_kafka(Log().commits(5).commits(3, 1).lists(R"({"k":3})")), "commit went back");
  CHECK_FAULT(check_kafka(Log().commits(3).lists(R"({"k":4})")), "which nobody had committed");
  // While a commit goes on, either may be seen; seen once it stays.
  const auto concurrent = [](const std::string& first, const std::string& second) {
    Made made;
    const auto list = [&made](const std::string& offsets, int from) {
      made.ok(2, "list_committed_offsets", R"({"keys":["k"]})", R"({"offsets":)" + offsets + "}",
              from, from + 5);
    };
    made.ok(0, "commit_offsets", R"({"offsets":{"k":7}})", "{}", 0, 50);
    list(first, 10);
    list(second, 20);
    return made;
  };
  CHECK_VALID(check_kafka(concurrent("{}", R"({"k":7})")));
  CHECK_FAULT(check_kafka(concurrent(R"({"k":7})", "{}")), "commit went back");
}

TEST_CASE("kafka: answers of another form, and keys that were not asked for, are found") {
  CHECK_FAULT(check_kafka(Log().ok(0, "poll", R"({"offsets":{}})", "{}", 0, 1)), "object \"msgs\"");
  CHECK_FAULT(check_kafka(Log().ok(0, "poll", R"({"offsets":{}})", R"({"msgs":{"k":[]}})", 0, 1)),
              "which it had not asked for");
  CHECK_FAULT(check_kafka(Log().polls(0, "[[0]]")), "list of [offset, message] pairs");
  CHECK_FAULT(check_kafka(Log().ok(0, "send", R"({"key":"k","msg":1})", "{}", 0, 1)),
              "integer \"offset\"");
  CHECK_FAULT(check_kafka(Log().ok(0, "list_committed_offsets", R"({"keys":[]})", "{}", 0, 1)),
              "object \"offsets\"");
  CHECK_FAULT(check_kafka(Log().sends(10, 0).sends(10, 1)), "nothing can be told of 10 of key k");
}

}  // namespace
}  // namespace narrows::testing
