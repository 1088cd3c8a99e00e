// SPDX-License-Identifier: MIT
// A node that is fed by hand, by its public interface.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "narrows/node.hpp"

namespace narrows::test {

class FedNode {
 public:
  explicit FedNode(Options options = {}) : node(std::move(options)) {}

  /// What these bytes are answered with.
  std::string feed(std::string_view bytes) {
    std::string output;
    node.feed(bytes, [&](std::string_view written) { output.append(written); });
    return output;
  }
  std::string finish() {
    std::string output;
    node.finish([&](std::string_view written) { output.append(written); });
    return output;
  }
  std::string init(std::string_view name = "n1") {
    std::string line = R"({"src":"c0","dest":"n1","body":{"type":"init","msg_id":1,"node_id":")";
    line.append(name).append(R"(","node_ids":[")").append(name).append("\"]}}\n");
    return feed(line);
  }
  /// The body of the reply to a message with this body (both without braces), up to in_reply_to.
  std::string ask(std::string_view body) {
    constexpr std::string_view kBegin = "\"body\": {";
    constexpr std::string_view kEnd = ", \"in_reply_to\": 5, ";
    std::string line = R"({"src":"c1","dest":"n1","body":{"msg_id":5,)";
    const std::string answer = feed(line.append(body).append("}}\n"));
    const std::size_t begin = answer.find(kBegin);
    const std::size_t end = answer.rfind(kEnd);
    if (begin == std::string::npos || end == std::string::npos) return "no reply: " + answer;
    return answer.substr(begin + kBegin.size(), end - begin - kBegin.size());
  }

  Node node;
};

}  // namespace narrows::test
