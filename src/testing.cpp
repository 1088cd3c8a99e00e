// SPDX-License-Identifier: MIT
#include "narrows/testing.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>
#include <utility>

#include "json/value.hpp"
#include "node_parts.hpp"

namespace narrows::testing {
namespace {

constexpr int kMostAtOnce = 100'000;  // rounds of what is due at one moment

Sent parsed(std::string_view line) {
  const auto value = json::Value::parse(line);
  if (!value) throw std::logic_error("the node wrote what is no JSON: " + std::string(line));
  const json::Value& message = *value;
  const json::Value& body = message["body"];
  return {std::string(message["src"].string().value_or("")),
          std::string(message["dest"].string().value_or("")),
          std::string(body["type"].string().value_or("")),
          body.to_json(),
          body["msg_id"].integer().value_or(-1),
          body["in_reply_to"].integer().value_or(-1)};
}

/// Members of a body, and one more that they must not have.
std::string body_of(std::string_view members, const std::string& name, std::int64_t number) {
  std::string body = "{";
  const auto value = json::Value::parse(body.append(members).append("}"));
  if (value && std::ranges::find(value->names(), name) != value->names().end()) {
    throw std::invalid_argument("the harness gives a message its " + name +
                                ", the members have none: " + std::string(members));
  }
  return std::string(members) + ",\"" + name + "\":" + std::to_string(number);
}

std::string quoted(std::string_view text) {
  std::string json = "\"";
  for (const char byte : text) {
    if (byte == '"' || byte == '\\') json += '\\';
    json += byte;
  }
  return json += '"';
}

}  // namespace

struct Harness::Parts {
  explicit Parts(Node& of) : node(of) {}

  /// `members`: of the body.
  void line(std::string_view src, const std::string& members) {
    line(src, id, "{" + members + "}");
  }
  void line(std::string_view src, std::string_view dest, std::string_view body) {
    if (src.empty()) throw std::invalid_argument("a message without a src");
    std::string text = "{\"src\":";
    text.append(quoted(src)).append(",\"dest\":").append(quoted(dest));
    text.append(",\"body\":").append(body).append("}");
    if (text.find('\n') != std::string::npos) {
      throw std::invalid_argument("a message is one line, without a newline: " + text);
    }
    if (!json::Value::parse(text)) throw std::invalid_argument("this is no JSON: " + text);
    feed(text += '\n');
  }
  void feed(std::string_view lines) {
    node.feed(lines, [this](std::string_view bytes) { output.append(bytes); });
  }
  void check_idle(const char* what) const { node.parts_->check_idle(what); }
  static Ticks read(void* context) { return static_cast<Parts*>(context)->now; }

  Node& node;
  std::string id;
  std::string output;
  std::string sent_at_init;  // besides init_ok: a network delivers it, others do not see it
  std::int64_t next_msg_id = 1;
  Ticks now = kStart;

  static constexpr Ticks kStart = 1'000'000'000;  // a stamp of 0 has a meaning of its own
};

Harness::Harness(Node& node, std::string id, std::vector<std::string> node_ids)
    : parts_(std::make_unique<Parts>(node)) {
  if (node.parts_->engine) throw std::logic_error("the node has had input already");
  node.parts_->clock = Clock(&Parts::read, parts_.get());
  parts_->id = std::move(id);
  if (node_ids.empty()) node_ids = {parts_->id};
  std::string everybody;
  for (const std::string& name : node_ids) {
    everybody.append(everybody.empty() ? "" : ",").append(quoted(name));
  }
  std::string init = "\"type\":\"init\",\"node_id\":";
  init.append(quoted(parts_->id)).append(",\"node_ids\":[").append(everybody).append("]");
  request("c0", init);
  const std::size_t end = parts_->output.find('\n');
  if (end == std::string::npos ||
      parsed(std::string_view(parts_->output).substr(0, end)).type != "init_ok") {
    throw std::logic_error("init was not answered with init_ok");
  }
  parts_->sent_at_init = std::exchange(parts_->output, {}).substr(end + 1);
}

Harness::~Harness() = default;

void Harness::feed(std::string_view lines) {
  parts_->check_idle("Harness::feed()");
  if (!lines.empty() && lines.back() != '\n') {
    throw std::invalid_argument("what is fed does not end with a newline: " + std::string(lines));
  }
  parts_->feed(lines);
}

std::int64_t Harness::request(std::string_view src, std::string_view members) {
  parts_->check_idle("Harness::request()");
  const std::int64_t id = parts_->next_msg_id;
  parts_->line(src, body_of(members, "msg_id", id));
  return parts_->next_msg_id++;
}

void Harness::answer(const Sent& to, std::string_view members) {
  parts_->check_idle("Harness::answer()");
  if (to.msg_id < 0) throw std::invalid_argument("what wants no answer is answered: " + to.body);
  parts_->line(to.dest, body_of(members, "in_reply_to", to.msg_id));
}

void Harness::deliver(const Sent& message) {
  parts_->check_idle("Harness::deliver()");
  if (message.dest != parts_->id) {
    throw std::invalid_argument("a message to " + message.dest + " is delivered to " + parts_->id);
  }
  parts_->line(message.src, message.dest, message.body);
}

void Harness::advance(std::chrono::nanoseconds duration) {
  parts_->check_idle("Harness::advance()");
  if (duration.count() < 0) throw std::invalid_argument("time does not go back");
  const Ticks end = parts_->now + static_cast<Ticks>(duration.count());
  detail::Runtime& runtime = parts_->node.runtime();
  int at_once = 0;
  while (runtime.due() <= end) {
    at_once = runtime.due() <= parts_->now ? at_once + 1 : 0;
    if (at_once > kMostAtOnce) {
      throw std::logic_error("time stands still: something waits for no time, again and again");
    }
    parts_->now = std::max(parts_->now, runtime.due());
    feed({});
  }
  parts_->now = end;
  feed({});
}

void Harness::settle() {
  parts_->check_idle("Harness::settle()");
  parts_->node.runtime().wait_for_offloaded();
  feed({});
}

void Harness::end() {
  parts_->node.end([this](std::string_view bytes) { parts_->output.append(bytes); });
}

std::vector<Sent> Harness::take() {
  std::vector<Sent> sent;
  const std::string output = std::exchange(parts_->output, {});
  for (std::size_t at = 0; at < output.size();) {
    const std::size_t end = std::min(output.find('\n', at), output.size());
    sent.push_back(parsed(std::string_view(output).substr(at, end - at)));
    at = end + 1;
  }
  return sent;
}

std::vector<std::string> Harness::take_log() {
  std::vector<std::string> lines;
  pipeline::Log::Line line;
  while (parts_->node.parts_->log.take(line)) {
    constexpr std::array<std::string_view, 4> kLevels{"error", "warning", "info", "debug"};
    std::string& text = lines.emplace_back(kLevels[static_cast<std::size_t>(line.level)]);
    text.append(": ").append(line.text.data(), line.size);
  }
  return lines;
}

std::chrono::nanoseconds Harness::now() const {
  return std::chrono::nanoseconds(parts_->now - Parts::kStart);
}

std::string& Harness::react(std::chrono::nanoseconds now, std::string_view lines) {
  parts_->now = Parts::kStart + static_cast<Ticks>(now.count());
  parts_->output.append(std::exchange(parts_->sent_at_init, {}));
  parts_->node.runtime().take_offloaded_after_waits();
  parts_->feed(lines);
  parts_->node.runtime().wait_for_offloaded();
  return parts_->output;
}

std::chrono::nanoseconds Harness::due() const {
  const Ticks due = parts_->node.runtime().due();
  if (due == pipeline::kNeverDue) return std::chrono::nanoseconds::max();
  return std::chrono::nanoseconds(std::max(due, parts_->now) - Parts::kStart);
}

}  // namespace narrows::testing
