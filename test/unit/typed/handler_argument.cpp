// SPDX-License-Identifier: MIT
#include "narrows/handler_argument.hpp"

#include <concepts>
#include <functional>

#include "narrows/reply.hpp"
#include "unit/typed.hpp"

namespace narrows {
namespace {

using test::Add;

struct Unsaid {};

[[maybe_unused]] Reply of_reference(const Add& /*body*/) { return reply("x"); }
[[maybe_unused]] Reply of_both(const Add& /*body*/, const Request& /*request*/) noexcept {
  return reply("x");
}

struct Counter {
  // NOLINTNEXTLINE(performance-unnecessary-value-param): that it may
  void operator()(Add /*body*/, const Request& /*request*/) { ++count; }
  int count = 0;
};
struct Overloaded {
  void operator()(const Add& /*body*/) const {}
  void operator()(const Request& /*request*/) const {}
};

template <typename F, typename T, bool kTakesRequest>
constexpr bool kIsOf = TypedHandler<F>&& std::same_as<typename HandlerArgument<F>::type, T>&&
                           HandlerArgument<F>::kTakesRequest == kTakesRequest;

TEST_CASE("handler argument: the struct that a function takes, and whether the request as well") {
  [[maybe_unused]] const auto by_reference = [](const Add&) { return reply("x"); };
  // NOLINTNEXTLINE(performance-unnecessary-value-param): that it may
  [[maybe_unused]] const auto by_value = [](Add) {};
  [[maybe_unused]] auto to_move = [n = 0](Add&&, const Request&) mutable { return ++n; };
  [[maybe_unused]] const auto quiet = [](const Add&, const Request&) noexcept {};
  CHECK(kIsOf<decltype(by_reference), Add, false>);
  CHECK(kIsOf<decltype(by_value), Add, false>);
  CHECK(kIsOf<decltype(to_move), Add, true>);
  CHECK(kIsOf<decltype(quiet), Add, true>);
  CHECK(kIsOf<decltype(of_reference), Add, false>);
  CHECK(kIsOf<decltype(&of_both), Add, true>);
  CHECK(kIsOf<decltype((by_reference)), Add, false>);
  CHECK(kIsOf<Counter, Add, true>);
  CHECK(kIsOf<std::function<Reply(const Add&)>, Add, false>);
}

TEST_CASE("handler argument: other functions have none") {
  [[maybe_unused]] const auto of_request = [](const Request&) {};
  [[maybe_unused]] const auto generic = [](const auto&) {};
  [[maybe_unused]] const auto of_nothing = [] {};
  [[maybe_unused]] const auto to_change = [](Add&) {};
  [[maybe_unused]] const auto of_two = [](const Add&, const Add&) {};
  [[maybe_unused]] const auto of_three = [](const Add&, const Request&, int) {};
  CHECK_FALSE(TypedFunction<decltype(of_request)>);
  CHECK_FALSE(TypedFunction<decltype(generic)>);
  CHECK_FALSE(TypedFunction<decltype(of_nothing)>);
  CHECK_FALSE(TypedFunction<decltype(to_change)>);
  CHECK_FALSE(TypedFunction<decltype(of_two)>);
  CHECK_FALSE(TypedFunction<decltype(of_three)>);
  CHECK_FALSE(TypedFunction<Overloaded>);
  CHECK_FALSE(TypedFunction<int>);
}

TEST_CASE("handler argument: one whose fields are not said has the type, and is no typed handler") {
  [[maybe_unused]] const auto of_unsaid = [](const Unsaid&) {};
  CHECK(TypedFunction<decltype(of_unsaid)>);
  CHECK(std::same_as<HandlerArgument<decltype(of_unsaid)>::type, Unsaid>);
  CHECK_FALSE(TypedHandler<decltype(of_unsaid)>);
}

}  // namespace
}  // namespace narrows
