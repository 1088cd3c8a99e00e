// SPDX-License-Identifier: MIT
// Times one run of a program: prints "wall_ns cpu_ns peak_rss_kib" to stdout.
//
//   timed INPUT OUTPUT -- PROGRAM [ARGS...]         INPUT ─▶ program ─▶ OUTPUT
//   timed --pipe INPUT OUTPUT -- PROGRAM [ARGS...]  memory ─write─▶ program ─read─▶ dropped
//
// With --pipe a thread writes INPUT, held in memory, 64 KiB at a time, and another reads what the
// program says, 64 KiB at a time; it is dropped when OUTPUT is /dev/null and stored there
// otherwise. The wall clock runs from before the fork to the program's end. The peak is the larger
// one of the program's and this small program's (the kernel keeps it over exec): judge it without
// --pipe, where this one holds 1.5 MiB.
#include <sys/mman.h>
#include <sys/stat.h>

#include <thread>
#include <vector>

#include "child.hpp"
#include "lines.hpp"

namespace {

constexpr std::size_t kChunkBytes = 64 * 1024;
constexpr const char* kUsage = "timed [--pipe] INPUT OUTPUT -- PROGRAM [ARGS...]";

int open_or_die(const char* path, int flags) {
  const int descriptor = open(path, flags | O_CLOEXEC, 0600);
  if (descriptor < 0) die("%s: %s", path, std::strerror(errno));
  return descriptor;
}

std::string_view map_whole(const char* path) {
  const int descriptor = open_or_die(path, O_RDONLY);
  struct stat status {};
  if (fstat(descriptor, &status) != 0) die("%s: %s", path, std::strerror(errno));
  const auto size = static_cast<std::size_t>(status.st_size);
  void* const bytes = mmap(nullptr, size, PROT_READ, MAP_SHARED | MAP_POPULATE, descriptor, 0);
  if (bytes == MAP_FAILED) die("%s: %s", path, std::strerror(errno));
  close(descriptor);
  return {static_cast<const char*>(bytes), size};
}

void feed(Child& child, std::string_view input) {
  for (std::size_t at = 0; at < input.size(); at += kChunkBytes) {
    if (!write_all(child.write_end(), input.substr(at, kChunkBytes))) break;
  }
  child.close_input();
}

void drain(const Child& child, int store) {
  std::vector<char> buffer(kChunkBytes);
  for (;;) {
    const ssize_t count = read(child.read_end(), buffer.data(), buffer.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return;
    if (store >= 0 && !write_all(store, {buffer.data(), static_cast<std::size_t>(count)})) {
      die("the output cannot be stored");
    }
  }
}

std::int64_t nanoseconds(timeval time) {
  return std::int64_t{time.tv_sec} * 1'000'000'000 + std::int64_t{time.tv_usec} * 1'000;
}

}  // namespace

int main(int argc, char** argv) {
  char** const command = command_after_dashes(argc, argv, kUsage);
  const bool pipes = std::string_view(argv[1]) == "--pipe";
  if (command - argv != (pipes ? 5 : 4)) die("usage: %s", kUsage);
  const char* const input_path = command[-3];
  const char* const output_path = command[-2];
  const int output = open_or_die(output_path, O_WRONLY | O_CREAT | O_TRUNC);
  const bool dropped = std::string_view(output_path) == "/dev/null";
  std::signal(SIGPIPE, SIG_IGN);

  std::int64_t start = 0;
  Ending ending{};
  if (pipes) {
    const std::string_view input = map_whole(input_path);
    start = now_ns();
    Child child(command, Child::kPipe, Child::kPipe);
    std::thread feeder([&] { feed(child, input); });
    drain(child, dropped ? -1 : output);
    feeder.join();
    ending = child.finish();
  } else {
    const int input = open_or_die(input_path, O_RDONLY);
    start = now_ns();
    Child child(command, input, output);
    ending = child.finish();
  }
  const std::int64_t wall_ns = now_ns() - start;
  std::printf(
      "%jd %jd %ld\n", std::intmax_t{wall_ns},
      std::intmax_t{nanoseconds(ending.usage.ru_utime) + nanoseconds(ending.usage.ru_stime)},
      ending.usage.ru_maxrss);
  return 0;
}
