// SPDX-License-Identifier: MIT
#include "top/top.hpp"

#include <poll.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <thread>

#include "bench.hpp"
#include "text.hpp"
#include "top/display.hpp"
#include "top/live_node.hpp"
#include "top/profile_source.hpp"
#include "top/stderr_catcher.hpp"

namespace narrows::tools {
namespace {

bool wants_color() {
  const char* const no_color = std::getenv("NO_COLOR");
  return no_color == nullptr || *no_color == '\0';
}

/// What a picture leaves behind.
void print_last(Source& source, bool utf8) {
  const View view = source.view();
  if (view.figures(false) != nullptr || view.outside) {
    std::printf("%s\n", one_line(view, utf8, true).c_str());
  }
}

Watched watch_file(const TopOptions& options, bool utf8) {
  ProfileSource source(options.file, options.has_duration ? options.load.duration : std::nullopt);
  std::unique_ptr<Terminal> terminal = Terminal::open({wants_color(), true});
  if (!terminal) source.end_with_node();
  if (!terminal) {
    const Shown shown = print_lines(source, utf8);
    return {source.problem(), shown == Shown::lost ? SIGPIPE : source.stop_signal()};
  }
  const Shown shown = show(source, *terminal, utf8);
  terminal.reset();
  if (source.problem().empty()) print_last(source, utf8);
  return {source.problem(), shown == Shown::lost ? SIGHUP : source.stop_signal()};
}

/// Shows a node on a thread of its own, so that nobody who looks at it ever holds up the load.
class Showing {
 public:
  explicit Showing(bool utf8) : utf8_(utf8), terminal_(Terminal::open({wants_color(), false})) {}
  ~Showing() { end(); }
  Showing(const Showing&) = delete;
  Showing& operator=(const Showing&) = delete;

  [[nodiscard]] bool has_terminal() const { return terminal_ != nullptr; }
  /// The signals must be kept for somebody else: the thread is not to be who they end.
  void begin(LiveNode& node) {
    node_ = &node;
    if (!thread_.joinable()) thread_ = std::thread([this] { run(); });
  }
  /// How it ended; the terminal is as it was.
  Shown end() {
    if (node_ != nullptr) node_->finish();
    if (thread_.joinable()) thread_.join();
    node_ = nullptr;  // which may go before this does
    terminal_.reset();
    return shown_;
  }
  /// Why it could not go on, one sentence.
  [[nodiscard]] const std::string& problem() const { return problem_; }

 private:
  void run() {
    try {
      shown_ = terminal_ ? show(*node_, *terminal_, utf8_) : print_lines(*node_, utf8_);
    } catch (const std::exception& error) {
      problem_ = error.what();
    }
    terminal_.reset();  // at once; what is left of the node may take seconds
    node_->stop();
    while (!node_->is_finished()) {  // or the node would wait for somebody to read its stderr
      pollfd fd{node_->descriptor(), POLLIN, 0};
      poll(&fd, 1, -1);
      [[maybe_unused]] const bool goes_on = node_->attend();
    }
  }

  const bool utf8_;
  std::unique_ptr<Terminal> terminal_;
  LiveNode* node_ = nullptr;
  Shown shown_ = Shown::over;
  std::string problem_;
  std::thread thread_;
};

struct ShowingEnds {
  ~ShowingEnds() { showing.end(); }
  Showing& showing;
};

/// A node that the question for its own figures has ended, as it seems.
bool died_of_question(const Result& result, const LiveNode& node) {
  constexpr double kSoonSeconds = 5;
  return result.stop_signal == 0 && !result.problem.empty() && result.load_s < kSoonSeconds &&
         node.question_is_open();
}

Watched watch_node(const TopOptions& options, bool utf8) {
  Showing showing(utf8);
  const bool has_terminal = showing.has_terminal();
  std::unique_ptr<StderrCatcher> node_stderr;
  if (has_terminal) node_stderr = std::make_unique<StderrCatcher>();
  LiveNode node(options.load, options.command, options.asks, node_stderr.get(),
                [&] { showing.begin(node); });
  const ShowingEnds ends{showing};  // before the node goes, whatever happens
  Result result = run_bench(options.load, options.command, &node);
  if (died_of_question(result, node)) {
    node.begin_anew();
    result = run_bench(options.load, options.command, &node);
  }
  const Shown shown = showing.end();
  if (!showing.problem().empty()) return {showing.problem(), 0};
  if (node_stderr != nullptr && !result.problem.empty()) node_stderr->print();
  if (has_terminal) print_last(node, utf8);
  if (shown == Shown::lost) return {"", has_terminal ? SIGHUP : SIGPIPE};
  return {result.problem, shown == Shown::quit ? 0 : result.stop_signal};
}

}  // namespace

Watched watch(const TopOptions& options) {
  const bool utf8 = use_locale();
  return options.file.empty() ? watch_node(options, utf8) : watch_file(options, utf8);
}

}  // namespace narrows::tools
