// SPDX-License-Identifier: MIT
// The three stages side by side, driven by hand, on one manual clock.
#pragma once

#include <cstring>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "pipeline/dispatcher.hpp"
#include "pipeline/parser.hpp"
#include "pipeline/serializer.hpp"
#include "pipeline/shared_books.hpp"
#include "unit/manual_clock.hpp"

namespace narrows::test {

/// Keeps what is written, and lets the test act meanwhile.
class TextOutput : public pipeline::Output {
 public:
  bool write(std::string_view bytes) override {
    if (on_write) on_write();
    ++writes;
    if (fails) return false;
    text.append(bytes);
    return true;
  }

  std::string text;
  int writes = 0;
  bool fails = false;
  std::function<void()> on_write;
};

/// A new batch whenever one is wanted; those handed on are kept in order.
class OutList : public pipeline::OutBatches {
 public:
  pipeline::OutBatch& take(bool long_one) override {
    const std::size_t bytes = long_one ? std::size_t{4} << 20 : pipeline::kArenaBytes;
    owned_.push_back(std::make_unique<pipeline::OutBatch>(bytes));
    owned_.back()->is_long = long_one;
    if (on_take) on_take();
    return *owned_.back();
  }
  void hand_on(pipeline::OutBatch& batch) override { handed.push_back(&batch); }
  void clear() {
    handed.clear();
    owned_.clear();
  }

  std::vector<pipeline::OutBatch*> handed;
  std::function<void()> on_take;

 private:
  std::vector<std::unique_ptr<pipeline::OutBatch>> owned_;
};

class StageRig {
 public:
  using Handlers = std::vector<std::pair<std::string, Handler>>;

  /// `more`: handlers beside that of `echo`.
  explicit StageRig(Handlers more = {}, Options given = {})
      : options(std::move(given)),
        named_(std::move(more)),
        types(make_types()),
        handlers(make_handlers()),
        books(types.names(), clock, false, log.parking(), 16),
        parser(types, {options.max_line_bytes, options.max_depth}, clock, delay(Stage::parse), log),
        dispatcher(handlers, options.max_line_bytes, clock, delay(Stage::dispatch), log),
        tracer(make_tracer()),
        serializer(books, clock, delay(Stage::serialize), tracer.get()) {
    parser.open(in);
  }

  /// What a read at t0 brought. True when there are rows to be dispatched.
  bool parse(std::string_view bytes, Ticks t0) {
    const std::span<char> space = parser.space(in);
    std::memcpy(space.data(), bytes.data(), bytes.size());
    return parser.parse(in, bytes.size(), t0);
  }
  bool parse(std::string_view bytes) { return parse(bytes, manual.now()); }
  void dispatch() { dispatcher.dispatch(in, out); }
  /// Encodes and writes all that was handed on, and begins the next batch.
  void serialize() {
    for (pipeline::OutBatch* batch : out.handed) {
      serializer.encode(*batch, output);
      serializer.flush(output);
    }
    out.clear();
    parser.open(in);
  }

  /// All three, for whole lines of at most a batch; what they wrote.
  std::string run(std::string_view lines) {
    const std::size_t before = output.text.size();
    for (bool rows = parse(lines); rows; rows = parser.has_line() && parse({})) {
      dispatch();
      serialize();
    }
    return output.text.substr(before);
  }

  /// Named n1, with empty books that begin now.
  void init() {
    run(R"({"src":"c0","dest":"n1","body":{"type":"init","msg_id":1,"node_id":"n1","node_ids":["n1"]}})"
        "\n");
    output.text.clear();
    output.writes = 0;
    books.books.reset(manual.now(), profile::read_clocks(books.sources, manual.now()));
  }

  [[nodiscard]] std::uint64_t trouble(profile::Trouble kind) const {
    return books.books.all().trouble(static_cast<std::size_t>(kind));
  }
  [[nodiscard]] std::uint64_t messages() const { return books.books.all().messages(); }
  /// Sums of the seven components, then end to end, in ticks.
  [[nodiscard]] std::vector<Ticks> sums() const {
    std::vector<Ticks> sums;
    for (std::size_t i = 0; i <= profile::kEndToEnd; ++i) {
      sums.push_back(static_cast<Ticks>(books.books.all().sum(i)));
    }
    return sums;
  }

  const Options options;
  ManualClock manual{1'000};
  Clock clock = manual.clock();
  pipeline::Log log{LogLevel::debug};

 private:
  Handlers named_;

  std::unique_ptr<pipeline::Tracer> make_tracer() {
    if (options.trace.empty()) return nullptr;
    return std::make_unique<pipeline::Tracer>(types.names(), options.trace_every, clock,
                                              log.parking());
  }
  pipeline::Delay delay(Stage stage) { return {options.slow, stage, clock}; }
  pipeline::Types make_types() {
    pipeline::Types result;
    result.add("echo");
    for (const auto& [name, handler] : named_) result.add(name);
    return result;
  }
  std::vector<Handler> make_handlers() {
    std::vector<Handler> result(types.names().size());
    result[types.find("echo")] = [](const Request& request) {
      return reply("echo_ok").raw("echo", request.raw("echo"));
    };
    for (const auto& [name, handler] : named_) result[types.find(name)] = handler;
    return result;
  }

 public:
  const pipeline::Types types;
  const std::vector<Handler> handlers;
  pipeline::SharedBooks books;
  pipeline::Parser parser;
  pipeline::Dispatcher dispatcher;
  std::unique_ptr<pipeline::Tracer> tracer;  // with options.trace
  pipeline::Serializer serializer;
  pipeline::InBatch in{pipeline::kReadBytes + pipeline::kCarryBytes, pipeline::kRows,
                       pipeline::kMembers};
  OutList out;
  TextOutput output;
};

/// `{"src":"c1","dest":"n1","body":{…}}` and its newline; `body` without braces.
[[nodiscard]] inline std::string line_of(std::string_view body) {
  return std::string(R"({"src":"c1","dest":"n1","body":{)").append(body).append("}}\n");
}
[[nodiscard]] inline std::string echo_line(std::uint64_t msg_id, std::string_view payload) {
  std::string body = "\"type\":\"echo\",\"msg_id\":";
  return line_of(body.append(std::to_string(msg_id)).append(",\"echo\":").append(payload));
}

/// Beyond what a pipe takes at once.
[[nodiscard]] inline Reply huge_reply() {
  static std::string text;  // not const, or the compiler would make all of it itself
  if (text.empty()) text.append("\"").append(200'000, 'x').append("\"");
  return reply("huge_ok").raw("text", Raw::checked(text));
}

}  // namespace narrows::test
