// SPDX-License-Identifier: MIT
#include "pipeline/array_end.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <cstring>

namespace narrows::pipeline {
namespace {

constexpr std::size_t kPageBytes = 4096;

/// Null when it cannot be mapped, or not be written without a signal: a disk may be full, a folder
/// far away.
char* map(int file, std::size_t begin, std::size_t size) {
#ifdef MADV_POPULATE_WRITE
  if (sysconf(_SC_PAGESIZE) != kPageBytes) return nullptr;
  void* const at =
      mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, file, static_cast<off_t>(begin));
  if (at == MAP_FAILED) return nullptr;
  if (madvise(at, size, MADV_POPULATE_WRITE) == 0) return static_cast<char*>(at);
  munmap(at, size);
#endif
  return nullptr;
}

bool put(int file, char byte, std::size_t at) {
  return pwrite(file, &byte, 1, static_cast<off_t>(at)) == 1;
}

}  // namespace

ArrayEnd::ArrayEnd(int file, std::size_t begin, std::size_t size)
    : file_(file),
      begin_(begin - kPageBytes),
      size_(size + kPageBytes),
      mapped_(map(file, begin_, size_)) {}

ArrayEnd::~ArrayEnd() {
  if (mapped_ != nullptr) munmap(mapped_, size_);
}

bool ArrayEnd::go_on(std::size_t at) {
  if (mapped_ == nullptr) return put(file_, ' ', at - 1);
  store(at - 1, " ]");
  return true;
}

void ArrayEnd::go_back(std::size_t at) {
  if (mapped_ == nullptr) {
    put(file_, ']', at - 1);
  } else {
    store(at - 1, "] ");
  }
}

/// By one instruction: volatile, so that it stays one.
void ArrayEnd::store(std::size_t at, const char (&two)[3]) {
  struct [[gnu::packed, gnu::may_alias]] Two {
    std::uint16_t bytes;
  };
  std::uint16_t bytes = 0;
  std::memcpy(&bytes, two, sizeof bytes);
  reinterpret_cast<volatile Two*>(mapped_ + (at - begin_))->bytes = bytes;
}

}  // namespace narrows::pipeline
