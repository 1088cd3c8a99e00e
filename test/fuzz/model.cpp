// SPDX-License-Identifier: MIT
#include "fuzz/model.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "fuzz/oracle.hpp"
#include "fuzz/target.hpp"

namespace narrows::fuzz {
namespace {

using Json = nlohmann::json;

// Maelstrom's.
constexpr std::int64_t kNotSupported = 10;
constexpr std::int64_t kUnavailable = 11;
constexpr std::int64_t kMalformed = 12;
constexpr std::int64_t kAbort = 14;
constexpr std::int64_t kPrecondition = 22;

bool is_blank(std::string_view line) {
  return line.find_first_not_of(" \t\r") == std::string_view::npos;
}

bool is_integer(const Json& value) {
  if (value.is_number_unsigned()) return value.get<std::uint64_t>() <= INT64_MAX;
  return value.is_number_integer();
}

bool is_one_of(const Json& value, std::string_view a, std::string_view b) {
  return value.is_string() && (value == a || value == b);
}

}  // namespace

/// A line that is one.
struct Model::Message {
  Facts facts;
  Json body;  // an object, if there is one

  [[nodiscard]] bool has(const char* name) const { return body.contains(name); }
  [[nodiscard]] const std::string& type() const { return facts.type.text; }
  [[nodiscard]] bool has_dest() const { return facts.dest.count == 1 && facts.dest.is_name(); }
};

Output Output::parsed(std::string_view line) {
  const std::string text = tamed(line);
  const Facts facts = facts_of(text);
  require(facts.is_json && facts.is_object && simdjson_may_take(text),
          "what a node writes is one JSON object a line", line);
  require(facts.src.is_name() && facts.dest.is_name() && facts.type.type == Facts::Type::string &&
              facts.body.type == Facts::Type::object,
          "what a node writes is a message", line);
  Output output;
  output.src = facts.src.text;
  output.dest = facts.dest.text;
  output.type = facts.type.text;
  for (const auto& [field, number] : {std::pair(&facts.msg_id, &output.msg_id),
                                      std::pair(&facts.in_reply_to, &output.in_reply_to)}) {
    require(field->count <= 1 && (field->count == 0 || field->is_natural),
            "msg_id and in_reply_to are numbers, and there once", line);
    if (field->count == 1) *number = field->natural;
  }
  if (output.type == "error") {
    const Json body = Json::parse(text)["body"];
    require(body.contains("code") && is_integer(body["code"]) && body.contains("text") &&
                body["text"].is_string(),
            "an error has a code and a text", line);
    output.code = body["code"].get<std::int64_t>();
  }
  return output;
}

bool Model::Owed::is(const Output& output) const {
  if (output.src != src || output.dest != dest || output.in_reply_to != in_reply_to) return false;
  const auto has = [](const auto& list, const auto& one) {
    return std::find(list.begin(), list.end(), one) != list.end();
  };
  if (output.type != "error") return has(types, output.type);
  return has(codes, output.code);
}

Model::Model(std::size_t max_line_bytes, std::uint32_t max_depth, bool knows_waiting)
    : max_line_bytes_(max_line_bytes), max_depth_(max_depth), knows_waiting_(knows_waiting) {
  if (!knows_waiting) return;
  id_ = "n1";
  next_msg_id_ = 1;
  counts_["total_messages"] = 1;
}

void Model::read(std::string_view line) {
  if (line.ends_with('\r')) line.remove_suffix(1);
  if (line.size() > max_line_bytes_) {
    ++counts_["oversized_lines"];
    return;
  }
  if (is_blank(line)) {
    ++counts_["blank_lines"];
    return;
  }
  const std::string text = tamed(line);
  Message message{facts_of(text), {}};
  const json::LineKind kind = message.facts.kind(max_depth_);
  if (kind == json::LineKind::malformed_line) {
    ++counts_["malformed_lines"];
    return;
  }
  ++counts_["total_messages"];
  Json tree = Json::parse(text);
  if (tree.contains("body") && tree["body"].is_object()) message.body = std::move(tree["body"]);
  if (kind == json::LineKind::late_reply) {
    ++counts_["late_replies"];
  } else if (kind == json::LineKind::malformed_request) {
    malformed(message);
  } else {
    read_message(message);
  }
}

void Model::malformed(const Message& message) {
  if (id_.empty() && !message.has_dest()) {
    ++counts_["before_init"];
    return;
  }
  ++counts_["malformed_requests"];
  owe(message, {}, {kMalformed});
}

void Model::read_message(const Message& message) {
  if (id_.empty()) return before_init(message);
  if (message.type() == "init") return init(message);
  if (message.type() == "bench_stats") return stats(message);
  handled(message);
}

void Model::before_init(const Message& message) {
  if (message.has_dest() && message.type() == "init") return init(message);
  ++counts_["before_init"];
  if (message.has_dest()) owe(message, {}, {kUnavailable});
}

void Model::init(const Message& message) {
  const Json id = message.has("node_id") ? message.body["node_id"] : Json();
  const Json all = message.has("node_ids") ? message.body["node_ids"] : Json();
  const auto is_string = [](const Json& name) { return name.is_string(); };
  if (!id.is_string() || id.get<std::string>().empty() || !all.is_array() ||
      !std::all_of(all.begin(), all.end(), is_string)) {
    ++counts_["malformed_requests"];
    return owe(message, {}, {kMalformed});
  }
  if (id_.empty()) id_ = id.get<std::string>();
  if (id == id_) return owe(message, {"init_ok"}, {});
  ++counts_["init_conflicts"];
  owe(message, {}, {kPrecondition});
}

void Model::stats(const Message& message) {
  const Json& body = message.body;
  const bool usable = (!message.has("reset") || body["reset"].is_boolean()) &&
                      (!message.has("detail") || is_one_of(body["detail"], "full", "summary")) &&
                      (!message.has("window") || is_one_of(body["window"], "all", "last"));
  if (!usable) {
    ++counts_["malformed_requests"];
    return owe(message, {}, {kMalformed});
  }
  owe(message, {"bench_stats_ok"}, {});
  if (!message.has("reset") || body["reset"] != true) return;
  counts_.clear();
  carried_over_ = waiting_.size() + silent_waits_;  // they count when they have waited
  most_handler_errors_ = carried_over_;
}

/// By the handlers that node.cpp has.
void Model::handled(const Message& message) {
  const std::string& type = message.type();
  const Json& body = message.body;
  const auto fails = [&](std::int64_t code) {
    ++counts_["handler_errors"];
    owe(message, {}, {code});
  };
  if (type == "echo" || type == "bench_echo") {
    if (!message.has("echo")) return fails(kMalformed);
    return owe(message, {type + "_ok"}, {});
  }
  if (type == "add") {
    const bool has_key = message.has("key") && !body["key"].is_null();
    const bool fits =
        message.has("delta") && is_integer(body["delta"]) && (!has_key || body["key"].is_string());
    return fits ? owe(message, {"add_ok"}, {}) : fails(kMalformed);
  }
  if (type == "fail") return fails(kAbort);
  if (type == "quiet") return;
  if (type == "topology") {
    ++most_handler_errors_;
    return owe(message, {"topology_ok"}, {kMalformed});
  }
  if (knows_waiting_ && (type == "nap" || type == "ask" || type == "both")) {
    ++most_handler_errors_;
    if (message.facts.msg_id.count == 0) ++silent_waits_;
    return owe(message, {type + "_ok"}, {}, true);
  }
  ++counts_["unknown_types"];
  owe(message, {}, {kNotSupported});
}

void Model::owe(const Message& message, std::vector<std::string> types,
                std::vector<std::int64_t> codes, bool waits) {
  if (message.facts.msg_id.count == 0) return;
  Owed owed{id_.empty() ? message.facts.dest.text : id_, message.facts.src.text,
            message.facts.msg_id.natural, std::move(types), std::move(codes)};
  if (waits) {
    waiting_.push_back(std::move(owed));
  } else {
    in_order_.push_back(std::move(owed));
  }
}

void Model::wrote(const Output& output, std::string_view line) {
  if (output.msg_id) {
    require(output.msg_id == next_msg_id_, "msg_id counts in the order of leaving", line);
    ++next_msg_id_;
  }
  if (!output.in_reply_to) {
    require(knows_waiting_ && output.src == id_, "only who asks others sends of its own", line);
    if (output.msg_id) ++sent_unprompted_;
    return;
  }
  require(output.msg_id.has_value(), "a reply has a msg_id", line);
  if (!in_order_.empty() && in_order_.front().is(output)) return in_order_.pop_front();
  if (output.type == "error") return wrote_error(output, line);
  const auto owed = std::ranges::find_if(waiting_, [&](const Owed& one) { return one.is(output); });
  if (owed != waiting_.end()) {
    waiting_.erase(owed);
    return;
  }
  // Of two with one msg_id the error was the other's.
  const auto failed =
      std::ranges::find_if(failed_, [&](const Owed& one) { return one.is(output); });
  require(failed != failed_.end(), "a reply is owed, and in its place", line);
  const auto other = std::ranges::find_if(waiting_, [&](const Owed& one) {
    return one.src == failed->src && one.dest == failed->dest &&
           one.in_reply_to == failed->in_reply_to;
  });
  require(other != waiting_.end(), "a reply is owed, and in its place", line);
  *failed = std::move(*other);
  waiting_.erase(other);
}

/// Who waited may fail in any way.
void Model::wrote_error(const Output& output, std::string_view line) {
  const auto found = std::ranges::find_if(waiting_, [&](Owed owed) {
    owed.codes = {output.code};
    return owed.is(output);
  });
  require(found != waiting_.end(), "a reply is owed, and in its place", line);
  failed_.push_back(std::move(*found));
  waiting_.erase(found);
}

void Model::check_in_order_is_empty() const {
  require(in_order_.empty(), "what does not wait is answered at once",
          in_order_.empty() ? "" : in_order_.front().dest);
}

void Model::check_counts(const std::map<std::string, std::uint64_t>& counted) const {
  for (const auto& [name, count] : counted) {
    const auto at = counts_.find(name);
    const std::uint64_t itself = name == "total_messages" ? 1 : 0;
    const std::uint64_t expected = at == counts_.end() ? 0 : at->second - itself;
    const std::string shown =
        name + ": " + std::to_string(count) + ", expected " + std::to_string(expected);
    if (name == "total_messages") {
      require(count >= expected && count <= expected + carried_over_, "all messages are counted",
              shown);
    } else if (name == "expired") {
      require(count + carried_over_ >= waiting_.size() && count <= waiting_.size() + silent_waits_,
              "what waited and is not answered has expired", shown);
    } else if (name == "handler_errors") {
      require(count >= expected && count <= expected + most_handler_errors_,
              "errors of handlers are counted", shown);
    } else if (name == "late_replies") {  // some may have been awaited
      require(count <= expected && count + sent_unprompted_ >= expected,
              "replies that nobody awaits are counted", shown);
    } else {
      require(count == expected, "what is not answered is counted", shown);
    }
  }
}

}  // namespace narrows::fuzz
