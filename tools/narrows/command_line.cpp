// SPDX-License-Identifier: MIT
#include "command_line.hpp"

#include <memory>
#include <stdexcept>
#include <utility>

#include "files.hpp"
#include "mix.hpp"

namespace narrows::tools {
namespace {

constexpr std::uint64_t kMostLineBytes = std::uint64_t{4} << 20;
constexpr std::size_t kMostTypeBytes = 256;
constexpr std::uint64_t kMostClients = 100'000;
constexpr std::uint64_t kMostConcurrency = 1'000'000;
constexpr std::size_t kHelpColumn = 26;

Load::Nanoseconds duration(std::string_view option, std::string_view text) {
  const auto parsed = parse_duration(text);
  if (!parsed) refuse(option, "a time such as 10s, 500ms or 2m", text);
  return *parsed;
}

std::shared_ptr<const Mix> read_mix(const std::string& path) {
  std::string text;
  try {
    text = read_file(path);
  } catch (const std::runtime_error& error) {
    throw CLI::ValidationError(joined({"--mix: ", error.what()}));
  }
  try {
    return std::make_shared<const Mix>(Mix::parse(text));
  } catch (const std::runtime_error& error) {
    throw CLI::ValidationError(joined({"--mix: ", printable(path), ": ", error.what()}));
  }
}

/// CLI11's, with a usage line that knows what stands behind `--`.
class Formatter : public CLI::Formatter {
 public:
  explicit Formatter(std::string usage) : usage_(std::move(usage)) { column_width(kHelpColumn); }
  std::string make_usage(const CLI::App* /*app*/, std::string /*name*/) const override {
    return usage_ + "\n";
  }

 private:
  std::string usage_;
};

}  // namespace

void refuse(std::string_view option, std::string_view takes, std::string_view given) {
  throw CLI::ValidationError(
      joined({option, " takes ", takes, ", not \"", printable(given), "\""}));
}

CommandLine::CommandLine(Texts texts) : app_(std::move(texts.what)) {
  app_.formatter(std::make_shared<Formatter>(std::move(texts.usage)));
  app_.footer("\n" + texts.footer);
  app_.set_help_flag("--help", "print this and exit");
}

void CommandLine::add_rate(Load& load) {
  app_.add_option("--rate", load.rate, "open loop: so many a second, whatever the node does")
      ->check(range(1e-3, kMostRate))
      ->type_name("R")
      ->group("Load");
}

void CommandLine::add_concurrency(Load& load) {
  app_.add_option("--concurrency", load.concurrency, "closed loop: so many requests in flight")
      ->check(range(std::uint64_t{1}, kMostConcurrency))
      ->type_name("N")
      ->group("Load");
}

void CommandLine::add_arrivals(Load& load) {
  const auto set = [&load](const std::string& text) {
    if (text != "constant" && text != "poisson") refuse("--arrivals", "constant or poisson", text);
    load.arrivals = text == "poisson" ? Arrivals::poisson : Arrivals::constant;
  };
  app_.add_option_function<std::string>("--arrivals", set,
                                        "how they are spaced: constant (default) or poisson")
      ->type_name("KIND")
      ->group("Load");
}

void CommandLine::add_length(Load& load) {
  add_times(load);
  app_.add_option("--messages", messages_, "at most so many requests")
      ->check(range(std::uint64_t{1}, Load::kMostMessages))
      ->type_name("N")
      ->group("Load");
}

void CommandLine::add_times(Load& load) {
  const auto set_duration = [&load](const std::string& text) {
    load.duration = duration("--duration", text);
    if (load.duration->count() == 0) refuse("--duration", "a time above 0", text);
  };
  app_.add_option_function<std::string>("--duration", set_duration, "how long to send and measure")
      ->type_name("TIME")
      ->group("Load");
  const auto set_warmup = [this](const std::string& text) { warmup_ = duration("--warmup", text); };
  app_.add_option_function<std::string>("--warmup", set_warmup,
                                        "before that: checked, but not measured")
      ->type_name("TIME")
      ->group("Load");
  const auto set_patience = [&load](const std::string& text) {
    load.patience = duration("--patience", text);
    if (load.patience.count() == 0) refuse("--patience", "a time above 0", text);
  };
  app_.add_option_function<std::string>("--patience", set_patience,
                                        "without a reply for so long it gives up (10s)")
      ->type_name("TIME")
      ->group("Load");
}

void CommandLine::add_requests(Load& load) {
  const std::string group = "Requests";
  app_.add_option("--size", load.line_bytes, "length of a request's line with its newline (96)")
      ->check(range(std::uint64_t{1}, kMostLineBytes))
      ->type_name("BYTES")
      ->group(group);
  const auto check_type = [](const std::string& text) -> std::string {
    return text.empty() || text.size() > kMostTypeBytes ? "a type has 1 to 256 bytes" : "";
  };
  app_.add_option("--type", load.type, "type of the requests (echo)")
      ->check(check_type)
      ->type_name("TYPE")
      ->group(group);
  app_.add_option("--expect", load.expect, "type of the replies (TYPE_ok)")
      ->type_name("TYPE")
      ->group(group);
  const auto set_mix = [&load](const std::string& path) { load.mix = read_mix(path); };
  app_.add_option_function<std::string>("--mix", set_mix,
                                        "a mix of messages, from a file (docs/INVESTIGATING.md)")
      ->type_name("FILE")
      ->group(group);
  app_.add_option("--clients", load.clients, "how many send them, in turn (8)")
      ->check(range(std::uint64_t{1}, kMostClients))
      ->type_name("N")
      ->group(group);
  app_.add_option("--seed", load.seed, "of Poisson arrivals and of a mix (1)")
      ->check(range(std::uint64_t{0}, UINT64_MAX))
      ->type_name("N")
      ->group(group);
}

void CommandLine::add_json(bool& json) {
  app_.add_flag("--json", json, "one JSON object on stdout instead of a table");
}

void CommandLine::settle(Load& load, const Defaults& defaults) const {
  const bool counted = messages_ > 0;
  if (counted) load.messages = messages_;
  if (!counted && !load.duration) {
    load.duration = defaults.duration;
    if (!load.duration) load.messages = kMessages;
  }
  if (warmup_) {
    load.warmup = *warmup_;
  } else if (!counted) {
    load.warmup = defaults.warmup;
  }
  if (load.mix) {
    load.line_bytes = load.mix->longest_line();
    return;
  }
  const std::size_t least = load.least_line_bytes();
  if (load.line_bytes >= least) return;
  throw CLI::ValidationError(
      joined({"--size takes a number of bytes, ", std::to_string(least), " to ",
              std::to_string(kMostLineBytes), " for this type and number of messages, not ",
              std::to_string(load.line_bytes)}));
}

char* const* CommandLine::node(char* const* command) {
  if (command != nullptr && *command != nullptr) return command;
  throw CLI::ValidationError("the node to run comes after the options: -- NODE [ARGS]...");
}

void CommandLine::no_node(char* const* command) {
  if (command != nullptr) throw CLI::ValidationError("no node comes after these options");
}

}  // namespace narrows::tools
