// SPDX-License-Identifier: MIT
// A property as a test case, and random JSON.
//
// The environment variable RC_PARAMS ("reproduce=…", "seed=… max_success=1000") repeats a failure,
// or tries harder. Without it each property is tried as often as NARROWS_TRIALS says.
#pragma once

#include <rapidcheck.h>

#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "unit/doctest.hpp"

namespace narrows::test {

/// Checks the property for many values; says the counterexample when it does not hold.
template <typename Testable>
void holds(const std::string& what, Testable&& property) {
  const char* trials = std::getenv("NARROWS_TRIALS");
  constexpr int kNotIfSet = 0;
  if (trials != nullptr) {  // read at the first check
    setenv("RC_PARAMS", ("max_success=" + std::string(trials)).c_str(), kNotIfSet);
  }
  CHECK_MESSAGE(rc::check(what, std::forward<Testable>(property)), what);
}

/// One character of JSON's text, as UTF-8: mostly ASCII, now and then anything.
rc::Gen<std::string> character();
/// Well-formed UTF-8 text.
rc::Gen<std::string> text();
/// A JSON string as somebody may write it: escapes where they must be, and where they need not.
rc::Gen<std::string> json_string();
rc::Gen<std::string> json_number();
rc::Gen<std::string> space();
/// Any JSON value on one line, nested up to `depth` levels, with spaces where they may stand.
rc::Gen<std::string> json_value(int depth = 3);
/// The text with a few bytes changed, removed, put in or repeated.
rc::Gen<std::string> mutated(std::string original);

std::string joined(const std::vector<std::string>& parts, std::string_view between = "");

}  // namespace narrows::test
