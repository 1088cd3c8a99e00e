// SPDX-License-Identifier: MIT
#include "json/scalar.hpp"

#include <charconv>
#include <cmath>
#include <cstdlib>
#include <utility>

#include "json/string.hpp"
#include "json/walk.hpp"

namespace narrows::json {
namespace {

template <typename Number>
std::optional<Number> parse(std::string_view json) {
  Number value{};
  const char* const end = json.data() + json.size();
  const auto [at, error] = std::from_chars(json.data(), end, value);
  if (error != std::errc() || at != end) return std::nullopt;
  return value;
}

template <typename Real>
std::optional<Real> real(std::string_view json, Real (*parse_any)(const char*, char**)) {
  // from_chars also takes "inf" and "nan"; JSON's literals begin with other letters than digits.
  if (json.empty() || (json.front() != '-' && (json.front() < '0' || json.front() > '9'))) {
    return std::nullopt;
  }
  if (const auto value = parse<Real>(json)) return value;
  // from_chars refuses what is too small as well as what is too large.
  const std::string text(json);
  char* end = nullptr;
  const Real value = parse_any(text.c_str(), &end);
  if (end != text.c_str() + text.size() || !std::isfinite(value)) return std::nullopt;
  return value;
}

}  // namespace

std::optional<std::string> as_string(std::string_view json) {
  if (json.size() < 2 || json.front() != '"') return std::nullopt;
  return unescape(json.substr(1, json.size() - 2));
}

/// RapidJSON would convert the numbers of such an array, which it cannot do safely
/// (CVE-2024-38517).
std::optional<std::vector<std::string>> as_strings(std::string_view json) {
  Walk walk(json);
  if (walk.first() != '[') return std::nullopt;
  walk.enter();
  std::vector<std::string> strings;
  while (walk.next()) {
    std::optional<std::string> string = as_string(walk.value());
    if (!string) return std::nullopt;
    strings.push_back(*std::move(string));
  }
  return strings;
}

std::optional<std::int64_t> as_integer(std::string_view json) { return parse<std::int64_t>(json); }
std::optional<std::uint64_t> as_natural(std::string_view json) {
  return parse<std::uint64_t>(json);
}

std::optional<double> as_number(std::string_view json) { return real<double>(json, std::strtod); }
std::optional<float> as_float(std::string_view json) { return real<float>(json, std::strtof); }

std::optional<bool> as_boolean(std::string_view json) {
  if (json == "true") return true;
  if (json == "false") return false;
  return std::nullopt;
}

}  // namespace narrows::json
