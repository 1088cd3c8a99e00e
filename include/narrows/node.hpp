// SPDX-License-Identifier: MIT
// A Maelstrom node: register handlers, then run.
//
//   narrows::Node node{narrows::options_from(argc, argv)};
//   node.on("echo", [](const narrows::Request& request) {
//     return narrows::reply("echo_ok").raw("echo", request.raw("echo"));
//   });
//   return node.run();
//
// Order: replies of handlers that do not wait leave in the order in which their requests came;
//   msg_id counts from 0 in the order in which messages leave.
// Threads: all handlers, coroutines, callbacks and timers run on one thread, the dispatcher's, one
//   at a time, so they need no lock; what they call of the Node is for that thread, and throws
//   std::logic_error on another one (before the first input any thread may set up). Several nodes
//   can live in one process, but only one of them in run(), which owns stdin, stdout and the
//   signals.
// Errors: what a handler throws becomes an error reply: an Error's own code, else 13 (crash). What
// a
//   timer, a hook or a background task throws is logged.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "narrows/error.hpp"
#include "narrows/event.hpp"
#include "narrows/gather.hpp"
#include "narrows/handler_argument.hpp"
#include "narrows/name.hpp"
#include "narrows/offload.hpp"
#include "narrows/options.hpp"
#include "narrows/reply.hpp"
#include "narrows/request.hpp"
#include "narrows/response.hpp"
#include "narrows/retry.hpp"
#include "narrows/rpc.hpp"
#include "narrows/sleep.hpp"
#include "narrows/task.hpp"

namespace narrows {

using Handler = std::function<Reply(const Request&)>;
using TaskHandler = std::function<Task<Reply>(const Request&)>;

template <typename F>
concept HandlerFunction = std::is_invocable_r_v<Reply, F&, const Request&> ||
    std::is_void_v<std::invoke_result_t<F&, const Request&>>;

/// One that may wait.
template <typename F>
concept HandlerCoroutine = std::is_same_v<std::invoke_result_t<F&, const Request&>, Task<Reply>> ||
    std::is_same_v<std::invoke_result_t<F&, const Request&>, Task<void>>;

namespace detail {

/// A handler of a struct, called with what it takes.
template <typename F, typename Body>
decltype(auto) call_typed(F& function, Body&& body, const Request& request) {
  if constexpr (HandlerArgument<F>::kTakesRequest) {
    return function(std::forward<Body>(body), request);
  } else {
    return function(std::forward<Body>(body));
  }
}
template <typename F>
using TypedResult =
    decltype(call_typed(std::declval<F&>(), std::declval<typename HandlerArgument<F>::type>(),
                        std::declval<const Request&>()));
template <typename T>
inline constexpr bool kIsTask = false;
template <typename T>
inline constexpr bool kIsTask<Task<T>> = true;
/// For a static_assert that fails.
template <typename F>
inline constexpr bool kIsHandler = false;

}  // namespace detail

/// What a timer or a hook is: a function, or a coroutine.
template <typename F>
concept Hook = std::is_void_v<std::invoke_result_t<F&>> ||
    std::is_same_v<std::invoke_result_t<F&>, Task<void>>;

/// Who every node is to talk to, by Maelstrom.
using Topology = std::map<std::string, std::vector<std::string>>;

/// Names a timer; 0 is none.
using TimerId = std::uint64_t;

inline constexpr std::chrono::nanoseconds kRpcTimeout = std::chrono::seconds(1);

namespace detail {
class Runtime;
}
namespace testing {
class Harness;
}

class Node {
 public:
  /// Throws std::invalid_argument when the options make no sense together.
  explicit Node(Options options = {});
  Node(const Node&) = delete;
  Node& operator=(const Node&) = delete;
  ~Node();

  /// Answers messages of this type. The function returns a Reply (or an Error), or nothing for a
  /// message that wants no answer. Throws std::invalid_argument when the type is taken (init,
  /// bench_echo and bench_stats always are) or the function is an empty one, std::logic_error after
  /// the first input.
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

  /// The same with a coroutine, which may wait. Its request is a copy that lasts as long as it
  /// runs.
  template <HandlerCoroutine F>
  void on(std::string_view type, F function) {
    if constexpr (std::is_same_v<std::invoke_result_t<F&, const Request&>, Task<Reply>>) {
      add(type, TaskHandler(std::move(function)));
    } else {
      add(type, TaskHandler([function = std::move(function)](
                                const Request& request) mutable -> Task<Reply> {
            co_await function(request);
            co_return Reply::none();
          }));
    }
  }

  /// Either with a struct of the user's (narrows/fields.hpp) in place of the request, or before it:
  /// the body, decoded. One that cannot be is answered with error 12, which names the member.
  template <TypedFunction F>
  requires(!HandlerFunction<F> && !HandlerCoroutine<F>) void on(std::string_view type, F function) {
    using Body = typename HandlerArgument<F>::type;
    static_assert(
        Decodable<Body>,
        "the handler's argument is no struct with NARROWS_FIELDS in its own namespace, or "
        "one of its members is of a type that docs/TYPES.md does not list");
    if constexpr (detail::kIsTask<detail::TypedResult<F>>) {
      on(type,
         [function =
              std::move(function)](const Request& request) mutable -> detail::TypedResult<F> {
           const Body body = request.as<Body>();  // lasts as long as what is awaited
           co_return co_await detail::call_typed(function, body, request);
         });
    } else {
      on(type, [function = std::move(function)](const Request& request) mutable {
        return detail::call_typed(function, request.as<Body>(), request);
      });
    }
  }

  /// Anything else is told what it should be.
  template <typename F>
  requires(!HandlerFunction<F> && !HandlerCoroutine<F> &&
           !TypedFunction<F>) void on(std::string_view /*type*/, F /*function*/) {
    static_assert(detail::kIsHandler<F>,
                  "a handler takes `const narrows::Request&`, or a struct with NARROWS_FIELDS, or "
                  "the struct and the request; it returns a narrows::Reply, a Task of one, or "
                  "nothing");
  }

  /// A message that wants no reply.
  void send(std::string_view dest, const Reply& message);
  /// A request, sent at once; `co_await` it for its answer.
  Rpc rpc(std::string_view dest, const Reply& message,
          std::chrono::nanoseconds timeout = kRpcTimeout);
  detail::NamedFirst<Rpc> rpc(std::string_view dest, const detail::MessageOfTemporary& message,
                              std::chrono::nanoseconds timeout = kRpcTimeout) {
    return rpc(dest, static_cast<const Reply&>(message), timeout);
  }
  /// The same with a function that is called with the answer, or with the Error that came instead.
  void rpc(std::string_view dest, const Reply& message, std::chrono::nanoseconds timeout,
           std::function<void(RpcResult)> then);
  template <std::invocable<RpcResult> Then>
  void rpc(std::string_view dest, const Reply& message, Then then) {
    rpc(dest, message, kRpcTimeout, std::function<void(RpcResult)>(std::move(then)));
  }

  /// Runs a coroutine beside all else, from now on, or from `init` on if that has not come yet; it
  /// ends with the node.
  void spawn(Task<void> task);
  /// The same with a coroutine's function, whose captures last as long as the coroutine:
  /// `spawn([&node]() -> Task<> { … })`. The captures of one that is called at once do not.
  template <Hook F>
  requires std::is_same_v<std::invoke_result_t<F&>, Task<void>>
  void spawn(F function) { spawn(kept(std::make_shared<F>(std::move(function)))); }
  /// Once, after so long; counted from `init` on if that has not come yet.
  template <Hook F>
  TimerId after(std::chrono::nanoseconds delay, F function) {
    return add_timer(delay, std::chrono::nanoseconds(0), 0, hook_of(std::move(function)));
  }
  /// Every so often, give or take `jitter` (0 to 1) of the period, which is then drawn anew each
  /// time: nodes that begin together do not stay in step. It begins as one of after() does.
  template <Hook F>
  TimerId every(std::chrono::nanoseconds period, F function, double jitter = 0) {
    if (period.count() <= 0) throw std::invalid_argument("a timer's period is more than 0");
    return add_timer(period, period, jitter, hook_of(std::move(function)));
  }
  /// It fires no more. One that has fired, or is unknown, is no error.
  void cancel(TimerId timer);

  /// When `init` was answered. Before the first input.
  template <Hook F>
  void after_init(F function) {
    add_after_init(hook_of(std::move(function)));
  }
  /// Answers `topology`, and hands on what it says. Before the first input.
  void on_topology(std::function<void(const Topology&)> function);

  /// Writes a line to stderr, in Options::log_pattern, by way of the node's log: it never waits.
  /// What is not printed when the node dies (it was never run, say) is printed then. From any
  /// thread.
  void log(LogLevel level, std::string_view text);

  /// This node's name, and everybody's, as Maelstrom's `init` gave them; empty before. For
  /// handlers.
  [[nodiscard]] const std::string& id() const;
  [[nodiscard]] std::span<const std::string> node_ids() const;
  /// A number of 0 to below `bound` (at least 1), from the node's own source (Options::seed): in a
  /// simulation the same seed draws the same numbers.
  [[nodiscard]] std::uint64_t random(std::uint64_t bound);

  /// Serves stdin and stdout to the end of input, SIGTERM or SIGINT, then drains what was read.
  /// Returns the exit status: 0, or 1 when stdin or stdout broke (said on stderr). Throws
  /// std::logic_error from within the node.
  [[nodiscard]] int run();

  /// Without descriptors, signals or threads: takes bytes of input (lines may be cut anywhere) and
  /// gives the output to `write`, on the caller's thread, before it returns. `finish` ends a last
  /// line that has no newline.
  using Write = std::function<void(std::string_view bytes)>;
  void feed(std::string_view bytes, const Write& write);
  void finish(const Write& write);

 private:
  friend class testing::Harness;
  struct Parts;

  /// A coroutine's function lasts until the coroutine has ended.
  template <typename F>
  std::function<void()> hook_of(F function) {
    if constexpr (std::is_void_v<std::invoke_result_t<F&>>) {
      return function;
    } else {
      return [this, shared = std::make_shared<F>(std::move(function))] { spawn(kept(shared)); };
    }
  }
  template <typename F>
  static Task<void> kept(std::shared_ptr<F> function) {
    co_await (*function)();
  }

  void add(std::string_view type, Handler handler);
  void add(std::string_view type, TaskHandler handler);
  void add_after_init(std::function<void()> hook);
  TimerId add_timer(std::chrono::nanoseconds after, std::chrono::nanoseconds period, double jitter,
                    std::function<void()> tick);
  /// As at the end of run(): what waits is ended.
  void end(const Write& write);
  [[nodiscard]] detail::Runtime& runtime();

  std::unique_ptr<Parts> parts_;
};

}  // namespace narrows
