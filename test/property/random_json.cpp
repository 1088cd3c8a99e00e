// SPDX-License-Identifier: MIT
// Random JSON: compiled once for all properties, as rapidcheck's generators are long to compile.
#include <cstddef>
#include <cstdint>
#include <tuple>
#include <utility>

#include "property/property.hpp"

namespace narrows::test {

rc::Gen<std::string> character() {
  return rc::gen::map(rc::gen::weightedOneOf<std::uint32_t>({
                          {8, rc::gen::inRange<std::uint32_t>(0x20, 0x7F)},
                          {1, rc::gen::inRange<std::uint32_t>(0x00, 0x20)},
                          {1, rc::gen::inRange<std::uint32_t>(0x7F, 0x800)},
                          {1, rc::gen::inRange<std::uint32_t>(0x800, 0xD800)},
                          {1, rc::gen::inRange<std::uint32_t>(0xE000, 0x10000)},
                          {1, rc::gen::inRange<std::uint32_t>(0x10000, 0x110000)},
                      }),
                      [](std::uint32_t code) {
                        std::string bytes;
                        const auto tail = [&](unsigned shift) {
                          bytes.push_back(static_cast<char>(0x80 | (code >> shift & 0x3F)));
                        };
                        if (code < 0x80) {
                          bytes.push_back(static_cast<char>(code));
                        } else if (code < 0x800) {
                          bytes.push_back(static_cast<char>(0xC0 | code >> 6));
                          tail(0);
                        } else if (code < 0x10000) {
                          bytes.push_back(static_cast<char>(0xE0 | code >> 12));
                          tail(6);
                          tail(0);
                        } else {
                          bytes.push_back(static_cast<char>(0xF0 | code >> 18));
                          tail(12);
                          tail(6);
                          tail(0);
                        }
                        return bytes;
                      });
}

std::string joined(const std::vector<std::string>& parts, std::string_view between) {
  std::string text;
  for (const std::string& part : parts) {
    if (&part != parts.data()) text.append(between);
    text.append(part);
  }
  return text;
}

rc::Gen<std::string> text() {
  return rc::gen::map(rc::gen::container<std::vector<std::string>>(character()),
                      [](const std::vector<std::string>& parts) { return joined(parts); });
}

rc::Gen<std::string> json_string() {
  const auto piece = rc::gen::oneOf(
      rc::gen::suchThat(character(),
                        [](const std::string& c) {
                          return static_cast<unsigned char>(c[0]) >= 0x20 && c != "\"" && c != "\\";
                        }),
      rc::gen::element<std::string>("\\\"", "\\\\", "\\/", "\\b", "\\f", "\\n", "\\r", "\\t",
                                    "\\u0041", "\\u00e4", "\\uFFFF", "\\u0000", "\\ud83d\\ude00"));
  return rc::gen::map(
      rc::gen::container<std::vector<std::string>>(piece),
      [](const std::vector<std::string>& parts) { return "\"" + joined(parts) + "\""; });
}

rc::Gen<std::string> json_number() {
  return rc::gen::map(
      rc::gen::tuple(
          rc::gen::element<std::string>("", "-"),
          rc::gen::oneOf(
              rc::gen::map(rc::gen::arbitrary<std::uint64_t>(),
                           [](std::uint64_t n) { return std::to_string(n); }),
              rc::gen::map(rc::gen::inRange(0, 100), [](int n) { return std::to_string(n); })),
          rc::gen::element<std::string>("", "", ".0", ".10", ".5", ".123456789012345678"),
          rc::gen::element<std::string>("", "", "e0", "E5", "e+20", "e-7", "E-99")),
      [](const std::tuple<std::string, std::string, std::string, std::string>& parts) {
        return std::get<0>(parts) + std::get<1>(parts) + std::get<2>(parts) + std::get<3>(parts);
      });
}

rc::Gen<std::string> space() {
  return rc::gen::weightedElement<std::string>({{8, ""}, {1, " "}, {1, "\t "}, {1, "\r"}});
}

rc::Gen<std::string> json_value(int depth) {
  auto scalar = rc::gen::oneOf(json_string(), json_number(),
                               rc::gen::element<std::string>("true", "false", "null"));
  if (depth == 0) return scalar;
  const auto spaced =
      rc::gen::map(rc::gen::tuple(space(), json_value(depth - 1), space()),
                   [](const std::tuple<std::string, std::string, std::string>& parts) {
                     return std::get<0>(parts) + std::get<1>(parts) + std::get<2>(parts);
                   });
  const auto member = rc::gen::map(rc::gen::tuple(json_string(), space(), spaced),
                                   [](const std::tuple<std::string, std::string, std::string>& m) {
                                     return std::get<0>(m) + std::get<1>(m) + ":" + std::get<2>(m);
                                   });
  const auto few = [](const rc::Gen<std::string>& part) {
    return rc::gen::resize(6, rc::gen::container<std::vector<std::string>>(part));
  };
  const auto array = rc::gen::map(few(spaced), [](const std::vector<std::string>& parts) {
    return "[" + joined(parts, ",") + "]";
  });
  const auto object = rc::gen::map(few(member), [](const std::vector<std::string>& parts) {
    return "{" + joined(parts, ",") + "}";
  });
  return rc::gen::weightedOneOf<std::string>({{3, scalar}, {1, array}, {1, object}});
}

rc::Gen<std::string> mutated(std::string original) {
  struct Change {
    int kind;
    std::size_t place;
    std::size_t length;
    char byte;
  };
  const auto byte = rc::gen::oneOf(
      rc::gen::arbitrary<char>(),
      rc::gen::elementOf(std::string("\"\\{}[],:0123456789.eE+-truefalsn \t/u\x7f\x80\xc3\xff")));
  const auto change =
      rc::gen::build<Change>(rc::gen::set(&Change::kind, rc::gen::inRange(0, 4)),
                             rc::gen::set(&Change::place, rc::gen::arbitrary<std::size_t>()),
                             rc::gen::set(&Change::length, rc::gen::inRange<std::size_t>(1, 12)),
                             rc::gen::set(&Change::byte, byte));
  return rc::gen::map(rc::gen::resize(4, rc::gen::container<std::vector<Change>>(change)),
                      [original = std::move(original)](const std::vector<Change>& changes) {
                        std::string line = original;
                        for (const Change& each : changes) {
                          if (line.empty()) break;
                          const std::size_t place = each.place % line.size();
                          switch (each.kind) {
                            case 0: line[place] = each.byte; break;
                            case 1: line.erase(place, each.length); break;
                            case 2: line.insert(place, 1, each.byte); break;
                            default: line.insert(place, line.substr(place / 2, each.length)); break;
                          }
                        }
                        return line;
                      });
}

}  // namespace narrows::test
