// SPDX-License-Identifier: MIT
#include "requests.hpp"

#include <algorithm>
#include <vector>

#include "json/value.hpp"
#include "mix.hpp"
#include "unit/doctest.hpp"

namespace narrows::tools {
namespace {

using json::Value;

Load load_of(std::uint64_t messages, std::uint64_t clients, std::size_t line_bytes = 96) {
  Load load;
  load.messages = messages;
  load.clients = clients;
  load.line_bytes = line_bytes;
  return load;
}

/// Lines of different lengths.
Load mixed_load(std::uint64_t messages) {
  Load load = load_of(messages, 3);
  load.mix = std::make_shared<Mix>(Mix::parse(R"({"messages":[
      {"body":{"type":"a","n":"{{counter}}"}},
      {"body":{"type":"b","text":"{{string:100}}"}}]})"));
  return load;
}

/// All lines of a load without their newlines, rendered at most so many at once.
std::vector<std::string> lines_of(const Load& load, std::uint64_t most = UINT64_MAX) {
  Requests requests(load);
  std::vector<std::string> lines;
  while (requests.rendered() < load.messages) {
    const std::uint64_t wanted = std::min(most, load.messages - requests.rendered());
    const std::uint64_t count = requests.render(wanted);
    REQUIRE(count > 0);
    REQUIRE(count <= wanted);
    std::string_view unsent = requests.unsent();
    for (std::uint64_t i = 0; i < count; ++i) {
      const std::size_t newline = unsent.find('\n');
      REQUIRE(newline != std::string_view::npos);
      lines.emplace_back(unsent.substr(0, newline));
      unsent.remove_prefix(newline + 1);
    }
    REQUIRE(unsent.empty());
    CHECK(requests.rendered() == lines.size());
  }
  return lines;
}

std::uint64_t newlines(std::string_view text) {
  return static_cast<std::uint64_t>(std::count(text.begin(), text.end(), '\n'));
}

void check_numbers(const Load& load, const std::vector<std::string>& lines) {
  REQUIRE(lines.size() == load.messages);
  for (std::uint64_t i = 0; i < lines.size(); ++i) {
    const auto line = Value::parse(lines[static_cast<std::size_t>(i)]);
    REQUIRE(line.has_value());
    const std::uint64_t id = load.first_id() + i;
    CHECK((*line)["src"].string() == "c" + std::to_string(load.first_client() + i % load.clients));
    CHECK((*line)["dest"].string() == "n1");
    CHECK((*line)["body"]["msg_id"].integer() == static_cast<std::int64_t>(id));
  }
}

TEST_CASE("requests: lines are equally long, ids count up, clients have turns") {
  for (const std::uint64_t clients : {1U, 2U, 9U, 10U, 11U, 100U}) {
    const Load load = load_of(5000, clients);
    const auto lines = lines_of(load);
    check_numbers(load, lines);
    for (const std::string& line : lines) CHECK(line.size() == 95);
  }
}

TEST_CASE("requests: the payload is the id and what fills the line") {
  Load load = load_of(1, 8);
  load.type = "bench_echo";
  CHECK(lines_of(load)[0] ==
        R"({"src":"c1","dest":"n1","body":{"type":"bench_echo","msg_id":1000,"echo":"1000)" +
            std::string(load.filler_bytes(), 'x') + "\"}}");
}

TEST_CASE("requests: the shortest line has no filler, a long one may be longer than the buffer") {
  const std::size_t least = load_of(20, 8).least_line_bytes();
  for (const std::size_t bytes : {least, least + 1, std::size_t{300'000}}) {
    const Load load = load_of(20, 8, bytes);
    const auto lines = lines_of(load);
    check_numbers(load, lines);
    for (const std::string& line : lines) CHECK(line.size() == bytes - 1);
  }
}

TEST_CASE("requests: ids have equally many digits, from 1000 on, behind those that are taken") {
  for (const std::uint64_t messages : {1U, 9000U, 9001U, 90'000U, 1'000'000'000U}) {
    for (const std::uint64_t offset : {0U, 1U, 8999U, 1'000'000U}) {
      Load load = load_of(messages, 8);
      load.id_offset = offset;
      const std::uint64_t first = load.first_id();
      CHECK(first >= 1000 + offset);
      CHECK(std::to_string(first).size() == std::to_string(first + messages - 1).size());
    }
  }
  CHECK(load_of(9000, 8).first_id() == 1000);
  CHECK(load_of(9001, 8).first_id() == 10'000);
}

TEST_CASE("requests: a type that needs escapes is written with them") {
  Load load = load_of(1, 1, 200);
  load.type = "a\"\\\n\xC3\xA4";
  const auto lines = lines_of(load);
  CHECK(lines[0].size() == 199);
  const auto line = Value::parse(lines[0]);
  REQUIRE(line.has_value());
  CHECK((*line)["body"]["type"].string() == load.type);
}

TEST_CASE("requests: of a mix each line is what the mix renders") {
  const Load load = mixed_load(3000);
  const auto lines = lines_of(load);
  check_numbers(load, lines);
  for (std::uint64_t i = 0; i < lines.size(); ++i) {
    std::string expected;
    load.mix->render(load, i, expected);
    CHECK(lines[static_cast<std::size_t>(i)] + "\n" == expected);
  }
}

TEST_CASE("requests: lines are the same however many are rendered at once") {
  for (const Load& load : {load_of(3000, 7), mixed_load(3000)}) {
    const auto lines = lines_of(load);
    for (const std::uint64_t most : {1U, 7U, 1000U}) CHECK(lines_of(load, most) == lines);
  }
}

TEST_CASE("requests: wrote() counts the lines that are whole, under any split") {
  for (const Load& load : {load_of(500, 8), mixed_load(500)}) {
    for (const std::size_t bytes : {1U, 2U, 95U, 96U, 97U, 1000U, 1'000'000U}) {
      Requests requests(load);
      std::uint64_t before = 0;
      while (requests.rendered() < load.messages) {
        requests.render(std::min<std::uint64_t>(100, load.messages - requests.rendered()));
        const std::string all(requests.unsent());
        std::size_t written = 0;
        while (!requests.unsent().empty()) {
          REQUIRE(requests.unsent() == std::string_view(all).substr(written));
          const std::size_t part = std::min(bytes, requests.unsent().size());
          const std::uint64_t lines = newlines(std::string_view(all).substr(written, part));
          REQUIRE(requests.wrote(part) == lines);
          written += part;
          before += lines;
          REQUIRE(requests.written() == before);
        }
        CHECK(requests.written() == requests.rendered());
      }
      CHECK(requests.written() == 500);
    }
  }
}

TEST_CASE("requests: nothing written completes no line") {
  Requests requests(load_of(2, 1));
  requests.render(2);
  CHECK(requests.wrote(0) == 0);
  CHECK(requests.wrote(95) == 0);
  CHECK(requests.wrote(0) == 0);
  CHECK(requests.wrote(1) == 1);
  CHECK(requests.written() == 1);
  CHECK(requests.rendered() == 2);
}

TEST_CASE("requests: digits count up into the next ten") {
  Digits digits(1098);
  CHECK(digits.text() == "1098");
  digits.count_up();
  CHECK(digits.text() == "1099");
  digits.count_up();
  CHECK(digits.text() == "1100");
}

}  // namespace
}  // namespace narrows::tools
