// SPDX-License-Identifier: MIT
// Which form of JSON a type of C++ has, found out while compiling.
#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

#include "narrows/fields.hpp"
#include "narrows/raw.hpp"

namespace narrows::detail {

enum class Form : std::uint8_t {
  none,
  boolean,
  integer,
  real,
  string,
  view,      // a string of somebody else's: can be written, not read
  raw,       // any value as it came
  optional,  // nothing is null
  array,     // std::array: so many items
  tuple,     // likewise, each of a type of its own
  sequence,  // an array
  map,       // an object of any names
  fields     // an object of a struct's fields
};

template <typename T>
inline constexpr bool kIsOptional = false;
template <typename T>
inline constexpr bool kIsOptional<std::optional<T>> = true;

template <typename T>
inline constexpr bool kIsTuple = false;
template <typename... Types>
inline constexpr bool kIsTuple<std::tuple<Types...>> = true;
template <typename First, typename Second>
inline constexpr bool kIsTuple<std::pair<First, Second>> = true;

template <typename T>
inline constexpr bool kIsArray = false;
template <typename T, std::size_t kSize>
inline constexpr bool kIsArray<std::array<T, kSize>> = true;

/// An integer of up to 64 bits that is no character.
template <typename T>
concept Integer = std::integral<T> && sizeof(T) <= 8 && !std::same_as<T, bool> &&
                  !std::same_as<T, char> && !std::same_as<T, wchar_t> &&
                  !std::same_as<T, char8_t> && !std::same_as<T, char16_t> &&
                  !std::same_as<T, char32_t>;

template <typename T>
concept Map = requires(T& map, typename T::key_type key, typename T::mapped_type value) {
  map.clear();
  map.insert_or_assign(std::move(key), std::move(value));
};

template <typename T>
concept HasMapped = requires {
  typename T::mapped_type;
};

template <typename T>
concept Sequence = !HasMapped<T> && requires(const T& items) {
  typename T::value_type;
  requires !std::same_as<typename T::value_type, T>;
  items.begin();
  items.end();
};

template <typename T>
concept ReadableSequence = Sequence<T> && std::default_initializable<typename T::value_type> &&
    requires(T& items, typename T::value_type item) {
  items.clear();
  items.insert(items.end(), std::move(item));
};

template <typename T>
[[nodiscard]] consteval Form form_of() {
  // clang-format off
  if constexpr (std::same_as<T, bool>) return Form::boolean;
  else if constexpr (Integer<T>) return Form::integer;
  else if constexpr (std::floating_point<T>) return Form::real;
  else if constexpr (std::same_as<T, std::string>) return Form::string;
  else if constexpr (std::same_as<T, std::string_view>) return Form::view;
  else if constexpr (std::same_as<T, Raw>) return Form::raw;
  else if constexpr (HasFields<T>) return Form::fields;
  else if constexpr (kIsOptional<T>) return Form::optional;
  else if constexpr (kIsArray<T>) return Form::array;
  else if constexpr (kIsTuple<T>) return Form::tuple;
  else if constexpr (Map<T>) return Form::map;
  else if constexpr (Sequence<T>) return Form::sequence;
  else return Form::none;
  // clang-format on
}

template <typename T>
inline constexpr Form kForm = form_of<std::remove_cv_t<T>>();

/// Nesting beyond this is refused, which only types that contain themselves can come to.
inline constexpr std::uint32_t kDeepest = 512;

enum class Way : std::uint8_t { decode, encode };

template <typename T, Way kWay>
concept KeyOf = Integer<T> || kForm<T>
== Form::string || (kForm<T> == Form::view && kWay == Way::encode);

/// True if all parts of T can go this way. `Above`: the structs that T is a part of, which may be
/// parts of themselves.
template <typename T, Way kWay, typename... Above>
[[nodiscard]] consteval bool can_go() {
  constexpr Form kOf = kForm<T>;
  if constexpr (kOf == Form::none) {
    return false;
  } else if constexpr (!std::same_as<T, std::remove_cv_t<T>>) {
    return kWay == Way::encode && can_go<std::remove_cv_t<T>, kWay, Above...>();
  } else if constexpr (kOf == Form::view) {
    return kWay == Way::encode;
  } else if constexpr (kOf == Form::optional) {
    using Value = typename T::value_type;
    return kForm<Value> != Form::optional && can_go<Value, kWay, Above...>();
  } else if constexpr (kOf == Form::array) {
    return can_go<typename T::value_type, kWay, Above...>();
  } else if constexpr (kOf == Form::tuple) {
    return []<std::size_t... kIndex>(std::index_sequence<kIndex...> /*all*/) {
      return (can_go<std::tuple_element_t<kIndex, T>, kWay, Above...>() && ...);
    }
    (std::make_index_sequence<std::tuple_size_v<T>>{});
  } else if constexpr (kOf == Form::sequence) {
    return (kWay == Way::encode || ReadableSequence<T>)&&  //
        can_go<typename T::value_type, kWay, Above...>();
  } else if constexpr (kOf == Form::map) {
    using Mapped = typename T::mapped_type;
    return KeyOf<typename T::key_type, kWay> && can_go<Mapped, kWay, Above...>() &&
           (kWay == Way::encode || std::default_initializable<Mapped>);
  } else if constexpr (kOf == Form::fields) {
    if constexpr ((std::same_as<T, Above> || ...)) {
      return true;
    } else {
      return (kWay == Way::encode || std::default_initializable<T>)&&  //
          []<std::size_t... kIndex>(std::index_sequence<kIndex...> /*all*/) {
        return (can_go<FieldTypeOf<T, kIndex>, kWay, T, Above...>() && ...);
      }
      (std::make_index_sequence<kFieldCount<T>>{});
    }
  } else {
    return true;
  }
}

}  // namespace narrows::detail
