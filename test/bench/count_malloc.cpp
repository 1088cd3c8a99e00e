// SPDX-License-Identifier: MIT
// Counts heap allocations of a whole process, at malloc, while it runs: a library for LD_PRELOAD.
//
// The count stands in the first 8 bytes of the file that NARROWS_MALLOC_COUNT names, which the
// reader has made and can map or read at any time. operator new is counted through malloc.
// Threads: any. It needs glibc, whose own functions do the work under their __libc_ names.
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstdlib>

extern "C" {
void* __libc_malloc(std::size_t size);
void* __libc_calloc(std::size_t count, std::size_t size);
void* __libc_realloc(void* block, std::size_t size);
void* __libc_memalign(std::size_t alignment, std::size_t size);
void* __libc_valloc(std::size_t size);
void* __libc_pvalloc(std::size_t size);
}

namespace {

using Counter = std::atomic<std::uint64_t>;
static_assert(Counter::is_always_lock_free && sizeof(Counter) == 8);

Counter early{0};  // what was allocated before the file was mapped
std::atomic<Counter*> counter{&early};

void count_one() {
  // Nothing is ordered by the count, so relaxed is enough.
  counter.load(std::memory_order_relaxed)->fetch_add(1, std::memory_order_relaxed);
}

[[gnu::constructor]] void map_counter() {
  const char* const path = std::getenv("NARROWS_MALLOC_COUNT");
  const int file = path != nullptr ? open(path, O_RDWR | O_CLOEXEC) : -1;
  if (file < 0) return;
  void* const mapped = mmap(nullptr, sizeof(Counter), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  close(file);
  if (mapped == MAP_FAILED) return;
  auto* const shared = static_cast<Counter*>(mapped);
  shared->fetch_add(early.load(std::memory_order_relaxed), std::memory_order_relaxed);
  counter.store(shared, std::memory_order_relaxed);
}

}  // namespace

extern "C" {

void* malloc(std::size_t size) noexcept {
  count_one();
  return __libc_malloc(size);
}

void* calloc(std::size_t count, std::size_t size) noexcept {
  count_one();
  return __libc_calloc(count, size);
}

void* realloc(void* block, std::size_t size) noexcept {
  count_one();
  return __libc_realloc(block, size);
}

void* memalign(std::size_t alignment, std::size_t size) noexcept {
  count_one();
  return __libc_memalign(alignment, size);
}

void* aligned_alloc(std::size_t alignment, std::size_t size) noexcept {
  count_one();
  return __libc_memalign(alignment, size);
}

int posix_memalign(void** block, std::size_t alignment, std::size_t size) noexcept {
  count_one();
  void* const made = __libc_memalign(alignment, size);
  if (made == nullptr) return ENOMEM;
  *block = made;
  return 0;
}

void* valloc(std::size_t size) noexcept {
  count_one();
  return __libc_valloc(size);
}

void* pvalloc(std::size_t size) noexcept {
  count_one();
  return __libc_pvalloc(size);
}

}  // extern "C"
