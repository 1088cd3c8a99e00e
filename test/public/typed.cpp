// SPDX-License-Identifier: MIT
// Typed handlers' bodies, compiled against the public headers alone. docs/TYPES.md quotes it.
#include <cstdio>
#include <deque>
#include <exception>
#include <map>
#include <narrows/node.hpp>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

namespace {

struct Send {
  std::string key;
  std::int64_t msg;
};
NARROWS_FIELDS(Send, key, msg)

struct Poll {
  std::map<std::string, std::size_t> offsets;
  std::optional<std::size_t> limit;
};
NARROWS_FIELDS(Poll, offsets, limit)

struct PollOk {
  std::map<std::string, std::vector<std::pair<std::size_t, std::int64_t>>> msgs;
  std::optional<std::string> note;
};
NARROWS_FIELDS(PollOk, msgs, note)

struct Reading {
  double celsius;
  narrows::Raw tags;
};
constexpr auto narrows_fields(std::type_identity<Reading>) {
  return narrows::fields(narrows::field("temperature", &Reading::celsius),
                         narrows::field("tags", &Reading::tags));
}

using Operation = std::tuple<std::string, std::int64_t, std::optional<std::int64_t>>;
using ListOperation = std::tuple<std::string, std::int64_t, narrows::Raw>;

void serve_log(narrows::Node& node, std::map<std::string, std::vector<std::int64_t>>& logs) {
  node.on("send", [&](const narrows::Request& request) {
    const auto body = request.as<Send>();
    auto& log = logs[body.key];
    log.push_back(body.msg);
    return narrows::reply("send_ok").set("offset", log.size() - 1);
  });
  node.on("poll", [&](const narrows::Request& request) {
    const auto body = request.as<Poll>();
    PollOk answer;
    for (const auto& [key, from] : body.offsets) {
      auto& messages = answer.msgs[key];
      for (std::size_t i = from; i < logs[key].size(); ++i) {
        if (messages.size() == body.limit.value_or(10)) answer.note = "there are more";
        if (messages.size() < body.limit.value_or(10)) messages.emplace_back(i, logs[key][i]);
      }
    }
    return narrows::reply("poll_ok", answer);
  });
}

/// Without a request: the same as text.
bool is_same_as_text(const std::string& text) {
  const auto add = narrows::decode<Send>(narrows::Raw::checked(text));
  const std::string json = narrows::encode(add);
  return json == text;
}

void serve_registers(narrows::Node& node, std::map<std::int64_t, std::int64_t>& registers) {
  node.on("txn", [&](const narrows::Request& request) {
    auto operations = request.get<std::vector<Operation>>("txn");
    for (auto& [function, key, value] : operations) {
      if (function == "w") registers[key] = value.value_or(0);
      if (function == "r" && registers.contains(key)) value = registers[key];
    }
    return narrows::reply("txn_ok").set("txn", operations);
  });
}

void serve_lists(narrows::Node& node, std::map<std::int64_t, std::vector<std::int64_t>>& lists) {
  node.on("lists", [&](const narrows::Request& request) {
    auto operations = request.get<std::vector<ListOperation>>("txn");
    std::deque<std::string> texts;  // whose addresses stay
    for (auto& [function, key, value] : operations) {
      if (function == "append") lists[key].push_back(narrows::decode<std::int64_t>(value));
      if (function == "r") {
        value = narrows::Raw::checked(texts.emplace_back(narrows::encode(lists[key])));
      }
    }
    return narrows::reply("lists_ok").set("txn", operations);
  });
}

void serve_copies(narrows::Node& node) {
  node.on("copy", [&node](const Send& body) -> narrows::Task<narrows::Reply> {
    const Send copy{body.key + "'", body.msg};
    co_await node.rpc("n2", narrows::message("send", copy));
    co_return narrows::reply("copy_ok");
  });
}

void serve_set(narrows::Node& node, std::set<std::int64_t>& seen) {
  node.on("add", [&](const narrows::Request& request) {
    seen.insert(request.get<std::int64_t>("element"));
    return narrows::reply("add_ok");
  });
  node.on("read", [&](const narrows::Request& request) {
    const auto at_least = request.get_or<std::int64_t>("at_least", 0);
    const std::set<std::int64_t> found(seen.lower_bound(at_least), seen.end());
    return narrows::reply("read_ok").set("value", found);
  });
}

void serve_readings(narrows::Node& node) {
  node.on("reading", [](const narrows::Request& request) {
    const auto body = request.as<Reading>();
    return narrows::reply("reading_ok")
        .set("fahrenheit", body.celsius * 1.8 + 32)
        .set("tags", body.tags);
  });
  node.on("count", [](const narrows::Request& request) {
    std::int64_t strings = 0;
    std::int64_t others = 0;
    for (const narrows::Raw& item : request.raw("items").items()) {
      ++(item.kind() == narrows::Raw::Kind::string ? strings : others);
    }
    return narrows::reply("count_ok").set("strings", strings).set("others", others);
  });
  node.on("pick", [](const narrows::Request& request) {
    narrows::Reply answer = narrows::reply("pick_ok");
    for (const auto& [key, value] : request.raw("from").members()) {
      if (value.kind() == narrows::Raw::Kind::number) answer.raw(key, value);
    }
    return answer;
  });
}

}  // namespace

int main(int argc, char** argv) {
  try {
    narrows::Node node{narrows::options_from(argc, argv)};
    std::map<std::string, std::vector<std::int64_t>> logs;
    std::map<std::int64_t, std::int64_t> registers;
    std::map<std::int64_t, std::vector<std::int64_t>> lists;
    std::set<std::int64_t> seen;
    serve_log(node, logs);
    serve_registers(node, registers);
    serve_lists(node, lists);
    serve_copies(node);
    serve_set(node, seen);
    serve_readings(node);
    if (!is_same_as_text(R"({"key": "a", "msg": 1})")) return 2;
    return node.run();
  } catch (const std::exception& error) {
    std::fprintf(stderr, "typed: %s\n", error.what());
    return 1;
  }
}
