// SPDX-License-Identifier: MIT
// The parse floor: what one thread reaches that only reads and parses, with a fast parser.
//
//   stdin ─read 64 KiB─▶ split at newlines ─▶ one simdjson on-demand pass a line [─▶ stdout]
//
// The pass finds src, dest, body.type and body.msg_id, and looks at every other member. Nothing is
// answered; with --copy the bytes that were read are written to stdout as they came.
// At the end it prints "messages N checksum N errors N" to stderr, so that a caller can check that
// every line was read: the checksum adds up each msg_id, the lengths of src, dest and type, and the
// lengths of the other members' values as they stand in the line.
#include <simdjson.h>

#include <cstdint>
#include <cstdio>
#include <string_view>

#include "lines.hpp"

namespace {

namespace ondemand = simdjson::ondemand;

struct Totals {
  std::uint64_t messages = 0;
  std::uint64_t checksum = 0;
  std::uint64_t errors = 0;
};

/// The text of any value, consumed.
std::string_view raw_text(ondemand::value value) {
  switch (value.type()) {
    case ondemand::json_type::object: return ondemand::object(value.get_object()).raw_json();
    case ondemand::json_type::array: return ondemand::array(value.get_array()).raw_json();
    default: return value.raw_json_token();
  }
}

std::uint64_t look_at_body(ondemand::object body) {
  std::uint64_t sum = 0;
  for (auto field : body) {
    const ondemand::raw_json_string key = field.key();
    if (key == "type") {
      sum += std::string_view(field.value().get_string()).size();
    } else if (key == "msg_id") {
      sum += std::uint64_t(field.value().get_uint64());
    } else {
      sum += raw_text(field.value()).size();
    }
  }
  return sum;
}

std::uint64_t look_at_message(ondemand::object message) {
  std::uint64_t sum = 0;
  for (auto field : message) {
    const ondemand::raw_json_string key = field.key();
    if (key == "body") {
      sum += look_at_body(field.value().get_object());
    } else if (key == "src" || key == "dest") {
      sum += std::string_view(field.value().get_string()).size();
    } else {
      sum += raw_text(field.value()).size();
    }
  }
  return sum;
}

void parse(ondemand::parser& parser, std::string_view line, Totals& totals) {
  ++totals.messages;
  try {
    auto document = parser.iterate(line, line.size() + simdjson::SIMDJSON_PADDING);
    totals.checksum += look_at_message(document.get_object());
  } catch (const simdjson::simdjson_error&) {
    ++totals.errors;
  }
}

}  // namespace

int main(int argc, char** argv) {
  const bool copy = argc == 2 && std::string_view(argv[1]) == "--copy";
  if (argc > 1 && !copy) {
    std::fprintf(stderr, "parse_floor: the only option is --copy\n");
    return 2;
  }
  Totals totals;
  ondemand::parser parser;
  LineReader reader(simdjson::SIMDJSON_PADDING);
  while (reader.read()) {
    if (copy && !write_all(1, reader.fresh())) return 1;
    while (auto line = reader.next()) parse(parser, *line, totals);
  }
  std::fprintf(stderr, "messages %ju checksum %ju errors %ju\n", std::uintmax_t{totals.messages},
               std::uintmax_t{totals.checksum}, std::uintmax_t{totals.errors});
  return totals.errors == 0 ? 0 : 1;
}
