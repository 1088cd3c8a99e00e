// SPDX-License-Identifier: MIT
// What a handler takes beside, or in place of, the request: the struct that the body is decoded to.
//
//   auto add = [](const Add& body, const narrows::Request& request) { ... };
//   HandlerArgument<decltype(add)>::type            Add
//   HandlerArgument<decltype(add)>::kTakesRequest   true
//
// There is no `type` for a function of the request alone, nor for one whose operator() is
// overloaded or a template.
#pragma once

#include <type_traits>

#include "narrows/decode.hpp"

namespace narrows {

class Request;

namespace detail {

template <typename... Arguments>
struct Signature {};

/// The arguments of a function, of a pointer to one, or of an object with one operator().
template <typename F>
struct SignatureOf {
  using type = void;
};
template <typename F>
requires requires { &F::operator(); }
struct SignatureOf<F> : SignatureOf<decltype(&F::operator())> {};

template <typename Result, typename... Arguments>
struct SignatureOf<Result (*)(Arguments...)> {
  using type = Signature<Arguments...>;
};
template <typename Result, typename... Arguments>
struct SignatureOf<Result (*)(Arguments...) noexcept> {
  using type = Signature<Arguments...>;
};

#define NARROWS_MEMBER_SIGNATURE_(qualifiers)                       \
  template <typename Result, typename Class, typename... Arguments> \
  struct SignatureOf<Result (Class::*)(Arguments...) qualifiers> {  \
    using type = Signature<Arguments...>;                           \
  };
NARROWS_MEMBER_SIGNATURE_()
NARROWS_MEMBER_SIGNATURE_(const)
NARROWS_MEMBER_SIGNATURE_(&)
NARROWS_MEMBER_SIGNATURE_(const&)
NARROWS_MEMBER_SIGNATURE_(noexcept)
NARROWS_MEMBER_SIGNATURE_(const noexcept)
NARROWS_MEMBER_SIGNATURE_(&noexcept)
NARROWS_MEMBER_SIGNATURE_(const& noexcept)
#undef NARROWS_MEMBER_SIGNATURE_

/// T, const T& or T&&: what a value just decoded can be given to.
template <typename Argument>
concept TakesValue =
    !std::is_same_v<std::remove_cvref_t<Argument>, Request> &&
    (!std::is_lvalue_reference_v<Argument> || std::is_const_v<std::remove_reference_t<Argument>>);

template <typename Arguments>
struct ArgumentOf {};
template <TakesValue Argument>
struct ArgumentOf<Signature<Argument>> {
  using type = std::remove_cvref_t<Argument>;
  static constexpr bool kTakesRequest = false;
};
template <TakesValue Argument>
struct ArgumentOf<Signature<Argument, const Request&>> {
  using type = std::remove_cvref_t<Argument>;
  static constexpr bool kTakesRequest = true;
};

}  // namespace detail

template <typename F>
struct HandlerArgument : detail::ArgumentOf<typename detail::SignatureOf<std::decay_t<F>>::type> {};

/// A function of one value and, if it likes, the request. Whether that value is Decodable is for
/// whoever registers it to say, so that the error can name what is missing.
template <typename F>
concept TypedFunction = requires {
  typename HandlerArgument<F>::type;
};

/// Such a function whose value can be decoded.
template <typename F>
concept TypedHandler = TypedFunction<F> && Decodable<typename HandlerArgument<F>::type>;

}  // namespace narrows
