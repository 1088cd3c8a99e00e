// SPDX-License-Identifier: MIT
// Values of C++ as JSON: the types of narrows/decode.hpp, and with them std::string_view, and all
// ranges of such values, as std::span.
//
// An optional without a value is left out where it is a struct's field, and null elsewhere. Numbers
// that JSON does not have, and long doubles' digits beyond a double's, are lost: not-a-number and
// the infinities become null.
//
// Bound: 512 levels of nesting, which only types that contain themselves can come to.
// Errors: deeper nesting throws std::length_error.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>

#include "narrows/detail/form.hpp"
#include "narrows/detail/writer.hpp"
#include "narrows/fields.hpp"
#include "narrows/raw.hpp"

namespace narrows {

/// A type that encode() takes.
template <typename T>
concept Encodable = detail::can_go<std::remove_cvref_t<T>, detail::Way::encode>();

namespace detail {

/// Calls `use` with the name and the value of each field, but for an optional that has none.
template <HasFields T, typename Use>
void for_each_field(const T& value, Use use) {
  const auto use_one = [&](std::string_view name, const auto& member) {
    if constexpr (kIsOptional<std::remove_cvref_t<decltype(member)>>) {
      if (member) use(name, *member);
    } else {
      use(name, member);
    }
  };
  std::apply([&](const auto&... field) { (use_one(field.name, value.*field.member), ...); },
             kFields<T>);
}

template <typename T>
void write_to(Writer& to, const T& value);

template <typename T>
void write_items(Writer& to, const T& items) {
  bool is_first = true;
  to.open('[');
  for (const auto& item : items) {
    to.separate(is_first);
    write_to<typename T::value_type>(to, item);
  }
  to.close(']');
}

template <typename T>
void write_tuple(Writer& to, const T& items) {
  bool is_first = true;
  const auto write_item = [&](const auto& item) {
    to.separate(is_first);
    write_to(to, item);
  };
  to.open('[');
  std::apply([&](const auto&... item) { (write_item(item), ...); }, items);
  to.close(']');
}

template <typename T>
void write_map(Writer& to, const T& map) {
  bool is_first = true;
  to.open('{');
  for (const auto& [key, value] : map) {
    to.separate(is_first);
    to.key(key);
    write_to<typename T::mapped_type>(to, value);
  }
  to.close('}');
}

template <typename T>
void write_fields(Writer& to, const T& value) {
  bool is_first = true;
  to.open('{');
  for_each_field(value, [&](std::string_view name, const auto& member) {
    to.separate(is_first);
    to.plain_key(name);
    write_to(to, member);
  });
  to.close('}');
}

template <typename T>
void write_to(Writer& to, const T& value) {
  constexpr Form kOf = kForm<T>;
  if constexpr (kOf == Form::optional) {
    if (value) {
      write_to(to, *value);
    } else {
      to.null();
    }
  } else if constexpr (kOf == Form::array || kOf == Form::sequence) {
    write_items(to, value);
  } else if constexpr (kOf == Form::tuple) {
    write_tuple(to, value);
  } else if constexpr (kOf == Form::map) {
    write_map(to, value);
  } else if constexpr (kOf == Form::fields) {
    write_fields(to, value);
  } else {
    to.write(value);
  }
}

}  // namespace detail

/// The value as JSON text on one line.
template <Encodable T>
[[nodiscard]] std::string encode(const T& value) {
  std::string text;
  detail::Writer to(text);
  detail::write_to(to, value);
  return text;
}

}  // namespace narrows
