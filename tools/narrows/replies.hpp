// SPDX-License-Identifier: MIT
// Checks each line that a node writes: one right reply to each request, and nothing else to a
// client. What it sends to others is its own business.
//
// Bound: what it keeps does not grow with what the node writes.
// Threads: one.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "figures.hpp"
#include "json/decode.hpp"
#include "load.hpp"
#include "outstanding.hpp"
#include "skeleton.hpp"

namespace narrows::tools {

/// What came back. A request is answered, wrong or missing.
struct Tally {
  std::uint64_t answered = 0;        // requests whose first reply was right, or an error
  std::uint64_t wrong = 0;           // requests whose first reply was neither
  std::uint64_t duplicated = 0;      // further replies to a request
  std::uint64_t unsolicited = 0;     // replies to no request, or messages to a client that are none
  std::uint64_t sent_to_others = 0;  // messages of its own, to nodes and services: legal
  std::uint64_t out_of_order = 0;    // first replies that a later request's had overtaken: legal
  std::map<std::int64_t, std::uint64_t> errors_by_code;  // of the answered ones
  std::uint64_t errors_of_more_codes = 0;                // beyond the first kMostCodes codes
  std::string example;  // the first wrong, duplicated or unsolicited line, and why; printable

  static constexpr std::size_t kMostCodes = 100;

  [[nodiscard]] std::uint64_t closed() const { return answered + wrong; }
  [[nodiscard]] std::uint64_t errors() const;
};

/// A reply to what was asked outside of the load (`init`, `bench_stats`).
struct Answer {
  std::string type;
  std::string body;  // the JSON object
};

class Checker {
 public:
  /// Bytes behind the lines that take() may read, and overwrite.
  static constexpr std::size_t kSlackBytes = 1 + json::Decoder::kSlackBytes;

  /// The latencies go into the figures.
  Checker(const Load& load, Figures& figures);

  /// The next request, due then, is on its way.
  void add(std::int64_t due) { outstanding_.add(due); }
  /// So many of them were written whole.
  void sent(std::uint64_t requests, std::int64_t now) { outstanding_.sent(requests, now); }
  /// Checks the complete lines of [at, end), which were read at `now`, and returns where the rest
  /// begins. Stops at a line that is no message.
  char* take(char* at, char* end, std::int64_t now);

  template <typename Visit>
  void for_each_waiting(Visit visit) const {
    outstanding_.for_each_waiting(visit);
  }

  [[nodiscard]] const Tally& tally() const { return tally_; }
  [[nodiscard]] std::uint64_t waiting() const { return outstanding_.waiting(); }
  /// Requests up to the latest that was answered.
  [[nodiscard]] std::uint64_t passed() const { return passed_; }
  /// Why a line is no message; empty while all are.
  [[nodiscard]] const std::string& broken() const { return broken_; }

  /// From now on the reply to client c0's message `id` is kept, and no other.
  void expect(std::uint64_t id);
  [[nodiscard]] const std::optional<Answer>& answer() const { return answer_; }

 private:
  struct Line;

  bool take_known(const Skeleton::Match& match);
  void check(char* at, char* end);
  void check_reply(const Line& line, std::uint64_t index);
  [[nodiscard]] std::string fault_of(const Line& line, std::uint64_t index) const;
  [[nodiscard]] std::string fault_of_payload(const Line& line, std::uint64_t index) const;
  [[nodiscard]] std::string fault_of_members(const Line& line, std::uint64_t index) const;
  bool count_error(const Line& line);
  void note_order(std::uint64_t index);
  void give_example(std::string_view why, const Line& line);
  void learn(const Line& line);

  const Load load_;
  Figures& figures_;
  std::int64_t now_ = 0;  // when what is taken was read
  const std::string reply_type_;
  const std::string filler_;
  const std::uint64_t first_id_;
  const bool must_echo_;  // else the payload is checked where there is one
  json::Decoder decoder_;
  std::array<json::Member, 1024> members_;
  Outstanding outstanding_;
  Skeleton skeleton_;
  int lessons_left_ = 64;
  Tally tally_;
  std::uint64_t passed_ = 0;
  std::string broken_;
  std::uint64_t expected_ = 0;
  std::optional<Answer> answer_;
};

}  // namespace narrows::tools
