// SPDX-License-Identifier: MIT
// kafka: logs of messages, and offsets that are committed. One node alone keeps them itself;
// several keep them in lin-kv (kafka_shared_logs.cpp).
#include <algorithm>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "workloads/kafka_logs.hpp"
#include "workloads/nesting.hpp"
#include "workloads/workloads.hpp"

namespace narrows::workloads {
namespace {

using Offsets = std::map<std::string, std::uint64_t>;  // by key

/// Of one node alone.
class OwnLogs final : public Logs {
 public:
  Task<std::uint64_t> send(std::string key, std::string message) override {
    auto& log = logs_[key];
    log.push_back(std::move(message));
    co_return log.size() - 1;
  }
  Task<std::string> poll(std::string key, std::uint64_t offset) override {
    Polled polled;
    const auto found = logs_.find(key);
    if (found == logs_.end()) co_return polled.json();
    const auto& log = found->second;
    for (; offset < log.size() && !polled.is_enough(); ++offset) polled.add(offset, log[offset]);
    co_return polled.json();
  }
  Task<> commit(std::string key, std::uint64_t offset) override {
    auto& committed = committed_[key];
    committed = std::max(committed, offset);
    co_return;
  }
  Task<std::optional<std::uint64_t>> committed(std::string key) override {
    const auto found = committed_.find(key);
    if (found == committed_.end()) co_return std::nullopt;
    co_return found->second;
  }

 private:
  std::map<std::string, std::vector<std::string>> logs_;
  Offsets committed_;
};

class Broker {
 public:
  explicit Broker(Node& node) : node_(node) {}

  void join() {
    if (node_.node_ids().size() <= 1) {
      logs_ = std::make_unique<OwnLogs>();
    } else {
      logs_ = make_shared_logs(node_);
    }
  }

  Task<Reply> send(const Request& request) {
    const std::string key = request.text("key");
    const std::string_view message = request.raw("msg").text();
    if (message.size() > kLongest || depth_of(message) > kDeepestValue) {
      throw Error(ErrorCode::malformed_request,
                  "`msg` is longer than 2 KiB, or nested deeper than 256 levels");
    }
    const std::uint64_t offset = co_await logs_->send(key, std::string(message));
    co_return reply("send_ok").set("offset", offset);
  }

  Task<Reply> poll(const Request& request) {
    const auto offsets = request.get<Offsets>("offsets");
    std::vector<Task<std::string>> polls;
    polls.reserve(offsets.size());
    for (const auto& [key, offset] : offsets) polls.push_back(logs_->poll(key, offset));
    const std::vector<std::string> polled = co_await all(std::move(polls));
    std::string messages = "{";
    auto of_key = polled.begin();
    for (const auto& [key, offset] : offsets) {
      const std::string& json = *of_key++;
      if (json.empty()) continue;
      if (messages.size() > 1) messages += ',';
      messages.append(encode(key)).append(":").append(json);
    }
    messages += '}';
    co_return reply("poll_ok").raw("msgs", Raw::checked(messages));
  }

  Task<Reply> commit(const Request& request) {
    const auto offsets = request.get<Offsets>("offsets");
    std::vector<Task<>> commits;
    commits.reserve(offsets.size());
    for (const auto& [key, offset] : offsets) commits.push_back(logs_->commit(key, offset));
    co_await all(std::move(commits));
    co_return reply("commit_offsets_ok");
  }

  Task<Reply> list_committed(const Request& request) {
    const auto keys = request.get<std::vector<std::string>>("keys");
    std::vector<Task<std::optional<std::uint64_t>>> lists;
    lists.reserve(keys.size());
    for (const std::string& key : keys) lists.push_back(logs_->committed(key));
    const auto committed = co_await all(std::move(lists));
    Offsets offsets;
    for (std::size_t i = 0; i < keys.size(); ++i) {
      if (committed[i]) offsets[keys[i]] = *committed[i];
    }
    co_return reply("list_committed_offsets_ok").set("offsets", offsets);
  }

 private:
  static constexpr std::size_t kLongest = std::size_t{2} << 10U;  // of a message

  Node& node_;
  std::unique_ptr<Logs> logs_;
};

}  // namespace

void serve_kafka(Node& node) {
  const auto broker = std::make_shared<Broker>(node);
  node.after_init([broker] { broker->join(); });
  node.on("send", [broker](const Request& request) { return broker->send(request); });
  node.on("poll", [broker](const Request& request) { return broker->poll(request); });
  node.on("commit_offsets", [broker](const Request& request) { return broker->commit(request); });
  node.on("list_committed_offsets",
          [broker](const Request& request) { return broker->list_committed(request); });
}

}  // namespace narrows::workloads
