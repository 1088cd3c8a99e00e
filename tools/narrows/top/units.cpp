// SPDX-License-Identifier: MIT
#include "top/units.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <string_view>

#include "text.hpp"

namespace narrows::tools {
namespace {

constexpr std::string_view kNothing = "–";

struct Unit {
  double size;
  std::string_view name;
};

/// Three digits of a number below 1,000.
std::string three_digits(double value) {
  if (value < 9.995) return fixed(value, 2);
  return fixed(value, value < 99.95 ? 1 : 0);
}

/// With the largest unit of which there is one; `most` of the last at most.
template <std::size_t kUnits>
std::string with_unit(double value, const std::array<Unit, kUnits>& units, double most) {
  std::size_t i = 0;
  while (i + 1 < kUnits && value / units[i].size >= units[i + 1].size / units[i].size * 0.9995) ++i;
  const double many = std::min(value / units[i].size, most);
  const std::string number = many >= 999.5 ? grouped_whole(many) : three_digits(many);
  return joined({many < value / units[i].size ? ">" : "", number, units[i].name});
}

}  // namespace

std::string time_text(std::optional<double> us) {
  if (!us || !(*us >= 0)) return std::string(kNothing);
  if (*us < 0.9995) return fixed(*us * 1000, 0).append(" ns");
  constexpr std::array<Unit, 3> kUnits{{{1, " µs"}, {1e3, " ms"}, {1e6, " s"}}};
  if (*us < 999.5e6) return with_unit(*us, kUnits, 1e3);
  const double minutes = *us / 60e6;
  if (minutes < 999.5) return grouped_whole(minutes).append(" min");
  const double hours = minutes / 60;
  return hours < 9999.5 ? grouped_whole(hours).append(" h") : ">9,999 h";
}

std::string count_text(std::optional<double> count) {
  if (!count || !(*count >= 0)) return std::string(kNothing);
  if (*count < 9'999'999.5) return grouped_whole(*count);
  constexpr std::array<Unit, 3> kUnits{{{1e6, " M"}, {1e9, " G"}, {1e12, " T"}}};
  return with_unit(*count, kUnits, 999);
}

std::string rate_text(std::optional<double> per_second) {
  if (per_second && *per_second > 0 && *per_second < 9.95) return fixed(*per_second, 1);
  return count_text(per_second);
}

std::string percent_text(std::optional<double> share) {
  if (!share || !(*share >= 0)) return std::string(kNothing);
  if (*share > 0 && *share < 0.005) return "<1 %";
  return fixed(std::min(100 * *share, 999.0), 0).append(" %");
}

std::string age_text(double seconds) {
  if (!(seconds >= 0)) return "0 s";
  if (seconds < 9.95) return fixed(seconds, 1).append(" s");
  if (seconds < 60) return fixed(std::min(seconds, 59.0), 0).append(" s");
  constexpr double kDay = 86'400;
  const auto split = [&](double large, std::string_view name, double small,
                         std::string_view small_name) {
    const double many = std::floor(seconds / large);
    const double rest = std::floor((seconds - many * large) / small);
    std::string text = joined({grouped_whole(many), name});
    if (rest > 0) text += joined({" ", grouped_whole(rest), small_name});
    return text;
  };
  if (seconds < 3600) return split(60, " min", 1, " s");
  if (seconds < 2 * kDay) return split(3600, " h", 60, " min");
  return grouped_whole(std::floor(std::min(seconds / kDay, 999'999.0))).append(" days");
}

std::string elapsed_text(double seconds) {
  return seconds < 60 ? fixed(std::floor(std::max(seconds, 0.0)), 0).append(" s")
                      : age_text(seconds);
}

std::string bytes_text(double bytes) {
  constexpr std::array<Unit, 4> kUnits{{{1e3, " kB"}, {1e6, " MB"}, {1e9, " GB"}, {1e12, " TB"}}};
  return bytes < 1 ? std::string(kNothing) : with_unit(bytes, kUnits, 999);
}

}  // namespace narrows::tools
