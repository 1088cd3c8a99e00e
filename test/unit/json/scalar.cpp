// SPDX-License-Identifier: MIT
#include "json/scalar.hpp"

#include "unit/doctest.hpp"

namespace narrows::json {
namespace {

TEST_CASE("scalar: a string is decoded, anything else is none") {
  CHECK(as_string(R"("")") == "");
  CHECK(as_string(R"("a\n\u00e4")") == "a\n\u00e4");
  CHECK(as_string(R"("\u0000")") == std::string(1, '\0'));
  for (const std::string_view other : {"1", "null", "true", "[]", "{}", "[\"a\"]"}) {
    CHECK_FALSE(as_string(other));
  }
}

TEST_CASE("scalar: an array of strings is decoded, anything else is none") {
  using Strings = std::vector<std::string>;
  CHECK(as_strings("[]") == Strings{});
  CHECK(as_strings(R"(["n1"])") == Strings{"n1"});
  CHECK(as_strings(R"([ "n1" , "\u006e2", "" ])") == Strings{"n1", "n2", ""});
  for (const std::string_view other :
       {"\"n1\"", "1", "null", "{}", "{\"a\":\"b\"}", "[1]", "[\"n1\",2]", "[null]", "[[\"n1\"]]",
        "[\"n1\",[]]", "[{}]", "[true]",
        // What RapidJSON's own conversion overflows at.
        "[1.00000000000e-2147483639]", "[128.74836467836484838364836483643636483648e-336]"}) {
    CHECK_MESSAGE(!as_strings(other), other);
  }
}

TEST_CASE("scalar: an integer is one of 64 bits, without fraction or exponent") {
  CHECK(as_integer("0") == 0);
  CHECK(as_integer("-0") == 0);
  CHECK(as_integer("-12") == -12);
  CHECK(as_integer("9223372036854775807") == INT64_MAX);
  CHECK(as_integer("-9223372036854775808") == INT64_MIN);
  for (const std::string_view other : {"9223372036854775808", "-9223372036854775809", "1.0", "1e2",
                                       "\"1\"", "null", "true", "[1]", "{}"}) {
    CHECK_MESSAGE(!as_integer(other), other);
  }
}

TEST_CASE("scalar: a natural number is one of 64 bits, without fraction or exponent") {
  CHECK(as_natural("0") == 0U);
  CHECK(as_natural("18446744073709551615") == UINT64_MAX);
  for (const std::string_view other :
       {"18446744073709551616", "-1", "1.0", "1e2", "\"1\"", "null", "true", "[1]", "{}"}) {
    CHECK_MESSAGE(!as_natural(other), other);
  }
}

TEST_CASE("scalar: a float is the nearest one, not the nearest to the nearest double") {
  CHECK(as_float("0.1") == 0.1F);
  CHECK(as_float("1e-60") == 0.0F);
  // Just above half-way between two floats; as a double it is half-way, which rounds down.
  CHECK(as_float("1.00000005960464477540") == 0x1.000002p0F);
  CHECK(static_cast<float>(*as_number("1.00000005960464477540")) == 1.0F);
  for (const std::string_view other : {"1e39", "\"1\"", "null", "true", "[1]", "{}", "inf"}) {
    CHECK_MESSAGE(!as_float(other), other);
  }
}

TEST_CASE("scalar: a number is a double's value") {
  CHECK(as_number("0") == 0.0);
  CHECK(as_number("-1.5e3") == -1500.0);
  CHECK(as_number("0.1") == 0.1);
  CHECK(as_number("1E+2") == 100.0);
  CHECK(as_number("123456789012345678901234567890") == 123456789012345678901234567890.0);
  CHECK(as_number("1.7976931348623157e308") == 1.7976931348623157e308);
  CHECK(as_number("5e-324") == 5e-324);
  for (const std::string_view other : {"\"1\"", "null", "true", "[1]", "{}", "inf", "nan"}) {
    CHECK_MESSAGE(!as_number(other), other);
  }
}

TEST_CASE("scalar: a number too small for a double is zero, as every reader of JSON has it") {
  CHECK(as_number("1e-400") == 0.0);
  CHECK(as_number("-1e-400") == 0.0);
}

TEST_CASE("scalar: a boolean is true or false") {
  CHECK(as_boolean("true") == true);
  CHECK(as_boolean("false") == false);
  for (const std::string_view other : {"1", "\"true\"", "null", "[true]", "{}"}) {
    CHECK_MESSAGE(!as_boolean(other), other);
  }
}

}  // namespace
}  // namespace narrows::json
