// SPDX-License-Identifier: MIT
// Small histories for the checks' tests, made by hand: times in milliseconds.
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <utility>

#include "narrows/testing/check.hpp"
#include "unit/doctest.hpp"

namespace narrows::testing {

class Made {
 public:
  /// Whom the next operations ask; "n1" at first.
  Made& on(std::string node) {
    node_ = std::move(node);
    return *this;
  }
  Made& ok(std::int64_t process, std::string function, std::string argument, std::string result,
           int from, int to) {
    return add({process, node_, std::move(function), std::move(argument), std::move(result),
                Outcome::ok, -1, ms(from), ms(to), false});
  }
  Made& last(std::int64_t process, std::string function, std::string argument, std::string result,
             int from, int to) {
    return add({process, node_, std::move(function), std::move(argument), std::move(result),
                Outcome::ok, -1, ms(from), ms(to), true});
  }
  Made& failed(std::int64_t process, std::string function, std::string argument, int error,
               int from, int to) {
    return add({process, node_, std::move(function), std::move(argument), "{}", Outcome::failed,
                error, ms(from), ms(to), false});
  }
  Made& unknown(std::int64_t process, std::string function, std::string argument, int from,
                int to) {
    return add({process, node_, std::move(function), std::move(argument), "{}", Outcome::unknown,
                -1, ms(from), ms(to), false});
  }
  Made& add(Operation operation) {
    history_.add(std::move(operation));
    return *this;
  }
  operator const History&() const { return history_; }  // NOLINT: as a history it is meant

 private:
  static std::chrono::nanoseconds ms(int time) { return std::chrono::milliseconds(time); }

  std::string node_ = "n1";
  History history_;
};

inline bool is_told(const CheckResult& result, std::string_view words) {
  for (const std::string& fault : result.faults) {
    if (fault.find(words) != std::string::npos) return true;
  }
  return false;
}

inline std::string all_faults(const CheckResult& result) {
  std::string all;
  for (const std::string& fault : result.faults) all += fault + "\n";
  return all;
}

inline double figure(const CheckResult& result, std::string_view name) {
  for (const Figure& figure : result.figures) {
    if (figure.name == name) return figure.value;
  }
  return -1;
}

}  // namespace narrows::testing

/// Valid, or else the test says why not.
#define CHECK_VALID(result) CHECK(all_faults(result) == "")
/// Not valid, and a fault has these words.
#define CHECK_FAULT(result, words)          \
  do {                                      \
    const auto checked_result = (result);   \
    INFO(all_faults(checked_result));       \
    CHECK(is_told(checked_result, words));  \
    CHECK_FALSE(checked_result.is_valid()); \
  } while (false)
