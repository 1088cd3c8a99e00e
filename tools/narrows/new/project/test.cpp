// Feeds the node lines, without pipes or threads, and compares what it answers.
#include <cstdio>
#include <string>
#include <string_view>

#include "handlers.hpp"

namespace {

int failures = 0;

/// Of one line in comes one line out.
void expect(narrows::Node& node, const std::string& line, const std::string& expected) {
  std::string answer;
  node.feed(line + "\n", [&](std::string_view bytes) { answer += bytes; });
  if (answer == expected + "\n") return;
  ++failures;
  std::fprintf(stderr, "%s\nis answered with\n%s\ninstead of\n%s\n", line.c_str(), answer.c_str(),
               expected.c_str());
}

}  // namespace

int main() {
  narrows::Node node;
  add_handlers(node);
  expect(
      node,
      R"({"src":"c0","dest":"n1","body":{"type":"init","msg_id":1,"node_id":"n1","node_ids":["n1"]}})",
      R"({"src": "n1", "dest": "c0", "body": {"type": "init_ok", "in_reply_to": 1, "msg_id": 0}})");
  expect(
      node, R"({"src":"c1","dest":"n1","body":{"type":"echo","msg_id":2,"echo":"hello"}})",
      R"({"src": "n1", "dest": "c1", "body": {"type": "echo_ok", "echo": "hello", "in_reply_to": 2, "msg_id": 1}})");
  expect(
      node, R"({"src":"c1","dest":"n1","body":{"type":"echo","msg_id":3}})",
      R"({"src": "n1", "dest": "c1", "body": {"type": "error", "code": 12, "text": "`echo` is missing", "in_reply_to": 3, "msg_id": 2}})");
  return failures == 0 ? 0 : 1;
}
