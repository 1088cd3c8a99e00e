// SPDX-License-Identifier: MIT
#include "base/descriptor.hpp"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <string>
#include <thread>
#include <utility>

#include "base/clock.hpp"
#include "unit/doctest.hpp"

namespace narrows {
namespace {

struct Pipe {
  Pipe() {
    std::array<int, 2> ends{};
    REQUIRE(pipe(ends.data()) == 0);
    read_end.emplace(ends[0]);
    write_end.emplace(ends[1]);
  }
  [[nodiscard]] int in() const { return write_end->get(); }
  [[nodiscard]] int out() const { return read_end->get(); }

  std::optional<Descriptor> read_end;
  std::optional<Descriptor> write_end;
};

bool is_open(int fd) { return fcntl(fd, F_GETFD) != -1; }

TEST_CASE("descriptor: it is closed with its object, once") {
  int number = -1;
  {
    Descriptor first(dup(STDERR_FILENO));
    number = first.get();
    CHECK(first.is_open());
    const Descriptor second(std::move(first));
    CHECK_FALSE(first.is_open());  // NOLINT(bugprone-use-after-move): that is what is checked
    CHECK(second.get() == number);
    CHECK(is_open(number));
  }
  CHECK_FALSE(is_open(number));
  CHECK_FALSE(Descriptor().is_open());
}

TEST_CASE("descriptor: closing tells whether that succeeded, once") {
  Descriptor one(dup(STDERR_FILENO));
  const int number = one.get();
  CHECK(one.close());
  CHECK_FALSE(one.is_open());
  CHECK_FALSE(is_open(number));
  CHECK_FALSE(one.close());
  CHECK(errno == EBADF);
}

TEST_CASE("descriptor: what was put off too often while it was ready is refused for good") {
  Pipe pipe;
  REQUIRE(write_all(pipe.in(), "x"));
  Refusals refusals;
  errno = EAGAIN;
  int count = 1;
  for (; !refusals.are_too_many(pipe.out(), POLLIN); ++count) REQUIRE(count < Refusals::kMost);
  CHECK(count == Refusals::kMost);
  CHECK(errno == EAGAIN);
}

TEST_CASE("descriptor: what has to wait may be put off as often as it likes") {
  Pipe pipe;
  Refusals refusals;
  for (int i = 0; i < 3 * Refusals::kMost; ++i) {
    REQUIRE_FALSE(refusals.are_too_many(pipe.out(), POLLIN));
  }
}

TEST_CASE("descriptor: one that is low is moved out of the way, one that is high stays") {
  const int high = dup(STDERR_FILENO);
  REQUIRE(high > STDERR_FILENO);
  CHECK(above_standard(high).get() == high);
  const int saved = dup(STDIN_FILENO);
  close(STDIN_FILENO);
  {
    const Descriptor moved = above_standard(open("/dev/null", O_RDONLY));  // takes the free number
    CHECK(moved.get() > STDERR_FILENO);
    CHECK_FALSE(is_open(STDIN_FILENO));
  }
  dup2(saved, STDIN_FILENO);
  close(saved);
  CHECK_FALSE(above_standard(-1).is_open());
}

TEST_CASE("descriptor: a pipe is read without waiting, to its end") {
  Pipe pipe;
  std::array<char, 16> space{};
  AvailableReader reader(pipe.out());
  errno = 0;
  CHECK(reader.read(space) == -1);
  CHECK(errno == EAGAIN);
  CHECK(write_all(pipe.in(), "abc"));
  CHECK(reader.read(space) == 3);
  CHECK(std::string_view(space.data(), 3) == "abc");
  CHECK(reader.read(space) == -1);
  pipe.write_end.reset();
  CHECK(reader.read(space) == 0);
}

TEST_CASE("descriptor: reading leaves the pipe as blocking as it was") {
  const Pipe pipe;
  std::array<char, 16> space{};
  CHECK(AvailableReader(pipe.out()).read(space) == -1);
  CHECK((fcntl(pipe.out(), F_GETFL) & O_NONBLOCK) == 0);
}

TEST_CASE("descriptor: a file is always ready, and has an end") {
  std::string name = "/tmp/narrows-descriptor-XXXXXX";
  const Descriptor file(mkstemp(name.data()));
  REQUIRE(file.is_open());
  unlink(name.c_str());
  const std::string text(100'000, 'x');
  CHECK(write_all(file.get(), text));
  REQUIRE(lseek(file.get(), 0, SEEK_SET) == 0);
  AvailableReader reader(file.get());
  std::string space(65'536, '\0');
  CHECK(reader.read(space) == 65'536);
  CHECK(reader.read(space) == 100'000 - 65'536);
  CHECK(reader.read(space) == 0);
}

TEST_CASE("descriptor: other things than pipes and files can be read, too") {
  std::array<char, 16> space{};
  const Descriptor null(open("/dev/null", O_RDONLY));
  CHECK(AvailableReader(null.get()).read(space) == 0);
  const Descriptor zero(open("/dev/zero", O_RDONLY));
  CHECK(AvailableReader(zero.get()).read(space) == 16);
}

TEST_CASE("descriptor: what cannot be read says why") {
  std::array<char, 16> space{};
  const Descriptor folder(open("/tmp", O_RDONLY | O_DIRECTORY));
  CHECK(AvailableReader(folder.get()).read(space) == -1);
  CHECK(errno == EISDIR);
  CHECK(AvailableReader(-1).read(space) == -1);
  CHECK(errno == EBADF);
}

TEST_CASE("descriptor: all is written, however slowly it is read") {
  Pipe pipe;
  const std::string text(1'000'000, 'y');
  std::size_t taken = 0;
  std::jthread slow([&] {
    std::array<char, 10'000> space{};
    for (ssize_t bytes = 0; (bytes = ::read(pipe.out(), space.data(), space.size())) > 0;) {
      taken += static_cast<std::size_t>(bytes);
    }
  });
  CHECK(write_all(pipe.in(), text));
  CHECK(write_all(pipe.in(), ""));
  pipe.write_end.reset();
  slow.join();
  CHECK(taken == text.size());
}

TEST_CASE("descriptor: also a pipe that somebody made non-blocking takes all") {
  Pipe pipe;
  fcntl(pipe.in(), F_SETFL, O_NONBLOCK);
  const std::string text(300'000, 'z');
  std::size_t taken = 0;
  std::jthread slow([&] {
    std::array<char, 10'000> space{};
    for (ssize_t bytes = 0; (bytes = ::read(pipe.out(), space.data(), space.size())) > 0;) {
      taken += static_cast<std::size_t>(bytes);
    }
  });
  CHECK(write_all(pipe.in(), text));
  pipe.write_end.reset();
  slow.join();
  CHECK(taken == text.size());
}

TEST_CASE("descriptor: a write that would wait is left alone when asked so") {
  Pipe pipe;
  CHECK(write_if_ready(pipe.in(), "line\n"));
  fcntl(pipe.in(), F_SETFL, O_NONBLOCK);
  const std::string block(4'096, 'b');
  while (write(pipe.in(), block.data(), block.size()) > 0) {
  }
  fcntl(pipe.in(), F_SETFL, 0);
  CHECK_FALSE(write_if_ready(pipe.in(), "line\n"));  // would hang here
}

TEST_CASE("descriptor: waiting ends when either has something to read, or has ended") {
  Pipe first;
  Pipe second;
  const std::array<int, 2> both{first.out(), second.out()};
  CHECK(write_all(second.in(), "x"));
  wait_readable(both);
  CHECK(write_all(first.in(), "x"));
  std::array<char, 1> space{};
  CHECK(AvailableReader(second.out()).read(space) == 1);
  wait_readable(both);
  CHECK(AvailableReader(first.out()).read(space) == 1);
  first.write_end.reset();
  wait_readable(both);
}

TEST_CASE("descriptor: waiting ends with its time, if nothing comes") {
  Pipe pipe;
  const std::array<int, 1> one{pipe.out()};
  const std::uint64_t before = monotonic_ns();
  wait_readable(one, std::chrono::milliseconds(20));
  CHECK(monotonic_ns() - before >= 19'000'000);
  wait_readable(one, std::chrono::nanoseconds(-5));
}

}  // namespace
}  // namespace narrows
