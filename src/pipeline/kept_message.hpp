// SPDX-License-Identifier: MIT
// A message that outlives its batch: its text, its row and its members in one block of memory.
//
// Threads: whoever owns it.
#pragma once

#include <cstddef>
#include <memory>

#include "narrows/request.hpp"
#include "pipeline/batch.hpp"

namespace narrows::pipeline {

class KeptMessage {
 public:
  /// Copies the message of `row`, whose spans are relative to `base`.
  KeptMessage(const char* base, const InRow& row, const json::Member* members);

  /// How many bytes such a copy takes.
  [[nodiscard]] static std::size_t bytes_of(const InRow& row);

  /// As a handler sees it, as long as this lives.
  [[nodiscard]] const Request& view() const { return view_; }
  [[nodiscard]] const InRow& row() const { return *row_; }
  /// What the row's spans are relative to.
  [[nodiscard]] const char* text() const { return text_; }

 private:
  struct Extent {
    std::size_t begin;
    std::size_t end;
  };
  static Extent extent_of(const InRow& row);

  std::unique_ptr<std::byte[]> block_;
  InRow* row_;
  char* text_;
  Request view_;
};

}  // namespace narrows::pipeline
