// SPDX-License-Identifier: MIT
// Says which members of a struct are members of a JSON object. At namespace scope, after the
// struct:
//
//   struct Add {
//     std::int64_t delta;
//     std::optional<std::string> key;
//   };
//   NARROWS_FIELDS(Add, delta, key)
//
// Where a JSON name differs from the member's, the function that the macro stands for:
//
//   constexpr auto narrows_fields(std::type_identity<Add>) {
//     return narrows::fields(narrows::field("delta", &Add::delta), narrows::field("name",
//     &Add::key));
//   }
//
// Bound: 32 members a struct.
#pragma once

#include <cstddef>
#include <string_view>
#include <tuple>
#include <type_traits>

namespace narrows {

/// A member of a struct, and its name in JSON.
template <typename Struct, typename Type>
struct Field {
  std::string_view name;
  Type Struct::*member;
};

/// A literal name that JSON would have to escape does not compile.
template <typename Struct, typename Type>
[[nodiscard]] consteval Field<Struct, Type> field(const char* name, Type Struct::*member) {
  static_assert(!std::is_function_v<Type>, "a field is a data member");
  for (const char byte : std::string_view(name)) {
    if (byte == '"' || byte == '\\' || static_cast<unsigned char>(byte) < 0x20) {
      throw "a field's name has no quotes, backslashes or control characters";
    }
  }
  return {name, member};
}

/// All fields of a struct. Two of the same name do not compile.
template <typename... Fields>
[[nodiscard]] consteval std::tuple<Fields...> fields(Fields... all) {
  static_assert(sizeof...(Fields) <= 32, "a struct has up to 32 fields");
  const std::string_view names[] = {std::string_view(), all.name...};
  for (std::size_t i = 1; i <= sizeof...(Fields); ++i) {
    for (std::size_t k = 1; k < i; ++k) {
      if (names[i] == names[k]) throw "two fields of a struct have the same name";
    }
  }
  return {all...};
}

namespace detail {

/// A struct whose fields are said.
template <typename T>
concept HasFields = std::is_class_v<T> && requires {
  narrows_fields(std::type_identity<T>{});
};

template <HasFields T>
inline constexpr auto kFields = narrows_fields(std::type_identity<T>{});

template <HasFields T>
inline constexpr std::size_t kFieldCount =
    std::tuple_size_v<decltype(narrows_fields(std::type_identity<T>{}))>;

template <typename F>
struct FieldType;
template <typename Struct, typename Type>
struct FieldType<Field<Struct, Type>> {
  using type = Type;
};

/// What the field of this index is.
template <HasFields T, std::size_t kIndex>
using FieldTypeOf = typename FieldType<
    std::tuple_element_t<kIndex, decltype(narrows_fields(std::type_identity<T>{}))>>::type;

/// No field has a name that has a meaning in every body.
template <HasFields T>
[[nodiscard]] consteval bool leaves_names_free() {
  return std::apply(
      [](const auto&... field) {
        return ((field.name != "type" && field.name != "msg_id" && field.name != "in_reply_to") &&
                ...);
      },
      kFields<T>);
}

}  // namespace detail
}  // namespace narrows

/// The members of a struct that are read and written, by their own names.
#define NARROWS_FIELDS(Type, ...)                                                             \
  [[maybe_unused]] constexpr auto narrows_fields(::std::type_identity<Type>) {                \
    return ::narrows::fields(__VA_OPT__(NARROWS_EXPAND_(NARROWS_FIELD_(Type, __VA_ARGS__)))); \
  }

// One field after the other: each scan of the preprocessor expands one more.
#define NARROWS_FIELD_(Type, member, ...)  \
  ::narrows::field(#member, &Type::member) \
      __VA_OPT__(, NARROWS_NEXT_FIELD_ NARROWS_PARENTHESES_(Type, __VA_ARGS__))
#define NARROWS_NEXT_FIELD_() NARROWS_FIELD_
#define NARROWS_PARENTHESES_ ()
#define NARROWS_EXPAND_(...) NARROWS_EXPAND_16_(NARROWS_EXPAND_16_(NARROWS_EXPAND_16_(__VA_ARGS__)))
#define NARROWS_EXPAND_16_(...) \
  NARROWS_EXPAND_4_(NARROWS_EXPAND_4_(NARROWS_EXPAND_4_(NARROWS_EXPAND_4_(__VA_ARGS__))))
#define NARROWS_EXPAND_4_(...) \
  NARROWS_EXPAND_1_(NARROWS_EXPAND_1_(NARROWS_EXPAND_1_(NARROWS_EXPAND_1_(__VA_ARGS__))))
#define NARROWS_EXPAND_1_(...) __VA_ARGS__
