// SPDX-License-Identifier: MIT
// The bare relay that `narrows tap` is held against: passes a node's stdin and stdout through.
//
//   relay -- NODE [ARGS...]
//
// One thread: poll, read, write and nothing else. Ends when the node's stdout does.
#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <vector>

#include "child.hpp"

namespace {

/// Passes on what is there; false at the end.
bool pass(int from, int to, std::vector<char>& buffer) {
  const ssize_t bytes = read(from, buffer.data(), buffer.size());
  if (bytes < 0) return errno == EINTR;
  for (ssize_t done = 0; done < bytes;) {
    const ssize_t written = write(to, buffer.data() + done, static_cast<std::size_t>(bytes - done));
    if (written < 0 && errno != EINTR) return false;
    if (written > 0) done += written;
  }
  return bytes > 0;
}

}  // namespace

int main(int argc, char** argv) {
  char** const command = command_after_dashes(argc, argv, "relay -- NODE [ARGS...]");
  std::signal(SIGPIPE, SIG_IGN);
  Child node(command, Child::kPipe, Child::kPipe);
  std::vector<char> buffer(std::size_t{64} << 10);
  pollfd fds[] = {{STDIN_FILENO, POLLIN, 0}, {node.read_end(), POLLIN, 0}};
  for (;;) {
    if (poll(fds, 2, -1) < 0) continue;
    if (fds[1].revents != 0 && !pass(node.read_end(), STDOUT_FILENO, buffer)) return 0;
    if (fds[0].revents != 0 && !pass(STDIN_FILENO, node.write_end(), buffer)) {
      node.close_input();
      fds[0].fd = -1;
    }
  }
}
