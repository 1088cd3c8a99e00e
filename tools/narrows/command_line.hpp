// SPDX-License-Identifier: MIT
// What the command lines of all commands have in common, over CLI11.
//
// Errors: what makes no sense throws CLI::ValidationError, whose text names the option and what it
//   takes; parsed() makes an EarlyEnd of it.
#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <optional>
#include <sstream>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "early_end.hpp"
#include "load.hpp"
#include "text.hpp"

namespace narrows::tools {

[[noreturn]] void refuse(std::string_view option, std::string_view takes, std::string_view given);

/// Checks a number, without a word about it in the help.
template <typename Number>
CLI::Validator range(Number least, Number most) {
  const auto check = [least, most](std::string& text) -> std::string {
    Number value{};
    const bool is_number = text.find_first_not_of("0123456789.eE+-") == std::string::npos &&
                           (std::is_signed_v<Number> || text.find('-') == std::string::npos) &&
                           CLI::detail::lexical_cast(text, value);
    if (is_number && value >= least && value <= most) return {};
    std::ostringstream said;
    said << "takes a number from " << least << " to " << most << ", not \"" << text << '"';
    return said.str();
  };
  return {check, ""};
}

class CommandLine {
 public:
  struct Texts {
    std::string what;   // one sentence
    std::string usage;  // lines
    std::string footer;
  };
  explicit CommandLine(Texts texts);
  CommandLine(const CommandLine&) = delete;
  CommandLine& operator=(const CommandLine&) = delete;

  [[nodiscard]] std::string help() const { return app_.help(); }

 protected:
  ~CommandLine() = default;

  static constexpr double kMostRate = 1e8;
  static constexpr int kMostRepeated = 1000;

  void add_rate(Load& load);
  void add_concurrency(Load& load);
  void add_arrivals(Load& load);
  /// For how long, and how many.
  void add_length(Load& load);
  /// For how long alone.
  void add_times(Load& load);
  /// What every request is.
  void add_requests(Load& load);
  void add_json(bool& json);
  template <typename Add>
  void add_repeated(const std::string& name, const std::string& type, Add add,
                    const std::string& what) {
    app_.add_option_function<std::vector<std::string>>(
            name,
            [add](const std::vector<std::string>& texts) {
              for (const std::string& text : texts) add(text);
            },
            what + "; repeatable")
        ->type_size(1)
        ->expected(1, kMostRepeated)
        ->type_name(type);
  }

  /// What is not said. Precondition: the load's pace is set.
  struct Defaults {
    std::optional<Load::Nanoseconds> duration;  // none: kMessages
    Load::Nanoseconds warmup{0};
  };
  void settle(Load& load, const Defaults& defaults) const;

  static char* const* node(char* const* command);
  static void no_node(char* const* command);

  CLI::App app_;

 private:
  static constexpr std::uint64_t kMessages = 1'000'000;

  std::uint64_t messages_ = 0;
  std::optional<Load::Nanoseconds> warmup_;
};

/// Runs a command's parser on what stands before `--`; what stands behind it is the node. Throws
/// EarlyEnd.
template <typename Parser>
auto parsed(int argc, char** argv) {
  int end = 1;
  while (end < argc && std::string_view(argv[end]) != "--") ++end;
  char* const* const node = end < argc ? argv + end + 1 : nullptr;
  Parser parser;
  try {
    return parser.parse(end, argv, node);
  } catch (const CLI::CallForHelp&) {
    throw EarlyEnd(0, parser.help());
  } catch (const CLI::ParseError& error) {
    constexpr std::size_t kMostBytes = 400;
    throw EarlyEnd(
        2, printable(joined({error.what(), " (see narrows ", argv[0], " --help)"}), kMostBytes));
  }
}

}  // namespace narrows::tools
