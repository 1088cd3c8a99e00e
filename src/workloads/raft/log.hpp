// SPDX-License-Identifier: MIT
// A Raft log whose beginning is forgotten.
//
// Threads: one thread's.
#pragma once

#include <cstddef>
#include <deque>
#include <utility>

#include "workloads/raft/messages.hpp"

namespace narrows::workloads::raft {

class Log {
 public:
  /// The last entry that is forgotten; 0: none is.
  [[nodiscard]] Index base_index() const { return base_index_; }
  [[nodiscard]] Index last_index() const { return base_index_ + entries_.size(); }
  [[nodiscard]] Term last_term() const { return term_at(last_index()); }
  [[nodiscard]] std::size_t size() const { return entries_.size(); }
  /// Of what is kept, about.
  [[nodiscard]] std::size_t bytes() const { return bytes_; }

  /// Precondition: base_index() <= index <= last_index().
  [[nodiscard]] Term term_at(Index index) const {
    return index == base_index_ ? base_term_ : at(index).term;
  }
  /// Precondition: base_index() < index <= last_index().
  [[nodiscard]] const Entry& at(Index index) const { return entries_[index - base_index_ - 1]; }
  /// It is kept, or the last one that is not, and has this term.
  [[nodiscard]] bool has(Index index, Term term) const {
    return index >= base_index_ && index <= last_index() && term_at(index) == term;
  }

  void append(Entry entry) {
    bytes_ += cost(entry);
    entries_.push_back(std::move(entry));
  }
  /// This one and all behind it are gone. Precondition: index > base_index().
  void cut_from(Index index) {
    while (last_index() >= index) {
      bytes_ -= cost(entries_.back());
      entries_.pop_back();
    }
  }
  /// Precondition: size() > 0.
  void forget_first() {
    base_term_ = entries_.front().term;
    ++base_index_;
    bytes_ -= cost(entries_.front());
    entries_.pop_front();
  }
  /// A snapshot has all up to here. What is behind it stays, if it fits.
  void start_after(Index index, Term term) {
    if (has(index, term)) {
      while (base_index_ < index) forget_first();
      return;
    }
    entries_.clear();
    bytes_ = 0;
    base_index_ = index;
    base_term_ = term;
  }

 private:
  [[nodiscard]] static std::size_t cost(const Entry& entry) {
    return sizeof(Entry) + entry.command.size();
  }

  std::deque<Entry> entries_;
  Index base_index_ = 0;
  Term base_term_ = 0;
  std::size_t bytes_ = 0;
};

}  // namespace narrows::workloads::raft
