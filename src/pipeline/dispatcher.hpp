// SPDX-License-Identifier: MIT
// The second stage: decides what each line is answered with, runs the handlers, numbers the
// replies.
//
// Order: rows leave in the order in which they came; msg_id is given out here, from 0.
// Threads: the dispatcher's; handlers run here.
// Errors: whatever a handler throws becomes an error reply, here and nowhere else.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "narrows/node.hpp"
#include "pipeline/attendant.hpp"
#include "pipeline/batch.hpp"
#include "pipeline/log.hpp"
#include "pipeline/slow.hpp"
#include "pipeline/types.hpp"

namespace narrows::pipeline {

/// Where the dispatcher gets its outgoing batches and hands them on.
class OutBatches {
 public:
  virtual ~OutBatches() = default;
  /// An empty batch; waits for one. `long_one`: that with the large arena.
  virtual OutBatch& take(bool long_one) = 0;
  virtual void hand_on(OutBatch& batch) = 0;
  /// There is nothing in it.
  virtual void put_back(OutBatch& batch) { hand_on(batch); }
};

/// What a node knows of itself, from Maelstrom's `init`.
struct Identity {
  std::string id;  // empty before init
  std::vector<std::string> node_ids;
};

class Dispatcher final : private Outbox {
 public:
  /// `handlers`: by type number; those of init, bench_stats and "other" are not used, and an empty
  /// one is left to `attendant`, which may be null where there are none.
  Dispatcher(const std::vector<Handler>& handlers, std::size_t longest_reply_bytes,
             const Clock& clock, Delay delay, Log& log, Attendant* attendant = nullptr);

  /// Dispatches all rows. The last outgoing batch carries `in` along.
  void dispatch(InBatch& in, OutBatches& batches);
  /// What is due beside that.
  void attend(OutBatches& batches);
  /// There is no more input: ends all that waits.
  void end(OutBatches& batches);

  [[nodiscard]] const Identity& identity() const { return identity_; }

 private:
  std::uint64_t send(std::string_view dest, const Reply& message, bool wants_reply) override;
  void answer(const KeptMessage& request, const Arrival& arrival, Ticks awaited, const Reply& reply,
              profile::Trouble trouble) override;
  void spent(Ticks until) override;
  void close(const KeptMessage& request, const Arrival& arrival, Ticks awaited,
             profile::Trouble trouble) override;

  void open(OutBatches& batches);
  void hand_on(InBatch* release);
  void leave();
  [[nodiscard]] bool end_more(OutBatches& batches);
  void dispatch_row(const InRow& row);
  void answer_row(const InRow& row, const Reply& reply);
  void note_error(std::string_view type, const Reply& error, profile::Trouble trouble,
                  bool is_told);
  void start(const InRow& row);
  void reply_came(const InRow& row);
  void close(const InRow& row, profile::Trouble trouble);
  void request(const InRow& row);
  void malformed_request(const InRow& row);
  void before_init(const InRow& row);
  [[nodiscard]] Reply call_handler(const InRow& row);
  void note_blocking(const InRow& row, Ticks ticks);
  [[nodiscard]] Reply init(const Request& request);
  void remember(const Request& request);
  void bench_stats(const InRow& row);
  void unknown_type(const InRow& row);

  /// Sends the reply to the row's request, or closes its book when there is none to send.
  void answer(const InRow& row, const Reply& reply, profile::Trouble trouble);
  void answer_by_copy(const InRow& row, const Reply& reply, profile::Trouble trouble);
  void reserve(std::size_t fields, std::size_t bytes);
  [[nodiscard]] bool is_too_large(const Reply& reply, std::size_t bytes) const;
  OutRow& add_row(const InRow& row, profile::Trouble trouble);
  OutRow& add_late_row(const KeptMessage& request, const Arrival& arrival, Ticks awaited,
                       profile::Trouble trouble);
  void address(OutRow& out, const InRow& row);
  void put_body(OutRow& out, const Reply& reply);
  void add_fields(const Reply& reply);
  std::string_view keep(std::string_view text);
  std::string_view keep_escaped(std::string_view text);
  [[nodiscard]] static std::size_t bytes_to_keep(const Reply& reply);
  [[nodiscard]] Request view(const InRow& row) const {
    return Request(in_->text.get(), row, members_of(row), Raw::Lasts::batch);
  }
  [[nodiscard]] const json::Member* members_of(const InRow& row) const {
    return in_->members.get() + row.first_member;
  }
  void replace_batch(bool long_one);

  const std::vector<Handler>& handlers_;
  const std::size_t longest_reply_bytes_;
  const Clock& clock_;
  Delay delay_;
  const Ticks longest_slice_;  // without a word in the log
  Log& log_;
  Attendant* const attendant_;

  Identity identity_;
  std::string prefix_;  // of every reply once the node has a name
  std::uint64_t next_msg_id_ = 0;

  // While dispatch(), attend() or end() runs.
  InBatch* in_ = nullptr;
  OutBatches* batches_ = nullptr;
  OutBatch* out_ = nullptr;
  Ticks t1_ = 0;                                       // of the row at hand: the previous one's t2
  Ticks t3_ = 0;                                       // of the row at hand: the previous one's t4
  OutRow* own_row_ = nullptr;                          // that of the row at hand, if it has one
  bool chain_broken_ = false;                          // the row at hand needs an origin
  std::uint64_t failures_seen_ = 0;                    // of those that the log was told of
  bool just_initialised_ = false;                      // by the row at hand
  profile::Trouble trouble_ = profile::Trouble::none;  // what the built-in handlers found
};

}  // namespace narrows::pipeline
