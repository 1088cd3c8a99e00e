// SPDX-License-Identifier: MIT
// A doubly linked ring through its elements: what is in it leaves by itself when it is destroyed.
//
// Threads: one.
#pragma once

namespace narrows::detail {

/// An element, or the head of a list. Not copied, as others point to it.
class ListNode {
 public:
  ListNode() = default;
  ListNode(const ListNode&) = delete;
  ListNode& operator=(const ListNode&) = delete;
  ~ListNode() { leave(); }

  /// As the last one of the list that `head` is the head of; leaves the list that it is in.
  void join(ListNode& head) {
    leave();
    before_ = head.before_;
    next_ = &head;
    before_->next_ = this;
    head.before_ = this;
  }
  void leave() {
    before_->next_ = next_;
    next_->before_ = before_;
    before_ = next_ = this;
  }

  /// Of a head: the list has elements. Of an element: it is in a list.
  [[nodiscard]] bool is_linked() const { return next_ != this; }
  [[nodiscard]] ListNode& next() const { return *next_; }

 private:
  ListNode* before_ = this;
  ListNode* next_ = this;
};

}  // namespace narrows::detail
