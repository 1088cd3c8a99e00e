// SPDX-License-Identifier: MIT
// RapidJSON's memory: its own allocators give a null pointer when there is none, and its readers
// write to that.
//
// Errors: std::bad_alloc.
#pragma once

#include <rapidjson/encodings.h>
#include <rapidjson/reader.h>

#include <cstddef>
#include <cstdlib>
#include <new>

namespace narrows::json {

// NOLINTBEGIN(readability-identifier-naming): RapidJSON's names
/// RapidJSON's concept of an allocator.
class Allocator {
 public:
  static constexpr bool kNeedFree = true;

  static void* Malloc(std::size_t bytes) {
    return bytes == 0 ? nullptr : checked(std::malloc(bytes));
  }
  static void* Realloc(void* memory, std::size_t /*before*/, std::size_t bytes) {
    if (bytes != 0) return checked(std::realloc(memory, bytes));
    Free(memory);
    return nullptr;
  }
  static void Free(void* memory) { std::free(memory); }

 private:
  static void* checked(void* memory) {
    if (memory == nullptr) throw std::bad_alloc();
    return memory;
  }
};

// NOLINTEND(readability-identifier-naming)

/// Reads UTF-8.
using Reader = rapidjson::GenericReader<rapidjson::UTF8<>, rapidjson::UTF8<>, Allocator>;

}  // namespace narrows::json
