// SPDX-License-Identifier: MIT
#include "testing/transactions.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

namespace narrows::testing {
namespace {

using Kind = TransactionGraph::Kind;

}  // namespace

Transactions::Transactions(const History& history, Findings& findings, std::string_view write)
    : history_(history),
      findings_(findings),
      write_('"' + std::string(write) + '"'),
      has_lists_(write == "append"),
      null_(values_.id("null")) {
  for (const std::size_t i : by_invocation(history)) {
    if (history.operations()[i].function == "txn") take(i);
  }
  index_writes();
}

void Transactions::take(std::size_t i) {
  const Operation& operation = history_.operations()[i];
  Transaction transaction{i, operation.outcome, {}};
  const auto asked = array_of(operation.argument, "txn");
  if (!asked || !read_steps(asked->text(), false, transaction.steps)) {
    findings_.fault(findings_.name(i) + " is no transaction");
    return;
  }
  if (operation.outcome == Outcome::ok) {
    std::vector<Step> answered;
    const auto answer = array_of(operation.result, "txn");
    if (answer && read_steps(answer->text(), true, answered) &&
        is_answer_to(transaction.steps, answered)) {
      transaction.steps = std::move(answered);
    } else {
      findings_.bad_result(i, "\"txn\" that answers it");
      transaction.outcome = Outcome::unknown;
    }
  }
  all_.push_back(std::move(transaction));
}

bool Transactions::read_steps(std::string_view json, bool has_values, std::vector<Step>& steps) {
  for (const Raw item : Raw::checked(json).items()) {
    Step step;
    if (!read_step(item, has_values, step)) return false;
    steps.push_back(std::move(step));
  }
  return true;
}

bool Transactions::read_step(const Raw& json, bool has_values, Step& step) {
  if (json.kind() != Raw::Kind::array) return false;
  std::vector<Raw> parts;
  for (const Raw part : json.items()) parts.push_back(part);
  if (parts.size() != 3) return false;
  step.is_read = parts[0].text() == "\"r\"";
  if (!step.is_read && parts[0].text() != write_) return false;
  step.key = keys_.id(parts[1].text());
  if (!step.is_read || (has_values && !has_lists_)) {
    step.value = values_.id(parts[2].text());
  } else if (has_values && parts[2].kind() == Raw::Kind::array) {
    for (const Raw element : parts[2].items()) step.list.push_back(values_.id(element.text()));
  } else if (has_values && parts[2].kind() != Raw::Kind::null) {
    return false;  // null is a key's list before there is any
  }
  return true;
}

bool Transactions::is_answer_to(const std::vector<Step>& asked,
                                const std::vector<Step>& answered) const {
  return std::ranges::equal(asked, answered, [](const Step& a, const Step& b) {
    return a.is_read == b.is_read && a.key == b.key && (a.is_read || a.value == b.value);
  });
}

void Transactions::index_writes() {
  for (std::size_t t = 0; t < all_.size(); ++t) {
    std::unordered_map<Values::Id, Writer*> last;
    for (const Step& step : all_[t].steps) {
      if (step.is_read) continue;
      const auto [place, is_new] = writers_.try_emplace(
          version(step.key, step.value), Writer{static_cast<std::uint32_t>(t), true});
      if (!is_new) {
        are_writes_unique_ = false;
        findings_.fault("nothing can be told: " + version_text(step.key, step.value) +
                        " is written by " + name(place->second.transaction) + " and again by " +
                        name(t));
        continue;
      }
      Writer*& before = last[step.key];
      if (before != nullptr) before->is_last = false;
      before = &place->second;
    }
  }
}

const Transactions::Writer* Transactions::writer(Values::Id key, Values::Id value) const {
  const auto found = writers_.find(version(key, value));
  return found == writers_.end() ? nullptr : &found->second;
}

std::string Transactions::version_text(Values::Id key, Values::Id value) const {
  return shortened(values_.text(value)) + " of key " + shortened(keys_.text(key));
}

void Transactions::judge_read(std::size_t reader, Values::Id key, Values::Id value) {
  const Writer* const by = writer(key, value);
  std::string why;
  if (by == nullptr) {
    why = ", which nobody wrote";
  } else if (all_[by->transaction].outcome == Outcome::failed) {
    why = ", though " + name(by->transaction) + " failed: G1a";
  } else if (operation(by->transaction).invoked > operation(reader).completed) {
    why = " before " + name(by->transaction) + " wrote it";
  }
  if (why.empty() || !is_told_.try_emplace(version(key, value), true).second) return;
  findings_.fault(name(reader) + " read " + version_text(key, value) + why);
}

void Transactions::tell_cycles(TransactionGraph& graph, const std::vector<std::uint64_t>& versions,
                               unsigned kinds) {
  const std::size_t counted = graph.more_cycles();
  for (const auto& cycle : graph.take_cycles(kinds)) findings_.fault(told(cycle, versions));
  findings_.count_faults(graph.more_cycles() - counted);
}

std::string Transactions::told(const std::vector<TransactionGraph::Edge>& cycle,
                               const std::vector<std::uint64_t>& versions) const {
  std::vector<std::size_t> named;
  const auto once = [&](std::size_t transaction) {
    if (std::ranges::find(named, transaction) != named.end()) {
      return "operation " + std::to_string(all_[transaction].operation);
    }
    named.push_back(transaction);
    return name(transaction);
  };
  std::string text = anomaly_of(cycle);
  const char* separator = ": ";
  for (const TransactionGraph::Edge& edge : cycle) {
    const std::string from = once(edge.from);
    const std::string to = once(edge.to);
    std::string what;
    if (edge.kind != Kind::time) {
      const std::uint64_t detail = versions[edge.detail];
      what = version_text(static_cast<Values::Id>(detail >> 32U), static_cast<Values::Id>(detail));
    }
    text += separator;
    switch (edge.kind) {
      case Kind::ww:
        text.append(to).append(" wrote ").append(what).append(" after ").append(from);
        break;
      case Kind::wr:
        text.append(to).append(" read ").append(what).append(" from ").append(from);
        break;
      case Kind::rw:
        text.append(from).append(" read before ").append(to).append(" wrote ").append(what);
        break;
      case Kind::time:
      case Kind::same:
        text.append(from).append(" ended before ").append(to).append(" began");
        break;
    }
    separator = "; ";
  }
  return text;
}

}  // namespace narrows::testing
