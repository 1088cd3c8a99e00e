// SPDX-License-Identifier: MIT
// `narrows new`: a project of a few files, which builds and passes its own test.
//
// The files are those of tools/narrows/new/project/, with @NAME@ and the like put in.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace narrows::tools {

enum class BuildSystem : std::uint8_t { meson, cmake };

struct NewOptions {
  std::string name;  // of the folder, the project and its program
  BuildSystem build_system = BuildSystem::meson;
};

struct ProjectFile {
  std::string_view name;
  std::string_view text;
};

/// What names a folder, a program and a target of either build system alike, and needs no quotes.
[[nodiscard]] bool is_project_name(std::string_view name);
inline constexpr std::string_view kProjectName =
    "a small letter, then up to 63 small letters, digits, - and _, but no name of the build "
    "system's";

/// As they lie in project/.
[[nodiscard]] std::vector<ProjectFile> project_templates();

/// Writes the project into a new or empty folder of this name, and returns a text for people: what
/// was written, and what to do next. Precondition: is_project_name(options.name). Throws
/// std::invalid_argument if something else has the name; std::runtime_error with one sentence if a
/// file cannot be written, and then leaves none behind.
[[nodiscard]] std::string make_project(const NewOptions& options);

}  // namespace narrows::tools
