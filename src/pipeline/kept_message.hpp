// SPDX-License-Identifier: MIT
// A message that outlives its batch: its text, its row and its members in one block of memory.
//
// Threads: whoever owns it.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string_view>

#include "narrows/request.hpp"
#include "pipeline/batch.hpp"

namespace narrows::pipeline {

class KeptMessage {
 public:
  KeptMessage() = default;
  /// Copies the message of `row`, whose spans are relative to `base`.
  /// `lasts`: as its Raws have it.
  KeptMessage(const char* base, const InRow& row, const json::Member* members, Raw::Lasts lasts) {
    assign(base, row, members, lasts);
  }
  KeptMessage(const KeptMessage&) = delete;
  KeptMessage& operator=(const KeptMessage&) = delete;

  /// Another message in place of the one that was kept, in the same block if it fits.
  void assign(const char* base, const InRow& row, const json::Member* members, Raw::Lasts lasts);

  /// Bytes that such a copy takes.
  [[nodiscard]] std::size_t bytes() const { return bytes_; }

  /// As a handler sees it, as long as this lives. Precondition: there is one.
  [[nodiscard]] const Request& view() const { return view_->request; }
  [[nodiscard]] const InRow& row() const { return *row_; }
  /// What the row's spans are relative to.
  [[nodiscard]] const char* text() const { return text_; }
  /// The whole text, and where it was copied from.
  [[nodiscard]] std::string_view whole_text() const { return {text_, text_bytes_}; }
  [[nodiscard]] const char* origin() const { return origin_; }

 private:
  std::unique_ptr<std::byte[]> block_;
  std::size_t capacity_ = 0;
  std::size_t bytes_ = 0;
  InRow* row_ = nullptr;
  char* text_ = nullptr;
  std::size_t text_bytes_ = 0;
  const char* origin_ = nullptr;
  struct View {  // for the optional, which must not copy a Request itself
    Request request;
  };
  std::optional<View> view_;
};

}  // namespace narrows::pipeline
