// SPDX-License-Identifier: MIT
// Two other readers of JSON say whether a text is valid: nlohmann::json, and simdjson where it is.
#include <nlohmann/json.hpp>
#if defined(NARROWS_HAS_SIMDJSON)
#include <simdjson.h>
#endif

#include "json/decode.hpp"
#include "property/property.hpp"
#include "unit/decoded.hpp"

namespace narrows::json {
namespace {

using test::holds;

bool is_value(const std::string& text) {
  const std::string padded = text + std::string(1 + Decoder::kSlackBytes, '9');
  std::string terminated = padded;
  terminated[text.size()] = '\0';
  return Decoder(512).is_value(terminated.data(), text.size());
}

/// nlohmann::json takes a NUL for the end and skips a byte-order mark; nothing else differs.
bool nlohmann_takes(const std::string& text) {
  return text.find('\0') == std::string::npos && !text.starts_with("\xEF\xBB\xBF") &&
         nlohmann::json::accept(text);
}

/// Has a number that the oracles refuse, as they compute it: such a text is no case for them.
bool is_beyond_doubles(const std::string& text) {
  struct : nlohmann::json_sax<nlohmann::json> {
    bool null() override { return true; }
    bool boolean(bool) override { return true; }
    bool number_integer(std::int64_t) override { return true; }
    bool number_unsigned(std::uint64_t) override { return true; }
    bool number_float(double, const std::string&) override { return true; }
    bool string(std::string&) override { return true; }
    bool binary(nlohmann::json::binary_t&) override { return true; }
    bool start_object(std::size_t) override { return true; }
    bool key(std::string&) override { return true; }
    bool end_object() override { return true; }
    bool start_array(std::size_t) override { return true; }
    bool end_array() override { return true; }
    bool parse_error(std::size_t, const std::string&,
                     const nlohmann::json::exception& error) override {
      constexpr int kOutOfRange = 406;
      beyond = error.id == kOutOfRange;
      return false;
    }
    bool beyond = false;
  } sax;
  nlohmann::json::sax_parse(text, &sax);
  return sax.beyond;
}

#if defined(NARROWS_HAS_SIMDJSON)
bool simdjson_takes(const std::string& text) {
  static simdjson::dom::parser parser;
  return parser.parse(simdjson::padded_string(text)).error() == simdjson::SUCCESS;
}

/// simdjson's tree wants whole numbers to fit 64 bits.
bool has_long_number(const std::string& text) {
  constexpr int kSurelyFits = 18;
  int digits = 0;
  for (const char c : text) {
    digits = c >= '0' && c <= '9' ? digits + 1 : 0;
    if (digits > kSurelyFits) return true;
  }
  return false;
}
#endif

TEST_CASE("oracle: any generated value is valid to all") {
  holds("generated", [] {
    const std::string text = *test::json_value();
    RC_ASSERT(is_value(text));
    RC_ASSERT(nlohmann_takes(text));
  });
}

TEST_CASE("oracle: a changed value is judged as nlohmann::json judges it") {
  holds("mutated", [] {
    const std::string text = *test::mutated(*test::json_value());
    RC_PRE(!is_beyond_doubles(text));
    const bool expected = nlohmann_takes(text);
    RC_TAG(expected);
    RC_ASSERT(is_value(text) == expected);
  });
}

TEST_CASE("oracle: of a changed line what is taken is JSON, and what is no JSON is malformed") {
  holds("line", [] {
    const std::string line = *test::mutated(test::request_with("\"echo\":" + *test::json_value()));
    RC_PRE(!is_beyond_doubles(line));
    const bool is_json = nlohmann_takes(line);
    const test::Decoded decoded(line);
    if (decoded.is_usable()) RC_ASSERT(is_json);
    if (!is_json) RC_ASSERT(!decoded.is_usable());
    if (decoded.kind() == LineKind::request) {
      const auto tree = nlohmann::json::parse(line);
      RC_ASSERT(tree["body"].is_object());
      RC_ASSERT(nlohmann::json::parse("\"" + std::string(decoded.src()) + "\"") == tree["src"]);
      RC_ASSERT(nlohmann::json::parse("\"" + std::string(decoded.type()) + "\"") ==
                tree["body"]["type"]);
      RC_ASSERT(nlohmann::json::parse(decoded.body()) == tree["body"]);
      if (tree["body"].contains("echo")) {
        RC_ASSERT(nlohmann::json::parse(decoded.find("echo")) == tree["body"]["echo"]);
      }
    }
  });
}

#if defined(NARROWS_HAS_SIMDJSON)
TEST_CASE("oracle: what is taken is valid to simdjson") {
  holds("simdjson", [] {
    const std::string text = *test::mutated("[" + *test::json_value() + "]");
    RC_PRE(!is_beyond_doubles(text));
    RC_PRE(!has_long_number(text));
    // Older versions let lone surrogates pass: one way only.
    if (is_value(text)) RC_ASSERT(simdjson_takes(text));
  });
}
#endif

}  // namespace
}  // namespace narrows::json
