// SPDX-License-Identifier: MIT
// The one place that knows where doctest's header lies, and how it shows what it compares.
#pragma once

#if __has_include(<doctest/doctest.h>)
#include <doctest/doctest.h>
#else
#include <doctest.h>
#endif

#include <optional>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

namespace narrows::test {

template <typename Value>
void show(std::ostream& out, const Value& value) {
  if constexpr (requires { out << value; }) {
    out << value;
  } else if constexpr (requires { static_cast<double>(value); }) {
    out << static_cast<double>(value);  // a 128-bit sum
  } else {
    out << "(no text)";
  }
}

}  // namespace narrows::test

namespace doctest {

template <typename Value>
struct StringMaker<std::vector<Value>> {
  static String convert(const std::vector<Value>& values) {
    std::ostringstream out;
    for (const Value& value : values) {
      out << (&value == values.data() ? "" : ", ");
      narrows::test::show(out, value);
    }
    return out.str().c_str();
  }
};

template <typename Value>
struct StringMaker<std::optional<Value>> {
  static String convert(const std::optional<Value>& value) {
    std::ostringstream out;
    if (value) narrows::test::show(out, *value);
    return value ? out.str().c_str() : "(none)";
  }
};

__extension__ using WideSum = unsigned __int128;
template <>
struct StringMaker<WideSum> {
  static String convert(WideSum value) {
    std::ostringstream out;
    narrows::test::show(out, value);
    return out.str().c_str();
  }
};

}  // namespace doctest
