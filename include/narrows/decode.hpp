// SPDX-License-Identifier: MIT
// JSON into values of C++: scalars, std::string, containers, and structs whose fields are said
// (narrows/fields.hpp).
//
//   bool, integers, floating point   the same in JSON; an integer has no fraction and fits its type
//   std::string                      a string, its escapes undone
//   std::optional<T>                 nothing for null, and where a member is missing
//   std::vector, list, set, ...      an array
//   std::array, pair, tuple          an array of just that length
//   std::map, unordered_map          an object; keys are strings, or integers written as strings
//   a struct with NARROWS_FIELDS     an object; unknown members are ignored
//   Raw                              any value, as it came; it refers to the text
//
// Order: of members with the same name the last counts.
// Bound: 512 levels of nesting, which only types that contain themselves can come to.
// Errors: Error (malformed_request), which names the place: "`txn[2].key` is missing".
// Cost: one pass over the text, and what the values themselves allocate.
#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <tuple>
#include <utility>

#include "narrows/detail/form.hpp"
#include "narrows/detail/reader.hpp"
#include "narrows/raw.hpp"

namespace narrows {

/// A type that decode() makes. No std::string_view: a string's text exists only decoded.
template <typename T>
concept Decodable = detail::can_go<T, detail::Way::decode>();

namespace detail {

/// Reads the next value over whatever `value` was; that is of no use if it returns false.
template <typename T>
[[nodiscard]] bool read_into(Reader& reader, T& value);

template <typename T>
[[nodiscard]] bool read_sequence(Reader& reader, T& items) {
  using Item = typename T::value_type;
  items.clear();
  if (!reader.enter_array()) return false;
  for (std::size_t index = 0; reader.next_item(); ++index) {
    if constexpr (requires {
                    { items.emplace_back() } -> std::same_as<Item&>;
                  }) {
      if (!read_into(reader, items.emplace_back())) return reader.failed_at(index);
    } else {
      Item item{};
      if (!read_into(reader, item)) return reader.failed_at(index);
      items.insert(items.end(), std::move(item));
    }
  }
  return true;
}

template <typename T>
[[nodiscard]] bool read_array(Reader& reader, T& items) {
  if (!reader.enter_array_of(items.size())) return false;
  for (std::size_t index = 0; index < items.size(); ++index) {
    if (!reader.next_item()) return reader.fail_length(items.size());
    if (!read_into(reader, items[index])) return reader.failed_at(index);
  }
  return !reader.next_item() || reader.fail_length(items.size());
}

template <typename T>
[[nodiscard]] bool read_tuple(Reader& reader, T& items) {
  constexpr std::size_t kSize = std::tuple_size_v<T>;
  if (!reader.enter_array_of(kSize)) return false;
  const auto read_item = [&](std::size_t index, auto& item) {
    if (!reader.next_item()) return reader.fail_length(kSize);
    return read_into(reader, item) || reader.failed_at(index);
  };
  const bool is_read = [&]<std::size_t... kIndex>(std::index_sequence<kIndex...> /*all*/) {
    return (read_item(kIndex, std::get<kIndex>(items)) && ...);
  }
  (std::make_index_sequence<kSize>{});
  if (!is_read) return false;
  return !reader.next_item() || reader.fail_length(kSize);
}

template <typename T>
[[nodiscard]] bool read_map(Reader& reader, T& map) {
  map.clear();
  if (!reader.enter_object()) return false;
  EntryReader entries(reader);
  while (entries.next()) {
    typename T::key_type key{};
    if (!reader.read_key(entries.raw_key(), key)) return false;
    typename T::mapped_type value{};
    const bool is_read = read_into(reader, value);
    if (is_read) map.insert_or_assign(std::move(key), std::move(value));
    entries.done(is_read);
  }
  return entries.finish();
}

template <typename T, std::size_t... kIndex>
[[nodiscard]] bool read_fields(Reader& reader, T& value, std::index_sequence<kIndex...> /*all*/) {
  static constexpr std::array<std::string_view, sizeof...(kIndex)> kNames{
      std::get<kIndex>(kFields<T>).name...};
  constexpr std::uint32_t kOptional =
      (0U | ... | (kForm<FieldTypeOf<T, kIndex>> == Form::optional ? 1U << kIndex : 0U));
  if (!reader.enter_object()) return false;
  FieldReader fields(reader, kNames);
  while (fields.next()) {
    bool was_read = false;
    [[maybe_unused]] const auto read_field = [&](std::size_t index, auto& member) {
      if (fields.index() != index) return false;
      was_read = read_into(reader, member);
      return true;
    };
    static_cast<void>((read_field(kIndex, value.*std::get<kIndex>(kFields<T>).member) || ...));
    fields.done(was_read);
  }
  if (!fields.finish(kOptional)) return false;
  [[maybe_unused]] const auto reset_missing = [&](std::size_t index, auto& member) {
    if constexpr (requires { member.reset(); }) {
      if (!fields.has(index)) member.reset();
    }
  };
  (reset_missing(kIndex, value.*std::get<kIndex>(kFields<T>).member), ...);
  return true;
}

template <typename T>
[[nodiscard]] bool read_into(Reader& reader, T& value) {
  constexpr Form kOf = kForm<T>;
  if constexpr (kOf == Form::optional) {
    value.reset();
    return reader.read_null() || read_into(reader, value.emplace());
  } else if constexpr (kOf == Form::array) {
    return read_array(reader, value);
  } else if constexpr (kOf == Form::tuple) {
    return read_tuple(reader, value);
  } else if constexpr (kOf == Form::sequence) {
    return read_sequence(reader, value);
  } else if constexpr (kOf == Form::map) {
    return read_map(reader, value);
  } else if constexpr (kOf == Form::fields) {
    return read_fields(reader, value, std::make_index_sequence<kFieldCount<T>>{});
  } else if constexpr (std::same_as<T, long double>) {
    double number = 0;
    if (!reader.read(number)) return false;
    value = number;
    return true;
  } else {
    return reader.read(value);
  }
}

/// Throws Error (malformed_request). `name`: what it calls the whole value; empty: "the value".
template <typename T>
void decode_into(const Raw& raw, std::string_view name, T& value) {
  Reader reader(raw);
  if (!read_into(reader, value)) reader.refuse(name);
}
template <typename T>
[[nodiscard]] T decode_named(const Raw& raw, std::string_view name) {
  T value{};
  decode_into(raw, name, value);
  return value;
}

}  // namespace detail

/// The value of this type that the JSON stands for. Throws Error (malformed_request).
template <Decodable T>
[[nodiscard]] T decode(const Raw& raw) {
  return detail::decode_named<T>(raw, {});
}

}  // namespace narrows
