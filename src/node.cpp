// SPDX-License-Identifier: MIT
#include "narrows/node.hpp"

#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <optional>
#include <stdexcept>

#include "base/descriptor.hpp"
#include "base/signals.hpp"
#include "pipeline/engine.hpp"
#include "pipeline/reporter.hpp"

namespace narrows {
namespace {

/// stdin, until a signal. Remembers why it broke.
class StandardInput : public pipeline::Input {
 public:
  explicit StandardInput(const StopSignals& signals) : signals_(signals) {}

  ssize_t read(std::span<char> space) override {
    if (StopSignals::stopped()) return kStopped;
    const ssize_t bytes = reader_.read(space);
    if (bytes >= 0) return bytes;
    if (errno == EAGAIN) return kWouldBlock;
    error_ = errno;
    return kStopped;
  }
  void wait() override { wait_readable(STDIN_FILENO, signals_.descriptor()); }
  void stop() override { StopSignals::stop(); }
  [[nodiscard]] int error() const { return error_; }

 private:
  const StopSignals& signals_;
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
  void wait() override {}
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

struct Node::Parts {
  explicit Parts(Options given) : options(std::move(given)), log(options.log_level) {}

  pipeline::Engine& started() {
    if (!engine) engine.emplace(options, types, handlers, clock, log);
    return *engine;
  }

  const Options options;
  const Clock clock = Clock::system();
  pipeline::Log log;
  pipeline::Types types;
  std::vector<Handler> handlers;  // by type number
  std::optional<pipeline::Engine> engine;
};

Node::Node(Options options) {
  if (options.pool_bytes < least_pool_bytes(options.max_line_bytes)) {
    throw std::invalid_argument("pool_bytes is less than least_pool_bytes(max_line_bytes)");
  }
  if (options.max_depth == 0 || options.max_depth > json::Decoder::kLargestMaxDepth) {
    throw std::invalid_argument("max_depth is 1 to 4096");
  }
  if (options.trace_every == 0) throw std::invalid_argument("trace_every is at least 1");
  parts_ = std::make_unique<Parts>(std::move(options));
  on("bench_echo", [](const Request& request) -> Reply {
    const auto payload = request.find("echo");
    if (!payload) return Error(ErrorCode::malformed_request, "`echo` is missing");
    return reply("bench_echo_ok").raw("echo", *payload).latency("latency_us");
  });
}

Node::~Node() = default;

void Node::add(std::string_view type, Handler handler) {
  if (parts_->engine) throw std::logic_error("handlers are registered before the first input");
  const pipeline::TypeId id = parts_->types.add(type);
  if (id == pipeline::kOtherType) {
    throw std::invalid_argument("the type is taken, or there are too many: " + std::string(type));
  }
  parts_->handlers.resize(id + std::size_t{1});
  parts_->handlers[id] = std::move(handler);
}

const std::string& Node::id() const {
  static const std::string none;
  return parts_->engine ? parts_->engine->identity().id : none;
}

std::span<const std::string> Node::node_ids() const {
  if (!parts_->engine) return {};
  return parts_->engine->identity().node_ids;
}

int Node::run() {
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
  MemoryInput input(bytes, pipeline::Input::kStopped);
  FunctionOutput output(write);
  parts_->started().feed(input, output);
}

void Node::finish(const Write& write) {
  MemoryInput input({}, pipeline::Input::kEnd);
  FunctionOutput output(write);
  parts_->started().feed(input, output);
}

std::size_t least_pool_bytes(std::size_t max_line_bytes) {
  return pipeline::least_bytes(max_line_bytes);
}

}  // namespace narrows
