// SPDX-License-Identifier: MIT
// Tries a fuzz target with inputs that are kept: files, and the files of folders.
//
// Usage: replay TARGET PATH...
// Exit status: 0 all were tried and all held, 2 usage, or there was nothing to try. What does not
// hold ends it by a signal, after the name of the input.
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include "fuzz/target.hpp"

namespace {

using namespace narrows;

constexpr unsigned kMostSeconds = 60;  // that an input may take before it counts as one that hangs

constexpr std::array<std::pair<std::string_view, void (*)(std::string_view)>, 6> kTargets{
    {{"line", fuzz::line},
     {"node", fuzz::node},
     {"histogram", fuzz::histogram},
     {"texts", fuzz::texts},
     {"files", fuzz::files},
     {"clusters", fuzz::clusters}}};

std::string current;  // the input that is tried, for the handler of a signal

/// Says which input it is. Both calls may be made by a handler.
void say_current(int signal) {
  constexpr std::string_view kWhat = "while trying ";
  static_cast<void>(!write(STDERR_FILENO, kWhat.data(), kWhat.size()));
  static_cast<void>(!write(STDERR_FILENO, current.data(), current.size()));
  static_cast<void>(!write(STDERR_FILENO, "\n", 1));
  std::signal(signal, SIG_DFL);
  std::raise(signal);
}

std::vector<std::string> inputs_of(int argc, char** argv) {
  std::vector<std::string> paths;
  for (int i = 2; i < argc; ++i) {
    if (!std::filesystem::is_directory(argv[i])) {
      paths.emplace_back(argv[i]);
      continue;
    }
    for (const auto& entry : std::filesystem::recursive_directory_iterator(argv[i])) {
      if (entry.is_regular_file()) paths.push_back(entry.path());
    }
  }
  std::sort(paths.begin(), paths.end());
  return paths;
}

std::string contents_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace

int main(int argc, char** argv) {
  const std::string_view wanted = argc > 1 ? argv[1] : "";
  const auto* const target = std::find_if(kTargets.begin(), kTargets.end(),
                                          [&](const auto& one) { return one.first == wanted; });
  const std::vector<std::string> paths = inputs_of(argc, argv);
  if (target == kTargets.end() || paths.empty()) {
    std::fputs("Usage: replay line|node|histogram|texts|files|clusters PATH...\n", stderr);
    return 2;
  }
  for (const int signal : {SIGABRT, SIGALRM}) std::signal(signal, say_current);
  for (const std::string& path : paths) {
    current = path;
    alarm(kMostSeconds);
    target->second(contents_of(path));
  }
  alarm(0);
  std::printf("%s: %zu inputs tried\n", argv[1], paths.size());
  return 0;
}
