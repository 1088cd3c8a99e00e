// SPDX-License-Identifier: MIT
// narrows-node: a Maelstrom node that serves one of the workloads.
#include <array>
#include <cstdio>
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
  try {
    return serve(argc, argv);
  } catch (const std::bad_alloc&) {
    std::fputs("narrows-node: out of memory\n", stderr);
    return 1;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "narrows-node: %s\n", error.what());
    return 1;
  }
}
