// SPDX-License-Identifier: MIT
// The `]` of an array in a file, and how it gets over the boundary of a page with the process being
// killed at any moment.
//
// A write is cut by SIGKILL at the boundaries of pages, and no two writes leave the array whole
// between them: its end is missing, or there twice. One store of two bytes is not cut.
// Errors: where the file cannot be mapped, two writes it is, and the `]` is missing between them.
// Threads: one.
#pragma once

#include <cstddef>

namespace narrows::pipeline {

class ArrayEnd {
 public:
  /// Behind the array's end, at `begin` - 1, are `size` blanks; `begin` is a multiple of a page.
  ArrayEnd(int file, std::size_t begin, std::size_t size);
  ~ArrayEnd();
  ArrayEnd(const ArrayEnd&) = delete;
  ArrayEnd& operator=(const ArrayEnd&) = delete;

  /// From the byte before `at` to that at `at`, the beginning of a page. False with errno.
  bool go_on(std::size_t at);
  /// And back, as the page could not be written.
  void go_back(std::size_t at);

 private:
  void store(std::size_t at, const char (&two)[3]);

  const int file_;
  const std::size_t begin_;  // of what is mapped, in the file
  const std::size_t size_;
  char* mapped_;  // null: it could not be
};

}  // namespace narrows::pipeline
