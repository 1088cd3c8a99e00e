// SPDX-License-Identifier: MIT
#include "workloads/lin_kv.hpp"

#include <algorithm>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "workloads/raft/canonical.hpp"
#include "workloads/raft/kv_server.hpp"
#include "workloads/raft/wire.hpp"
#include "workloads/workloads.hpp"

namespace narrows::workloads {
namespace {

using raft::Change;
using raft::KvServer;

// Of a key or a value: what nodes send each other has to fit into lines, and into their depth.
constexpr std::size_t kLongestMember = std::size_t{128} << 10;
constexpr int kDeepestMember = 256;

/// Levels of arrays and objects. `json` is valid.
int depth_of(std::string_view json) {
  if (json.find_first_of("[{") == std::string_view::npos) return 0;
  int depth = 0;
  int deepest = 0;
  bool is_in_string = false;
  for (std::size_t at = 0; at < json.size(); ++at) {
    const char byte = json[at];
    if (byte == '"') is_in_string = !is_in_string;
    if (is_in_string) {
      if (byte == '\\') ++at;
    } else if (byte == '[' || byte == '{') {
      deepest = std::max(deepest, ++depth);
    } else if (byte == ']' || byte == '}') {
      --depth;
    }
  }
  return deepest;
}

Raw member(const Request& request, std::string_view name) {
  const Raw value = request.raw(name);
  const auto refuse = [&](const char* why) {
    throw Error(ErrorCode::malformed_request, std::string("`").append(name).append(why));
  };
  if (value.text().size() > kLongestMember) refuse("` is longer than 128 KiB");
  if (depth_of(value.text()) > kDeepestMember) refuse("` is nested deeper than 256 levels");
  return value;
}

void serve_clients(Node& node, const std::shared_ptr<KvServer>& server) {
  node.on("read", [server](const Request& request) -> Task<Reply> {
    return server->read(raft::canonical(member(request, "key")));
  });
  node.on("write", [server](const Request& request) -> Task<Reply> {
    const Raw key = member(request, "key");
    const Raw value = member(request, "value");
    return server->change({Change::Kind::write, key.text(), {}, value.text()});
  });
  node.on("cas", [server](const Request& request) -> Task<Reply> {
    const Raw key = member(request, "key");
    const Raw from = member(request, "from");
    const Raw to = member(request, "to");
    const auto kind = request.get_or<bool>("create_if_not_exists", false)
                          ? Change::Kind::create_or_set
                          : Change::Kind::compare_and_set;
    return server->change({kind, key.text(), from.text(), to.text()});
  });
}

template <typename Body>
void serve_nodes(Node& node, std::string_view type, const std::shared_ptr<KvServer>& server) {
  node.on(type,
          [server](const Body& body, const Request& request) { server->receive(request, body); });
}

}  // namespace

void serve_lin_kv(Node& node) { serve_lin_kv_with(node, {}); }

void serve_lin_kv_with(Node& node, const LinKvOptions& options) {
  const auto server = std::make_shared<KvServer>(node, options);
  node.after_init([server] { server->begin(); });
  serve_clients(node, server);
  raft::on_message(node, [server](const Request& request, raft::Message message) {
    server->receive(request, std::move(message));
  });
  serve_nodes<raft::Forward>(node, "forward", server);
  serve_nodes<raft::ReadIndex>(node, "read_index", server);
  serve_nodes<raft::ReadIndexReply>(node, "read_index_is", server);
}

}  // namespace narrows::workloads
