// SPDX-License-Identifier: MIT
// broadcast, g-set: whatever was acknowledged is everywhere in the end, nothing else is anywhere,
// and what a node has shown it goes on showing.
//
// Stable latency is that of Jepsen's set-full: from when a value is known (its add was
// acknowledged, or a read showed it, whichever was first) to when the last read that lacks it
// began.
#include <algorithm>
#include <chrono>
#include <limits>
#include <optional>
#include <unordered_map>
#include <utility>
#include <vector>

#include "narrows/testing/check.hpp"
#include "testing/findings.hpp"
#include "testing/values.hpp"

namespace narrows::testing {
namespace {

using std::chrono::nanoseconds;

/// How a workload calls its parts.
struct Words {
  std::string_view add;       // the function
  std::string_view argument;  // its value
  std::string_view result;    // a read's values
};

struct Element {
  std::optional<std::size_t> attempt;       // the first add that may have happened
  std::optional<std::size_t> failed;        // the first that surely did not
  std::optional<std::size_t> acknowledged;  // the one that was acknowledged first
  nanoseconds known = nanoseconds::max();
  bool is_reported = false;  // as invented
};

struct Read {
  std::size_t operation;
  std::vector<Values::Id> values;
};

class SetCheck {
 public:
  SetCheck(const History& history, const Words& words)
      : history_(history), words_(words), findings_(history) {}

  CheckResult run(const CheckOptions& options) {
    for (const std::size_t i : by_invocation(history_)) take(i);
    learn_from_reads();
    for (const Read& read : reads_) find_invented(read);
    find_missing();
    find_gone();
    if (acknowledged_ != 0) require_final_reads(findings_, history_, options);
    findings_.figure("acknowledged", static_cast<double>(acknowledged_), "");
    findings_.figure("reads", static_cast<double>(reads_.size()), "");
    tell_settled();
    return findings_.take();
  }

 private:
  const Operation& at(std::size_t i) const { return history_.operations()[i]; }
  std::string quoted(Values::Id id) const { return shortened(values_.text(id)); }

  void take(std::size_t i) {
    const Operation& operation = at(i);
    if (operation.function == words_.add) {
      take_add(i);
    } else if (operation.function == "read" && operation.outcome == Outcome::ok) {
      take_read(i);
    }
  }

  Element& element(Values::Id id) {
    if (id >= elements_.size()) elements_.resize(id + 1);
    return elements_[id];
  }

  void take_add(std::size_t i) {
    const Operation& operation = at(i);
    const auto value = member_of(operation.argument, words_.argument);
    if (!value) {
      findings_.fault(findings_.name(i) + " has no \"" + std::string(words_.argument) + "\"");
      return;
    }
    Element& added = element(values_.id(value->text()));
    if (operation.outcome == Outcome::failed) {
      if (!added.failed) added.failed = i;
      return;
    }
    if (!added.attempt) added.attempt = i;
    if (operation.outcome == Outcome::ok && operation.completed < added.known) {
      if (!added.acknowledged) ++acknowledged_;
      added.acknowledged = i;
      added.known = operation.completed;
    }
  }

  void take_read(std::size_t i) {
    const auto values = array_of(at(i).result, words_.result);
    if (!values) {
      findings_.bad_result(i, "array \"" + std::string(words_.result) + "\"");
      return;
    }
    Read read{i, {}};
    for (const Raw value : values->items()) {
      read.values.push_back(values_.id(value.text()));
      element(read.values.back());
    }
    reads_.push_back(std::move(read));
  }

  void learn_from_reads() {
    marks_.resize(elements_.size());
    for (const Read& read : reads_) {
      const nanoseconds completed = at(read.operation).completed;
      for (const Values::Id id : read.values) {
        elements_[id].known = std::min(elements_[id].known, completed);
      }
    }
  }

  /// Marks what a read has; then has() tells.
  void mark(const Read& read) {
    ++mark_;
    for (const Values::Id id : read.values) marks_[id] = mark_;
  }
  bool has(Values::Id id) const { return marks_[id] == mark_; }

  void find_invented(const Read& read) {
    for (const Values::Id id : read.values) {
      Element& shown = elements_[id];
      const bool is_too_early =
          shown.attempt && at(*shown.attempt).invoked > at(read.operation).completed;
      if (shown.is_reported || (shown.attempt && !is_too_early)) continue;
      shown.is_reported = true;
      std::string why = ", which nobody has added";
      if (is_too_early) {
        why = " before it was added by " + findings_.name(*shown.attempt);
      } else if (shown.failed) {
        why = ", though " + findings_.name(*shown.failed) + " failed";
      }
      findings_.fault(findings_.name(read.operation) + " shows " + quoted(id) + why);
    }
  }

  /// Final reads must have what was acknowledged before they began, and what any read had shown
  /// before the first of them began: what shows up later may still be on its way.
  void find_missing() {
    nanoseconds final_begin = nanoseconds::max();
    for (const Read& read : reads_) {
      if (at(read.operation).is_final) {
        final_begin = std::min(final_begin, at(read.operation).invoked);
      }
    }
    for (const Read& read : reads_) {
      if (!at(read.operation).is_final) continue;
      mark(read);
      for (Values::Id id = 0; id < elements_.size(); ++id) {
        if (has(id)) continue;
        const Element& wanted = elements_[id];
        const nanoseconds invoked = at(read.operation).invoked;
        if (wanted.acknowledged && at(*wanted.acknowledged).completed < invoked) {
          findings_.fault(findings_.name(read.operation) + ", a final read, lacks " + quoted(id) +
                          ", which " + findings_.name(*wanted.acknowledged) + " had added");
        } else if (wanted.attempt && wanted.known < final_begin) {
          findings_.fault(findings_.name(read.operation) + ", a final read, lacks " + quoted(id) +
                          ", which an earlier read had shown");
        }
      }
    }
  }

  /// Of each node: what one read has shown, a read that began after that one had ended shows too.
  void find_gone() {
    std::unordered_map<std::string_view, std::size_t> places;
    std::vector<std::vector<const Read*>> of_nodes;
    for (const Read& read : reads_) {
      const auto [place, is_new] = places.try_emplace(at(read.operation).node, of_nodes.size());
      if (is_new) of_nodes.emplace_back();
      of_nodes[place->second].push_back(&read);
    }
    for (const auto& reads : of_nodes) find_gone_from(reads);
  }

  void find_gone_from(const std::vector<const Read*>& reads) {
    std::vector<const Read*> ended = reads;
    std::ranges::stable_sort(ended, {},
                             [this](const Read* read) { return at(read->operation).completed; });
    auto next_ended = ended.begin();
    std::vector<const Read*> shown_by(elements_.size(), nullptr);
    std::vector<Values::Id> shown;
    for (const Read* read : reads) {
      const nanoseconds invoked = at(read->operation).invoked;
      for (; next_ended != ended.end() && at((*next_ended)->operation).completed < invoked;
           ++next_ended) {
        for (const Values::Id id : (*next_ended)->values) {
          if (shown_by[id] == nullptr && elements_[id].acknowledged) {
            shown_by[id] = *next_ended;
            shown.push_back(id);
          }
        }
      }
      mark(*read);
      std::erase_if(shown, [&](Values::Id id) {
        if (has(id)) return false;
        findings_.fault(findings_.name(read->operation) + " lacks " + quoted(id) +
                        ", which the same node had shown to " +
                        findings_.name(shown_by[id]->operation));
        return true;  // once is enough: shown_by keeps it away
      });
    }
  }

  /// Of what is known and was read after the last read that lacks it.
  void tell_settled() {
    std::vector<std::optional<nanoseconds>> lacked(elements_.size());
    std::vector<Values::Id> always_had;  // in each read from here on
    for (Values::Id id = 0; id < elements_.size(); ++id) {
      if (elements_[id].attempt) always_had.push_back(id);
    }
    std::vector<bool> is_stable(elements_.size(), false);
    for (std::size_t i = reads_.size(); i-- > 0;) {
      const Operation& operation = at(reads_[i].operation);
      mark(reads_[i]);
      std::erase_if(always_had, [&](Values::Id id) {
        if (has(id)) {
          is_stable[id] = true;
          return false;
        }
        lacked[id] = operation.invoked;
        return true;
      });
    }
    for (Values::Id id = 0; id < elements_.size(); ++id) {
      const nanoseconds known = elements_[id].known;
      if (!is_stable[id] || known == nanoseconds::max()) continue;
      const nanoseconds latency = lacked[id] ? *lacked[id] - known : nanoseconds(0);
      findings_.settled({known, std::max(latency, nanoseconds(0))});
    }
  }

  const History& history_;
  Words words_;
  Findings findings_;
  Values values_;
  std::vector<Element> elements_;  // by value
  std::vector<Read> reads_;        // by when they were invoked
  std::size_t acknowledged_ = 0;
  std::vector<std::uint32_t> marks_;  // by value
  std::uint32_t mark_ = 0;
};

}  // namespace

CheckResult check_broadcast(const History& history, const CheckOptions& options) {
  return SetCheck(history, {"broadcast", "message", "messages"}).run(options);
}

CheckResult check_g_set(const History& history, const CheckOptions& options) {
  return SetCheck(history, {"add", "element", "value"}).run(options);
}

}  // namespace narrows::testing
