// SPDX-License-Identifier: MIT
// txn-rw-register: read committed, of which three things can be seen: no aborted read (G1a), no
// intermediate read (G1b), no cycle of writes and reads of what was written (G0, G1c).
//
// Each version has one writer, so that a read tells whom it read from: wr. What a transaction read
// before it wrote the same key, it overwrote: ww as well. No other order of writes is inferred: nil
// comes before all, but nobody writes it; what a transaction has written and then overwritten
// itself nobody may see; and the order in time proves nothing of versions below linearizability.
#include <algorithm>
#include <unordered_map>
#include <vector>

#include "narrows/testing/check.hpp"
#include "testing/transactions.hpp"

namespace narrows::testing {
namespace {

using Kind = TransactionGraph::Kind;

class RegisterTransactions {
 public:
  explicit RegisterTransactions(const History& history)
      : findings_(history), transactions_(history, findings_, "w") {}

  CheckResult run() {
    findings_.figure("transactions", static_cast<double>(transactions_.all().size()), "");
    if (!transactions_.are_writes_unique()) return findings_.take();
    for (std::size_t t = 0; t < transactions_.all().size(); ++t) graph_.add_transaction();
    for (std::size_t t = 0; t < transactions_.all().size(); ++t) {
      if (transactions_.all()[t].outcome == Outcome::ok) take(t);
    }
    constexpr unsigned kWw = TransactionGraph::bit(Kind::ww);
    transactions_.tell_cycles(graph_, versions_, kWw);
    transactions_.tell_cycles(graph_, versions_, kWw | TransactionGraph::bit(Kind::wr));
    return findings_.take();
  }

 private:
  void take(std::size_t t) {
    std::unordered_map<Values::Id, Values::Id> last_read;  // by key, of what others wrote
    for (const Step& step : transactions_.all()[t].steps) {
      if (!step.is_read) {
        const auto read = last_read.find(step.key);
        if (read != last_read.end()) add_edge(t, step.key, read->second, Kind::ww, step.value);
        continue;
      }
      if (step.value == transactions_.null()) continue;
      transactions_.judge_read(t, step.key, step.value);
      const auto* const writer = transactions_.writer(step.key, step.value);
      if (writer == nullptr || writer->transaction == t) continue;
      if (!writer->is_last) {
        findings_.fault(transactions_.name(t) + " read " +
                        transactions_.version_text(step.key, step.value) + ", which " +
                        transactions_.name(writer->transaction) + " overwrote itself: G1b");
      }
      add_edge(t, step.key, step.value, Kind::wr, step.value);
      last_read[step.key] = step.value;
    }
  }

  /// From the writer of what was read; `told` is the version that the edge is about.
  void add_edge(std::size_t to, Values::Id key, Values::Id read, Kind kind, Values::Id told) {
    versions_.push_back(version(key, told));
    graph_.add_edge(transactions_.writer(key, read)->transaction,
                    static_cast<TransactionGraph::Node>(to), kind,
                    static_cast<std::uint32_t>(versions_.size() - 1));
  }

  Findings findings_;
  Transactions transactions_;
  TransactionGraph graph_;
  std::vector<std::uint64_t> versions_;  // that edges are about
};

}  // namespace

CheckResult check_txn_rw_register(const History& history) {
  return RegisterTransactions(history).run();
}

}  // namespace narrows::testing
