// SPDX-License-Identifier: MIT
#include "narrows/node.hpp"

#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <optional>
#include <stdexcept>
#include <system_error>

#include "base/descriptor.hpp"
#include "base/signals.hpp"
#include "json/value.hpp"
#include "node_parts.hpp"
#include "pipeline/log_printer.hpp"
#include "pipeline/reporter.hpp"

namespace narrows {
namespace {

constexpr std::size_t kMostLineBytes = std::size_t{1} << 30;
constexpr double kMostSeconds = 1e9;
constexpr std::chrono::nanoseconds kLongestWait = Parking::kLongestSleep;
constexpr std::chrono::nanoseconds kRefusedWait = std::chrono::milliseconds(1);
constexpr int kWakeTries = 3;

/// stdin, until a signal. Remembers why it broke.
class StandardInput : public pipeline::Input {
 public:
  explicit StandardInput(const StopSignals& signals)
      : signals_(signals), wake_(above_standard(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK))) {
    if (!wake_.is_open()) throw std::system_error(errno, std::generic_category(), "eventfd");
  }

  ssize_t read(std::span<char> space) override {
    if (StopSignals::stopped()) return kStopped;
    const ssize_t bytes = reader_.read(space);
    if (bytes >= 0) return bytes;
    if (errno == EAGAIN) return kWouldBlock;
    error_ = errno;
    return kStopped;
  }
  void wait(Parking::Timeout timeout) override {
    const std::array<int, 3> descriptors{STDIN_FILENO, signals_.descriptor(), wake_.get()};
    {
      const Interruptible::Sleep sleep(StopSignals::waiter());
      if (StopSignals::stopped()) return;
      const auto longest = is_refused_.load() ? kRefusedWait : kLongestWait;
      wait_readable(descriptors, std::min(timeout.value_or(longest), longest));
    }
    std::uint64_t wakes = 0;
    [[maybe_unused]] const ssize_t taken = ::read(wake_.get(), &wakes, sizeof wakes);
  }
  void wake() override {
    const std::uint64_t one = 1;
    for (int tries = 0; tries < kWakeTries; ++tries) {
      if (::write(wake_.get(), &one, sizeof one) == sizeof one || errno == EAGAIN) return;
    }
    is_refused_.store(true);
    StopSignals::waiter().interrupt();
  }
  void stop() override { StopSignals::stop(); }
  [[nodiscard]] int error() const { return error_; }

 private:
  const StopSignals& signals_;
  const Descriptor wake_;                // readable: somebody wants the thread that waits for input
  std::atomic<bool> is_refused_{false};  // to make it so: nobody relies on it any more
  AvailableReader reader_{STDIN_FILENO};
  int error_ = 0;
};

class StandardOutput : public pipeline::Output {
 public:
  bool write(std::string_view bytes) override {
    if (write_all(STDOUT_FILENO, bytes)) return true;
    error_ = errno;
    return false;
  }
  [[nodiscard]] int error() const { return error_; }

 private:
  int error_ = 0;
};

/// The caller's bytes, then as if stopped, or ended.
class MemoryInput : public pipeline::Input {
 public:
  MemoryInput(std::string_view bytes, ssize_t then) : bytes_(bytes), then_(then) {}

  ssize_t read(std::span<char> space) override {
    const std::size_t size = std::min(space.size(), bytes_.size());
    if (size == 0) return then_;
    std::memcpy(space.data(), bytes_.data(), size);
    bytes_.remove_prefix(size);
    return static_cast<ssize_t>(size);
  }
  void wait(Parking::Timeout /*timeout*/) override {}
  void wake() override {}
  void stop() override {}

 private:
  std::string_view bytes_;
  ssize_t then_;
};

class FunctionOutput : public pipeline::Output {
 public:
  explicit FunctionOutput(const Node::Write& write) : write_(write) {}
  bool write(std::string_view bytes) override {
    write_(bytes);
    return true;
  }

 private:
  const Node::Write& write_;
};

}  // namespace

void Node::Parts::check_idle(const char* what) const {
  if (!is_at_work.load(std::memory_order_relaxed)) return;
  throw std::logic_error(std::string(what) +
                         " is called while the node is at work: by its own handler, coroutine, "
                         "callback or timer, or by a second thread");
}

/// What nobody has printed is not lost.
Node::Parts::~Parts() {
  engine.reset();
  pipeline::Log::Line line;
  std::optional<pipeline::LogPrinter> printer;
  const auto print = [&](LogLevel level, pipeline::Log::Time time, std::string_view text) {
    if (!printer) {
      printer.emplace(options.log_pattern,
                      [](std::string_view bytes) { return write_if_ready(STDERR_FILENO, bytes); });
    }
    printer->print(level, time, text);
  };
  while (log.take(line)) print(line.level, line.time, {line.text.data(), line.size});
  const std::uint64_t dropped = log.dropped();
  if (dropped == 0) return;
  print(LogLevel::warning, std::chrono::system_clock::now(),
        std::to_string(dropped) + " log lines were lost");
}

namespace {

void check(bool makes_sense, const char* what) {
  if (!makes_sense) throw std::invalid_argument(what);
}

void check(const Options& options) {
  check(options.max_line_bytes >= 1 && options.max_line_bytes <= kMostLineBytes,
        "max_line_bytes is 1 to 2^30");
  check(options.pool_bytes >= least_pool_bytes(options.max_line_bytes),
        "pool_bytes is less than least_pool_bytes(max_line_bytes)");
  check(options.max_depth >= 1 && options.max_depth <= json::Decoder::kLargestMaxDepth,
        "max_depth is 1 to 4096");
  check(options.deadline.count() > 0, "deadline is more than 0");
  check(options.stats_every.count() >= 0 && options.stats_every.count() <= kMostSeconds,
        "stats_every is 0 to 1e9 seconds");
  check(options.trace_every >= 1, "trace_every is at least 1");
  for (const Slow& slow : options.slow) {
    check(slow.every >= 1, "slow: every is at least 1");
    check(slow.duration.count() >= 0, "slow: duration is not negative");
    check(static_cast<std::size_t>(slow.stage) < profile::kStages, "slow: stage is one of Stage");
  }
}

}  // namespace

Node::Node(Options options) {
  check(options);
  parts_ = std::make_unique<Parts>(std::move(options));
  on("bench_echo", [](const Request& request) -> Reply {
    const auto payload = request.find("echo");
    if (!payload) return Error(ErrorCode::malformed_request, "`echo` is missing");
    return reply("bench_echo_ok").raw("echo", *payload).latency("latency_us");
  });
}

Node::~Node() = default;

namespace {

pipeline::TypeId added(pipeline::Types& types, std::string_view type, bool has_begun) {
  if (has_begun) throw std::logic_error("handlers are registered before the first input");
  const pipeline::TypeId id = types.add(type);
  if (id == pipeline::kOtherType) {
    throw std::invalid_argument("the type is taken, or there are too many: " + std::string(type));
  }
  return id;
}

void check_handler(std::string_view type, bool is_there) {
  if (is_there) return;
  throw std::invalid_argument("the handler of " + std::string(type) + " is an empty function");
}

}  // namespace

void Node::add(std::string_view type, Handler handler) {
  check_handler(type, static_cast<bool>(handler));
  const pipeline::TypeId id = added(parts_->types, type, parts_->engine.has_value());
  parts_->handlers.resize(id + std::size_t{1});
  parts_->handlers[id] = std::move(handler);
}

void Node::add(std::string_view type, TaskHandler handler) {
  check_handler(type, static_cast<bool>(handler));
  const pipeline::TypeId id = added(parts_->types, type, parts_->engine.has_value());
  parts_->handlers.resize(id + std::size_t{1});
  parts_->runtime.add_starter(id, std::move(handler));
}

detail::Runtime& Node::runtime() { return parts_->runtime; }

void Node::send(std::string_view dest, const Reply& message) { runtime().send(dest, message); }

Rpc Node::rpc(std::string_view dest, const Reply& message, std::chrono::nanoseconds timeout) {
  return Rpc(runtime().rpc(dest, message, timeout));
}

void Node::rpc(std::string_view dest, const Reply& message, std::chrono::nanoseconds timeout,
               std::function<void(RpcResult)> then) {
  check(static_cast<bool>(then), "an RPC's callback is empty");
  runtime().call_back(dest, message, timeout, std::move(then));
}

void Node::spawn(Task<void> task) { runtime().spawn(std::move(task)); }

void Node::add_after_init(std::function<void()> hook) {
  check(static_cast<bool>(hook), "an after_init hook is an empty function");
  if (parts_->engine) throw std::logic_error("after_init is for before the first input");
  runtime().add_after_init(std::move(hook));
}

TimerId Node::add_timer(std::chrono::nanoseconds after, std::chrono::nanoseconds period,
                        double jitter, std::function<void()> tick) {
  check(static_cast<bool>(tick), "a timer is an empty function");
  check(after.count() >= 0, "a timer's time is negative");
  check(jitter >= 0 && jitter <= 1, "a timer's jitter is 0 to 1");
  return runtime().add_timer(after, period, jitter, std::move(tick));
}

std::uint64_t Node::random(std::uint64_t bound) { return runtime().random(bound); }

void Node::cancel(TimerId timer) { runtime().cancel_timer(timer); }

void Node::on_topology(std::function<void(const Topology&)> function) {
  check_handler("topology", static_cast<bool>(function));
  on("topology", [function = std::move(function)](const Request& request) -> Reply {
    const auto value = json::Value::parse(request.raw("topology").text());
    const Error malformed(ErrorCode::malformed_request,
                          "`topology` is no object of arrays of names");
    if (!value || !value->is_object()) return malformed;
    Topology topology;
    for (std::size_t i = 0; i < value->items().size(); ++i) {
      std::vector<std::string>& neighbours = topology[value->names()[i]];
      neighbours.clear();
      if (value->items()[i].kind() != json::Value::Kind::array) return malformed;
      for (const json::Value& name : value->items()[i].items()) {
        const auto text = name.string();
        if (!text) return malformed;
        neighbours.emplace_back(*text);
      }
    }
    function(topology);
    return reply("topology_ok");
  });
}

void Node::log(LogLevel level, std::string_view text) { parts_->log.write(level, text); }

const std::string& Node::id() const {
  static const std::string none;
  return parts_->engine ? parts_->engine->identity().id : none;
}

std::span<const std::string> Node::node_ids() const {
  if (!parts_->engine) return {};
  return parts_->engine->identity().node_ids;
}

int Node::run() {
  const Parts::Work work(*parts_, "node.run()");
  pipeline::Engine& engine = parts_->started();
  const StopSignals signals;
  StandardInput input(signals);
  StandardOutput output;
  const pipeline::Reporter reporter(parts_->options, engine.books(), parts_->log, engine.tracer());
  const bool written = parts_->options.threads == Threads::pipeline
                           ? engine.run_pipeline(input, output)
                           : engine.run_single_thread(input, output);
  const auto broke = [&](const char* what, int error) {
    parts_->log.write(LogLevel::error, std::string(what) + ": " + std::strerror(error));
    return 1;
  };
  if (!written) return broke("cannot write to stdout", output.error());
  if (input.error() != 0) return broke("cannot read stdin", input.error());
  return 0;
}

void Node::feed(std::string_view bytes, const Write& write) {
  const Parts::Work work(*parts_, "node.feed()");
  MemoryInput input(bytes, pipeline::Input::kStopped);
  FunctionOutput output(write);
  parts_->started().feed(input, output);
}

void Node::finish(const Write& write) {
  const Parts::Work work(*parts_, "node.finish()");
  MemoryInput input({}, pipeline::Input::kEnd);
  FunctionOutput output(write);
  parts_->started().feed(input, output);
}

void Node::end(const Write& write) {
  const Parts::Work work(*parts_, "Harness::end()");
  FunctionOutput output(write);
  parts_->started().end(output);
}

std::size_t least_pool_bytes(std::size_t max_line_bytes) {
  return pipeline::least_bytes(max_line_bytes);
}

}  // namespace narrows
