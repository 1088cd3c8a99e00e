// SPDX-License-Identifier: MIT
#include "new/new_project.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <stdexcept>
#include <system_error>
#include <utility>

#include "files.hpp"
#include "narrows/version.hpp"
#include "text.hpp"

namespace narrows::tools {
namespace {

namespace fs = std::filesystem;
using Replacements = std::vector<std::pair<std::string_view, std::string>>;

struct Commands {
  std::string_view build;
  std::string_view test;
};

Commands commands_of(BuildSystem build_system) {
  if (build_system == BuildSystem::cmake) {
    return {"cmake -B build && cmake --build build", "ctest --test-dir build --output-on-failure"};
  }
  return {"meson setup build && meson compile -C build", "meson test -C build"};
}

/// Files that belong to the other build system.
bool is_left_out(std::string_view file, BuildSystem build_system) {
  return file == (build_system == BuildSystem::meson ? "CMakeLists.txt" : "meson.build");
}

std::string filled(std::string_view text, const Replacements& replacements) {
  std::string result(text);
  for (const auto& [mark, value] : replacements) {
    for (std::size_t at = 0; (at = result.find(mark, at)) != std::string::npos;) {
      result.replace(at, mark.size(), value);
      at += value.size();
    }
  }
  return result;
}

/// The folder that a project is written to; unless it was kept, it goes with all that is in it.
class NewFolder {
 public:
  explicit NewFolder(std::string name) : name_(std::move(name)) {
    std::error_code error;
    is_ours_ = fs::create_directory(name_, error);
    if (error) {
      if (fs::exists(fs::symlink_status(name_))) refuse_existing();
      throw std::runtime_error(joined({"cannot make ", name_, ": ", error.message()}));
    }
    if (!is_ours_ && !fs::is_empty(name_)) refuse_existing();
  }
  ~NewFolder() {
    std::error_code ignored;
    for (const std::string& path : paths_) fs::remove(path, ignored);
    if (is_ours_) fs::remove(name_, ignored);
  }
  NewFolder(const NewFolder&) = delete;
  NewFolder& operator=(const NewFolder&) = delete;

  void write(std::string_view file, std::string_view text) {
    paths_.push_back(joined({name_, "/", file}));
    save_file(paths_.back(), text);
  }
  /// The paths of what was written.
  std::vector<std::string> keep() {
    is_ours_ = false;
    return std::exchange(paths_, {});
  }

 private:
  [[noreturn]] void refuse_existing() const {
    throw std::invalid_argument(
        joined({"new takes the name of a new or empty folder, and ", name_, " is none"}));
  }

  std::string name_;
  bool is_ours_;  // it was not there before
  std::vector<std::string> paths_;
};

}  // namespace

bool is_project_name(std::string_view name) {
  constexpr std::size_t kLongest = 64;
  // Targets that meson, CMake or ninja have of their own, and us.
  constexpr std::array<std::string_view, 21> kTaken{
      "all",     "benchmark", "build",      "clean",       "coverage",      "depend",
      "dist",    "distcheck", "help",       "install",     "meson",         "narrows",
      "package", "phony",     "preinstall", "reconfigure", "rebuild_cache", "edit_cache",
      "test",    "uninstall", "scan-build"};
  constexpr std::array<std::string_view, 4> kTakenBeginnings{"clean-", "coverage-", "meson-",
                                                             "package_"};
  const auto is_small = [](char byte) { return byte >= 'a' && byte <= 'z'; };
  const auto may_follow = [&](char byte) {
    return is_small(byte) || (byte >= '0' && byte <= '9') || byte == '-' || byte == '_';
  };
  return !name.empty() && name.size() <= kLongest && is_small(name.front()) &&
         std::all_of(name.begin(), name.end(), may_follow) &&
         std::find(kTaken.begin(), kTaken.end(), name) == kTaken.end() &&
         std::none_of(kTakenBeginnings.begin(), kTakenBeginnings.end(),
                      [&](std::string_view beginning) { return name.starts_with(beginning); });
}

std::string make_project(const NewOptions& options) {
  const Commands commands = commands_of(options.build_system);
  const Replacements replacements{{"@NAME@", options.name},
                                  {"@VERSION@", NARROWS_VERSION},
                                  {"@BUILD@", std::string(commands.build)},
                                  {"@TEST@", std::string(commands.test)}};
  NewFolder folder(options.name);
  for (const ProjectFile& file : project_templates()) {
    if (is_left_out(file.name, options.build_system)) continue;
    folder.write(file.name == "gitignore" ? ".gitignore" : file.name,
                 filled(file.text, replacements));
  }
  std::string said = "Written:\n";
  for (const std::string& path : folder.keep()) said += joined({"  ", path, "\n"});
  return joined({said, "Next:\n  cd ", options.name, "\n  ", commands.build, "\n  ", commands.test,
                 "\n  narrows bench --rate 1000 -- build/", options.name, "\n"});
}

}  // namespace narrows::tools
