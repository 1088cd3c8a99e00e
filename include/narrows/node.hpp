// SPDX-License-Identifier: MIT
// A Maelstrom node: register handlers, then run.
//
//   narrows::Node node{narrows::options_from(argc, argv)};
//   node.on("echo", [](const narrows::Request& request) {
//     return narrows::reply("echo_ok").raw("echo", request.raw("echo"));
//   });
//   return node.run();
//
// Order: replies leave in the order in which their requests came; msg_id counts from 0.
// Threads: all handlers run on one thread, so they need no lock. Several nodes can live in one
//   process, but only one of them in run(), which owns stdin, stdout and the signals.
// Errors: what a handler throws becomes an error reply: an Error's own code, else 13 (crash).
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "narrows/error.hpp"
#include "narrows/name.hpp"
#include "narrows/options.hpp"
#include "narrows/reply.hpp"
#include "narrows/request.hpp"

namespace narrows {

using Handler = std::function<Reply(const Request&)>;

template <typename F>
concept HandlerFunction = std::is_invocable_r_v<Reply, F&, const Request&> ||
    std::is_void_v<std::invoke_result_t<F&, const Request&>>;

class Node {
 public:
  /// Throws std::invalid_argument when the options make no sense together.
  explicit Node(Options options = {});
  Node(const Node&) = delete;
  Node& operator=(const Node&) = delete;
  ~Node();

  /// Answers messages of this type. The function returns a Reply (or an Error), or nothing for a
  /// message that wants no answer. Throws std::invalid_argument when the type is taken (init,
  /// bench_echo and bench_stats always are), std::logic_error after the first input.
  template <HandlerFunction F>
  void on(std::string_view type, F function) {
    if constexpr (std::is_void_v<std::invoke_result_t<F&, const Request&>>) {
      add(type, [function = std::move(function)](const Request& request) mutable {
        function(request);
        return Reply::none();
      });
    } else {
      add(type, Handler(std::move(function)));
    }
  }

  /// This node's name, and everybody's, as Maelstrom's `init` gave them; empty before. For
  /// handlers.
  [[nodiscard]] const std::string& id() const;
  [[nodiscard]] std::span<const std::string> node_ids() const;

  /// Serves stdin and stdout to the end of input, SIGTERM or SIGINT, then drains what was read.
  /// Returns the exit status: 0, or 1 when stdin or stdout broke (said on stderr).
  [[nodiscard]] int run();

  /// Without descriptors, signals or threads: takes bytes of input (lines may be cut anywhere) and
  /// gives the output to `write`, on the caller's thread, before it returns. `finish` ends a last
  /// line that has no newline.
  using Write = std::function<void(std::string_view bytes)>;
  void feed(std::string_view bytes, const Write& write);
  void finish(const Write& write);

 private:
  struct Parts;
  void add(std::string_view type, Handler handler);

  std::unique_ptr<Parts> parts_;
};

}  // namespace narrows
