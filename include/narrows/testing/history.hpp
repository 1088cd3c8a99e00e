// SPDX-License-Identifier: MIT
// What the clients of a cluster did, and what they were told: the same from a simulation and from
// real processes, and all that the checks of narrows/testing/check.hpp look at.
//
// Threads: a History is one thread's at a time.
// Errors: what is no history, std::invalid_argument.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace narrows::testing {

/// How an operation ended, as far as its client knows.
enum class Outcome : std::uint8_t {
  ok,       // it did happen
  failed,   // it surely did not
  unknown,  // it may have happened, or may yet: no answer came, or an indefinite error
};

/// One request of a client, and its answer.
struct Operation {
  /// Has one operation at a time. Whoever ends one as unknown goes on under a new number.
  std::int64_t process = 0;
  /// Who was asked.
  std::string node;
  /// The request's type: "read", "write", "cas", "txn", "broadcast", "add", "generate", "send",
  /// "poll", "commit_offsets", "list_committed_offsets".
  std::string function;
  /// The request's body as a JSON object, without type and msg_id: {"key":1,"value":2}.
  std::string argument = "{}";
  /// The answer's body likewise, without in_reply_to too; of ok ones alone.
  std::string result = "{}";
  Outcome outcome = Outcome::ok;
  /// The code of the error that came; -1: none came.
  int error = -1;
  /// Since the beginning. Of an unknown one `completed` is when it was given up.
  std::chrono::nanoseconds invoked{};
  std::chrono::nanoseconds completed{};
  /// A read (or poll) of after the network was healed and had time.
  bool is_final = false;
};

/// Operations in the order in which they were added; those of one process in its own order.
class History {
 public:
  /// Throws std::invalid_argument where argument or result is no JSON object on one line, or it
  /// completed before it was invoked.
  void add(Operation operation);
  [[nodiscard]] const std::vector<Operation>& operations() const { return operations_; }

  /// A line of JSON an operation: {"process":0,"node":"n1","function":"read","argument":{},
  /// "outcome":"ok","result":{"value":1},"invoked":1000,"completed":2000,"final":true}; times in
  /// nanoseconds; of ok ones a result, "error" where one came, "final" where it is so. The same
  /// history gives the same bytes.
  [[nodiscard]] std::string to_json_lines() const;
  /// What to_json_lines() wrote; std::invalid_argument names the line that is none.
  [[nodiscard]] static History from_json_lines(std::string_view lines);

 private:
  std::vector<Operation> operations_;
};

}  // namespace narrows::testing
