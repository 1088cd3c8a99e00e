// SPDX-License-Identifier: MIT
// A JSON value's text as a value of C++, where it is one.
//
// Precondition: the text is valid JSON (a Member's value).
// Cost: strings allocate.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace narrows::json {

[[nodiscard]] std::optional<std::string> as_string(std::string_view json);
/// An array of strings.
[[nodiscard]] std::optional<std::vector<std::string>> as_strings(std::string_view json);
/// Within the type's range, without fraction or exponent.
[[nodiscard]] std::optional<std::int64_t> as_integer(std::string_view json);
/// The same of the unsigned type.
[[nodiscard]] std::optional<std::uint64_t> as_natural(std::string_view json);
[[nodiscard]] std::optional<double> as_number(std::string_view json);
/// The nearest of the narrower type.
[[nodiscard]] std::optional<float> as_float(std::string_view json);
[[nodiscard]] std::optional<bool> as_boolean(std::string_view json);

}  // namespace narrows::json
