// SPDX-License-Identifier: MIT
// Preloaded to a program, counts its calls of the C library and lets some of them fail.
//
//   FAULTS          faults, with commas between: CALL:ERROR:NUMBER, the NUMBER-th call from 1 on;
//                   with a `+` behind it, all from there on. ERROR is a number of errno, or
//                   `short`: half of the bytes are read or written
//   FAULTS_COUNT    a file that is given the number of calls at the end, a line `CALL NUMBER` each
//   FAULTS_PROGRAM  the name of the program that is meant, where it has children
//
// What the C library calls itself is not seen here: strace's faults reach that.
// Threads: any. Nothing here takes memory.
#include <dlfcn.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdarg>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string_view>

namespace {

constexpr int kShort = -1;
constexpr std::size_t kMostCalls = 64;
constexpr std::size_t kMostFaults = 64;

/// Calls of a name, numbered in the order in which they are first seen.
struct Call {
  std::atomic<const char*> name{nullptr};
  std::atomic<std::uint64_t> count{0};
};

struct Fault {
  std::string_view call;
  int error = 0;
  std::uint64_t from = 0;
  std::uint64_t to = 0;
};

std::array<Call, kMostCalls> calls;
std::array<Fault, kMostFaults> faults;
std::size_t fault_count = 0;
std::atomic<bool> is_planned{false};

void add_fault(std::string_view text) {
  const std::size_t error = text.find(':');
  const std::size_t number = text.find(':', error + 1);
  if (number == std::string_view::npos || fault_count == kMostFaults) abort();
  Fault& fault = faults[fault_count++];
  fault.call = text.substr(0, error);
  const std::string_view what = text.substr(error + 1, number - error - 1);
  fault.error = what == "short" ? kShort : std::atoi(what.data());
  fault.from = std::strtoull(text.data() + number + 1, nullptr, 10);
  fault.to = text.back() == '+' ? ~std::uint64_t{0} : fault.from;
}

bool is_meant() {
  const char* const program = std::getenv("FAULTS_PROGRAM");
  return program == nullptr || std::strcmp(program, program_invocation_short_name) == 0;
}

/// Once, before there is a second thread.
void plan() {
  if (is_planned.exchange(true)) return;
  const char* const given = std::getenv("FAULTS");
  if (given == nullptr || !is_meant()) return;
  for (std::string_view text = given; !text.empty();) {
    const std::size_t end = std::min(text.find(','), text.size());
    add_fault(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

Call& call_of(const char* name) {
  for (Call& call : calls) {
    const char* there = call.name.load();
    if (there == nullptr && call.name.compare_exchange_strong(there, name)) return call;
    if (std::strcmp(there, name) == 0) return call;
  }
  abort();
}

/// Counts the call. How it shall fail, 0: not at all.
int fault_of(const char* name) {
  plan();
  const std::uint64_t number = ++call_of(name).count;
  for (std::size_t i = 0; i < fault_count; ++i) {
    const Fault& fault = faults[i];
    if (fault.call == name && number >= fault.from && number <= fault.to) return fault.error;
  }
  return 0;
}

/// The C library's function. Looked up without a guard that threads would wait for: waiting is a
/// call, too.
template <typename Function>
Function* next(std::atomic<Function*>& known, const char* name) {
  if (Function* const there = known.load()) return there;
  known = reinterpret_cast<Function*>(dlsym(RTLD_NEXT, name));
  return known;
}

std::size_t shortened(int error, std::size_t size) {
  return error == kShort ? std::max<std::size_t>(size / 2, 1) : size;
}

void write_line(int file, const char* name, std::uint64_t number) {
  std::array<char, 128> line{};
  const int size = std::snprintf(line.data(), line.size(), "%s %llu\n", name,
                                 static_cast<unsigned long long>(number));
  [[maybe_unused]] const long written = syscall(SYS_write, file, line.data(), size);
}

[[gnu::destructor]] void tell_counts() {
  const char* const path = std::getenv("FAULTS_COUNT");
  if (path == nullptr || !is_meant()) return;
  const long file = syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
  for (const Call& call : calls) {
    if (call.name != nullptr) write_line(static_cast<int>(file), call.name, call.count);
  }
}

}  // namespace

// A function of the C library that fails with errno and `failure`. `name` is the call's in FAULTS,
// `symbol` the library's.
#define FAULTY(result, name, symbol, parameters, arguments, failure)     \
  extern "C" result symbol parameters {                                  \
    static constinit std::atomic<result(*) parameters> known{nullptr};   \
    if (const int error = fault_of(name)) return errno = error, failure; \
    return next(known, #symbol) arguments;                               \
  }
// One that returns its error.
#define FAULTY_NUMBER(name, parameters, arguments)                  \
  extern "C" int name parameters {                                  \
    static constinit std::atomic<int(*) parameters> known{nullptr}; \
    if (const int error = fault_of(#name)) return error;            \
    return next(known, #name) arguments;                            \
  }

FAULTY(int, "close", close, (int fd), (fd), -1)
FAULTY(int, "rename", rename, (const char* from, const char* to) noexcept, (from, to), -1)
FAULTY(int, "unlink", unlink, (const char* path) noexcept, (path), -1)
FAULTY(int, "ftruncate", ftruncate64, (int fd, off64_t size) noexcept, (fd, size), -1)
FAULTY(int, "flock", flock, (int fd, int operation) noexcept, (fd, operation), -1)
FAULTY(int, "fstat", fstat64, (int fd, struct stat64* status) noexcept, (fd, status), -1)
FAULTY(int, "stat", stat64, (const char* path, struct stat64* status) noexcept, (path, status), -1)
FAULTY(int, "lstat", lstat64, (const char* path, struct stat64* status) noexcept, (path, status),
       -1)
FAULTY(int, "poll", poll, (pollfd * fds, nfds_t count, int timeout), (fds, count, timeout), -1)
FAULTY(int, "ppoll", ppoll,
       (pollfd * fds, nfds_t count, const timespec* timeout, const sigset_t* mask),
       (fds, count, timeout, mask), -1)
FAULTY(int, "eventfd", eventfd, (unsigned count, int flags) noexcept, (count, flags), -1)
FAULTY(int, "signalfd", signalfd, (int fd, const sigset_t* mask, int flags) noexcept,
       (fd, mask, flags), -1)
FAULTY(int, "sigaction", sigaction,
       (int number, const struct sigaction* action, struct sigaction* before) noexcept,
       (number, action, before), -1)
FAULTY(int, "sigprocmask", sigprocmask, (int how, const sigset_t* set, sigset_t* before) noexcept,
       (how, set, before), -1)
FAULTY(int, "sched_getaffinity", sched_getaffinity,
       (pid_t pid, std::size_t size, cpu_set_t* set) noexcept, (pid, size, set), -1)
FAULTY(int, "sched_yield", sched_yield, () noexcept, (), -1)
FAULTY(int, "nanosleep", nanosleep, (const timespec* time, timespec* left), (time, left), -1)
FAULTY(void*, "mmap", mmap64,
       (void* at, std::size_t size, int protection, int flags, int fd, off64_t offset) noexcept,
       (at, size, protection, flags, fd, offset), MAP_FAILED)
FAULTY(int, "madvise", madvise, (void* at, std::size_t size, int advice) noexcept,
       (at, size, advice), -1)
FAULTY(int, "munmap", munmap, (void* at, std::size_t size) noexcept, (at, size), -1)
FAULTY(int, "pipe2", pipe2, (int* ends, int flags) noexcept, (ends, flags), -1)
FAULTY(int, "dup2", dup2, (int from, int to) noexcept, (from, to), -1)
FAULTY(int, "access", access, (const char* path, int mode) noexcept, (path, mode), -1)
FAULTY(pid_t, "fork", fork, () noexcept, (), -1)
FAULTY(pid_t, "wait4", wait4, (pid_t pid, int* status, int options, rusage* usage) noexcept,
       (pid, status, options, usage), -1)

FAULTY_NUMBER(pthread_create,
              (pthread_t * thread, const pthread_attr_t* attributes, void* (*start)(void*),
               void* argument) noexcept,
              (thread, attributes, start, argument))
FAULTY_NUMBER(pthread_sigmask, (int how, const sigset_t* set, sigset_t* before) noexcept,
              (how, set, before))
FAULTY_NUMBER(pthread_setname_np, (pthread_t thread, const char* name) noexcept, (thread, name))
FAULTY_NUMBER(pthread_getcpuclockid, (pthread_t thread, clockid_t* clock) noexcept, (thread, clock))

extern "C" int open64(const char* path, int flags, ...) {
  static constinit std::atomic<int (*)(const char*, int, ...)> known{nullptr};
  const auto real = next(known, "open64");
  std::va_list arguments;
  va_start(arguments, flags);
  const mode_t mode = (flags & O_CREAT) != 0 ? va_arg(arguments, mode_t) : 0;
  va_end(arguments);
  if (const int error = fault_of("open")) return errno = error, -1;
  return real(path, flags, mode);
}

extern "C" int fcntl64(int fd, int command, ...) {
  static constinit std::atomic<int (*)(int, int, ...)> known{nullptr};
  const auto real = next(known, "fcntl64");
  std::va_list arguments;
  va_start(arguments, command);
  const long argument = va_arg(arguments, long);
  va_end(arguments);
  if (const int error = fault_of("fcntl")) return errno = error, -1;
  return real(fd, command, argument);
}

extern "C" long syscall(long number, ...) noexcept {
  static constinit std::atomic<long (*)(long, ...)> known{nullptr};
  const auto real = next(known, "syscall");
  std::va_list given;
  va_start(given, number);
  std::array<long, 6> arguments{};
  for (long& argument : arguments) argument = va_arg(given, long);
  va_end(given);
  if (number == SYS_futex) {
    if (const int error = fault_of("futex")) return errno = error, -1;
  }
  return real(number, arguments[0], arguments[1], arguments[2], arguments[3], arguments[4],
              arguments[5]);
}

extern "C" ssize_t read(int fd, void* to, std::size_t size) {
  static constinit std::atomic<ssize_t (*)(int, void*, std::size_t)> known{nullptr};
  const auto real = next(known, "read");
  const int error = fault_of("read");
  if (error > 0) return errno = error, -1;
  return real(fd, to, shortened(error, size));
}

extern "C" ssize_t preadv64v2(int fd, const iovec* to, int count, off64_t offset, int flags) {
  static constinit std::atomic<ssize_t (*)(int, const iovec*, int, off64_t, int)> known{nullptr};
  const auto real = next(known, "preadv64v2");
  const int error = fault_of("preadv2");
  if (error > 0) return errno = error, -1;
  iovec first{to->iov_base, shortened(error, to->iov_len)};
  return count == 1 ? real(fd, &first, 1, offset, flags) : real(fd, to, count, offset, flags);
}

extern "C" ssize_t write(int fd, const void* from, std::size_t size) {
  static constinit std::atomic<ssize_t (*)(int, const void*, std::size_t)> known{nullptr};
  const auto real = next(known, "write");
  const int error = fault_of("write");
  if (error > 0) return errno = error, -1;
  return real(fd, from, shortened(error, size));
}

extern "C" ssize_t pwrite64(int fd, const void* from, std::size_t size, off64_t offset) {
  static constinit std::atomic<ssize_t (*)(int, const void*, std::size_t, off64_t)> known{nullptr};
  const auto real = next(known, "pwrite64");
  const int error = fault_of("pwrite");
  if (error > 0) return errno = error, -1;
  return real(fd, from, shortened(error, size), offset);
}

extern "C" void _exit(int status) {
  tell_counts();
  syscall(SYS_exit_group, status);
  abort();
}

// Memory: the library's own functions have other names, too, so that nothing is looked up here.
extern "C" {
void* __libc_malloc(std::size_t size);
void* __libc_calloc(std::size_t count, std::size_t size);
void* __libc_realloc(void* memory, std::size_t size);
void* __libc_memalign(std::size_t alignment, std::size_t size);

void* malloc(std::size_t size) {
  return fault_of("malloc") != 0 ? (errno = ENOMEM, nullptr) : __libc_malloc(size);
}
void* calloc(std::size_t count, std::size_t size) {
  return fault_of("malloc") != 0 ? (errno = ENOMEM, nullptr) : __libc_calloc(count, size);
}
void* realloc(void* memory, std::size_t size) {
  return fault_of("malloc") != 0 ? (errno = ENOMEM, nullptr) : __libc_realloc(memory, size);
}
void* aligned_alloc(std::size_t alignment, std::size_t size) {
  return fault_of("malloc") != 0 ? (errno = ENOMEM, nullptr) : __libc_memalign(alignment, size);
}
}
