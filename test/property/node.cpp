// SPDX-License-Identifier: MIT
// What a node answers depends on its input's bytes alone, never on how they came.
#include <string>
#include <vector>

#include "property/property.hpp"
#include "unit/fed_node.hpp"

namespace narrows {
namespace {

using test::FedNode;
using test::holds;

void serve_echo(Node& node) {
  node.on("echo",
          [](const Request& request) { return reply("echo_ok").raw("echo", request.raw("echo")); });
}

std::string echo_line(std::string_view payload) {
  return R"({"src":"c1","dest":"n1","body":{"type":"echo","msg_id":5,"echo":)" +
         std::string(payload) + "}}\n";
}

TEST_CASE("node: an echo returns its payload unchanged, byte for byte") {
  holds("echo", [] {
    FedNode fed;
    serve_echo(fed.node);
    fed.init();
    const std::string payload = *test::json_value();
    RC_ASSERT(fed.ask("\"type\":\"echo\",\"echo\":" + payload) ==
              "\"type\": \"echo_ok\", \"echo\": " + payload);
  });
}

/// Good lines and bad ones, short and long, with and without an end.
std::string random_input() {
  std::string input;
  const auto kinds = *rc::gen::container<std::vector<int>>(rc::gen::inRange(0, 9));
  for (const int kind : kinds) {
    switch (kind) {
      case 0: input += "\n"; break;
      case 1: input += "\r\n"; break;
      case 2: input += "{bad\n"; break;
      case 3:
        input += R"({"src":"c1","dest":"n1","body":{"type":"what","msg_id":5}})"
                 "\r\n";
        break;
      case 4: input += std::string(*rc::gen::inRange<std::size_t>(0, 3'000), 'x') + "\n"; break;
      case 5: {
        const auto bytes = *rc::gen::element<std::size_t>(900, 1'900, 1'940, 1'960, 2'100);
        input += echo_line("\"" + std::string(bytes, 'y') + "\"");
        break;
      }
      default: input += echo_line(*test::json_value(2));
    }
  }
  if (*rc::gen::inRange(0, 3) == 0) input += echo_line("7").substr(0, 40);
  if (*rc::gen::inRange(0, 3) == 0 && !input.empty()) input.pop_back();
  return input;
}

TEST_CASE("node: any split of the input into reads gives the same output") {
  holds("split", [] {
    Options options;
    options.max_line_bytes = 2'000;
    const std::string input = random_input();
    const auto answer_to = [&](const std::vector<std::size_t>& cuts) {
      FedNode fed(options);
      serve_echo(fed.node);
      std::string output = fed.init();
      std::size_t at = 0;
      for (const std::size_t cut : cuts) {
        const std::size_t size = std::min(cut, input.size() - at);
        output += fed.feed(std::string_view(input).substr(at, size));
        at += size;
      }
      output += fed.feed(std::string_view(input).substr(at));
      output += fed.finish();
      // What was counted must not differ, either.
      const std::string stats = fed.ask("\"type\":\"bench_stats\"");
      const std::size_t errors = stats.find("\"errors\"");
      return output + stats.substr(errors, stats.find("\"blocked_ms\"") - errors);
    };
    const auto cuts = *rc::gen::container<std::vector<std::size_t>>(rc::gen::oneOf(
        rc::gen::inRange<std::size_t>(0, 12), rc::gen::inRange<std::size_t>(0, 3'000)));
    RC_ASSERT(answer_to(cuts) == answer_to({}));
    RC_ASSERT(answer_to(std::vector<std::size_t>(input.size(), 1)) == answer_to({}));
  });
}

TEST_CASE("node: large inputs too are the same in one piece and in random ones") {
  holds("large split", [] {
    std::string input;
    const auto sizes = *rc::gen::container<std::vector<std::size_t>>(
        6, rc::gen::element<std::size_t>(10, 30'000, 65'000, 66'000, 70'000, 140'000));
    for (const std::size_t bytes : sizes) {
      input += echo_line("1") + echo_line("\"" + std::string(bytes, 'z') + "\"") + "bad\n";
    }
    FedNode whole;
    FedNode pieces;
    serve_echo(whole.node);
    serve_echo(pieces.node);
    whole.init();
    pieces.init();
    const std::string expected = whole.feed(input);
    std::string output;
    std::string_view rest = input;
    while (!rest.empty()) {
      const std::size_t size = std::min(rest.size(), *rc::gen::inRange<std::size_t>(1, 100'000));
      output += pieces.feed(rest.substr(0, size));
      rest.remove_prefix(size);
    }
    RC_ASSERT((output == expected));
  });
}

}  // namespace
}  // namespace narrows
