// SPDX-License-Identifier: MIT
// The command line of `narrows new`.
#include "options.hpp"

#include "command_line.hpp"

namespace narrows::tools {
namespace {

class NewCommand : public CommandLine {
 public:
  NewCommand()
      : CommandLine({"Writes a project for a Maelstrom node of your own, in C++.",
                     "Usage: narrows new NAME [--build meson|cmake]",
                     R"(NAME becomes a folder with a node that answers echo, a test of it, and what
builds both with the installed library. A folder that has files in it is left as it is.

Exit status:
  0  all is written
  2  the command line makes no sense, or the name is taken
  3  a file could not be written; then none is

Examples:
  $ narrows new my-node && cd my-node
  $ meson setup build && meson test -C build)"}) {
    app_.add_option("NAME", options_.name, "of the folder and of the program")
        ->required()
        ->type_name("");
    app_.add_option_function<std::string>(
            "--build",
            [this](const std::string& text) {
              if (text != "meson" && text != "cmake") refuse("--build", "meson or cmake", text);
              options_.build_system = text == "cmake" ? BuildSystem::cmake : BuildSystem::meson;
            },
            "what builds it: meson (default) or cmake")
        ->type_name("SYSTEM");
  }

  NewOptions parse(int argc, char** argv, char* const* command) {
    app_.parse(argc, argv);
    no_node(command);
    if (!is_project_name(options_.name)) refuse("NAME", kProjectName, options_.name);
    return options_;
  }

 private:
  NewOptions options_;
};

}  // namespace

NewOptions new_options(int argc, char** argv) { return parsed<NewCommand>(argc, argv); }

}  // namespace narrows::tools
