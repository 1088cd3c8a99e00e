// SPDX-License-Identifier: MIT
// Refuses what g++ before 13 compiles to a double destruction.
//
// In an expression with a `co_await`, those compilers destroy twice a temporary that is a lambda,
// or an aggregate, and whose members have destructors: `co_await offload([text] { … })` with a
// string frees it twice. What takes such a temporary therefore gives a NamedFirst, which has to get
// a name before it is awaited: then the temporary is gone. Other compilers do not see any of this.
// Source: GCC bugs 99576 and 100611, fixed in 13.
#pragma once

#include <coroutine>
#include <type_traits>
#include <utility>

namespace narrows::detail {

#if defined(__GNUC__) && !defined(__clang__) && __GNUC__ < 13
inline constexpr bool kDestroysTwice = true;
#else
inline constexpr bool kDestroysTwice = false;
#endif

/// T as deduced for a parameter `T&&`: a temporary of the dangerous kind.
template <typename T>
inline constexpr bool kIsFragile = kDestroysTwice && !std::is_lvalue_reference_v<T> &&
                                   !std::is_trivially_destructible_v<T> && std::is_aggregate_v<T>;
/// The same where it is a function: what is no aggregate may be a lambda, or made of one.
template <typename F>
inline constexpr bool kIsFragileFunction =
    kDestroysTwice && !std::is_lvalue_reference_v<F> && !std::is_trivially_destructible_v<F>;

/// Something to be awaited, once it has a name.
template <typename Awaitable>
class [[nodiscard]] NamedFirst : public Awaitable {
 public:
  /// Of what is its own awaiter.
  struct Awaiter {
    Awaitable& awaitable;
    [[nodiscard]] bool await_ready() const { return awaitable.await_ready(); }
    template <typename Promise>
    auto await_suspend(std::coroutine_handle<Promise> awaiting) {
      return awaitable.await_suspend(awaiting);
    }
    decltype(auto) await_resume() { return awaitable.await_resume(); }
  };

  using Awaitable::Awaitable;
  // NOLINTNEXTLINE(google-explicit-constructor): it stands for what it is made of
  NamedFirst(Awaitable&& awaitable) requires std::is_move_constructible_v<Awaitable>
      : Awaitable(std::move(awaitable)) {}

  auto operator co_await() & {
    Awaitable& awaitable = *this;
    if constexpr (requires { awaitable.operator co_await(); }) {
      return awaitable.operator co_await();
    } else {
      return Awaiter{awaitable};
    }
  }
  template <typename Never = void>
  Awaitable& operator co_await() && {
    static_assert(!std::is_void_v<Never>,
                  "g++ before 13 destroys twice what this lambda or struct holds: give what is "
                  "awaited a name first, like `auto work = narrows::offload(…); co_await work;`");
    return *this;
  }
};

template <bool kMustBeNamed, typename Awaitable>
using MaybeNamedFirst = std::conditional_t<kMustBeNamed, NamedFirst<Awaitable>, Awaitable>;

template <typename T>
inline constexpr bool kIsNamedFirst = false;
template <typename A>
inline constexpr bool kIsNamedFirst<NamedFirst<A>> = true;

}  // namespace narrows::detail
