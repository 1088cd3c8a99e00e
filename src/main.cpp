// SPDX-License-Identifier: MIT
// narrows-node: a Maelstrom node that serves one of the workloads.
#include <array>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <new>
#include <string>
#include <string_view>

#include "narrows/node.hpp"
#include "workloads/workloads.hpp"

namespace {

std::string names_of_workloads() {
  std::string names;
  for (const auto& workload : narrows::workloads::all()) {
    names.append(names.empty() ? "" : ", ").append(workload.name);
  }
  return names;
}

constexpr char kNoMemory[] = "narrows-node: out of memory\n";

/// std::bad_alloc is thrown with memory that C++ sets aside as the program starts. Where even that
/// could not be had, there is no exception to catch.
[[noreturn]] void end() {
  if (std::current_exception()) std::abort();
  std::fputs(kNoMemory, stderr);
  std::_Exit(1);
}

int serve(int argc, char** argv) {
  const auto* workload = narrows::workloads::find("echo");
  const std::string names = names_of_workloads();
  const std::string help = "what to serve: " + names + "; echo by default";
  const std::array<narrows::ProgramOption, 1> option{{{"workload", "NAME", help,
                                                       [&](std::string_view name) {
                                                         workload = narrows::workloads::find(name);
                                                         return workload != nullptr;
                                                       },
                                                       names}}};
  narrows::Node node{narrows::options_from(argc, argv, option)};
  workload->serve(node);
  return node.run();
}

}  // namespace

int main(int argc, char** argv) {
  std::set_terminate(end);
  try {
    return serve(argc, argv);
  } catch (const std::bad_alloc&) {
    std::fputs(kNoMemory, stderr);
    return 1;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "narrows-node: %s\n", error.what());
    return 1;
  }
}
