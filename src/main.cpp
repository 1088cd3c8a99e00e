// SPDX-License-Identifier: MIT
// narrows-node: a Maelstrom node that serves one of the workloads.
#include <array>
#include <cstdio>
#include <exception>
#include <new>
#include <string_view>

#include "narrows/node.hpp"
#include "workloads/echo.hpp"

int main(int argc, char** argv) {
  const std::array<narrows::ProgramOption, 1> workload{
      {{"workload", "NAME", "what to serve: echo (default)",
        [](std::string_view name) { return name == "echo"; }, "echo"}}};
  try {
    narrows::Node node{narrows::options_from(argc, argv, workload)};
    narrows::workloads::serve_echo(node);
    return node.run();
  } catch (const std::bad_alloc&) {
    std::fputs("narrows-node: out of memory\n", stderr);
    return 1;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "narrows-node: %s\n", error.what());
    return 1;
  }
}
