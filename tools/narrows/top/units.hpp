// SPDX-License-Identifier: MIT
// Numbers for a narrow column: three digits and a unit, whatever their size.
//
// A dash stands for what is missing, and for what no node can mean, such as a negative time.
#pragma once

#include <optional>
#include <string>

namespace narrows::tools {

/// "26 ns", "6.95 µs", "143 µs", "1.99 ms", "12.3 s", "17 min": 8 columns at most.
[[nodiscard]] std::string time_text(std::optional<double> us);

/// "0.5", "48,213", "12.3 M": 9 columns at most.
[[nodiscard]] std::string rate_text(std::optional<double> per_second);

/// "48,213", "12.3 M": a whole number.
[[nodiscard]] std::string count_text(std::optional<double> count);

/// "44 %", 5 columns at most; of a share that is not nothing "<1 %" at least.
[[nodiscard]] std::string percent_text(std::optional<double> share);

/// "4.2 s", "1 min 12 s", "3 h 5 min", "2 days": an age.
[[nodiscard]] std::string age_text(double seconds);

/// "4 s", "1 min 12 s": how long something runs.
[[nodiscard]] std::string elapsed_text(double seconds);

/// "27.3 MB".
[[nodiscard]] std::string bytes_text(double bytes);

}  // namespace narrows::tools
