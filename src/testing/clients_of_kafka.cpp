// SPDX-License-Identifier: MIT
// Clients of kafka: they send, poll on from where they are in a few logs (now and then from the
// beginning), commit how far they came, and ask what was committed.
#include <charconv>
#include <iterator>
#include <limits>
#include <map>
#include <optional>

#include "narrows/error.hpp"
#include "narrows/raw.hpp"
#include "testing/clients.hpp"
#include "testing/findings.hpp"

namespace narrows::testing {
namespace {

constexpr std::uint64_t kLogs = 5;

using Offsets = std::map<std::string, std::int64_t>;

std::string in_json(const Offsets& offsets) {
  std::string json = "{\"offsets\":{";
  const char* separator = "";
  for (const auto& [log, offset] : offsets) {
    json.append(separator).append("\"").append(log).append("\":").append(std::to_string(offset));
    separator = ",";
  }
  return json + "}}";
}

/// Behind a message, [offset, value]; nothing: it is none.
std::optional<std::int64_t> behind(const Raw& message) {
  const RawItems items = message.items();
  const auto offset = items.begin();
  if (offset == std::default_sentinel) return {};
  const std::string_view text = offset->text();
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool is_offset = error == std::errc() && end == text.data() + text.size() && value >= 0;
  if (!is_offset || value == std::numeric_limits<std::int64_t>::max()) return {};
  return value + 1;
}

/// Moves behind what a poll brought of the logs that it asked for; false: it brought nothing new.
/// What is no answer to a poll is for the check to find.
bool advance(Offsets& offsets, const std::string& result) {
  bool has_moved = false;
  try {
    const auto logs = member_of(result, "msgs");
    if (!logs) return false;
    for (const auto [log, messages] : logs->members()) {
      const auto known = offsets.find(std::string(log));
      if (known == offsets.end()) continue;
      for (const Raw& message : messages.items()) {
        const auto next = behind(message);
        if (!next || *next <= known->second) continue;
        known->second = *next;
        has_moved = true;
      }
    }
  } catch (const Error&) {
    return false;
  }
  return has_moved;
}

class KafkaClients final : public Clients {
 public:
  explicit KafkaClients(std::size_t nodes) : last_(nodes) {
    for (LastPolls& polls : last_) {
      for (std::uint64_t log = 0; log < kLogs; ++log) polls.next[std::to_string(log)] = 0;
    }
  }

  Ask next(std::size_t client, const Draw& draw) override {
    Offsets& next = next_[client];
    const std::uint64_t kind = draw(10);
    const std::string log = std::to_string(draw(kLogs));
    if (kind < 4) {
      const std::string message = std::to_string(next_message_++);
      return {"send", R"({"key":")" + log + R"(","msg":)" + message + "}"};
    }
    if (kind < 8) return {"poll", in_json(polled(next, log, draw(10) == 0, draw))};
    if (kind == 8 && !read_to(next).empty()) return {"commit_offsets", in_json(read_to(next))};
    return {"list_committed_offsets", R"({"keys":[")" + log + R"("]})"};
  }
  void answered(std::size_t client, const Operation& operation) override {
    if (operation.function == "poll" && operation.outcome == Outcome::ok) {
      advance(next_[client], operation.result);
    }
  }

  std::optional<Ask> last(std::size_t node) override {
    if (last_[node].has_ended) return {};
    return Ask{"poll", in_json(last_[node].next)};
  }
  void answered_last(std::size_t node, const Operation& operation) override {
    LastPolls& polls = last_[node];
    // Each that goes on brings a message at least: who has more of them than were sent makes them
    // up.
    polls.has_ended = !advance(polls.next, operation.result) || ++polls.brought > next_message_;
  }

 private:
  struct LastPolls {
    Offsets next;
    std::int64_t brought = 0;  // polls that went on
    bool has_ended = false;
  };

  /// One log or two, from where the client is.
  static Offsets polled(Offsets& next, const std::string& log, bool is_anew, const Draw& draw) {
    Offsets offsets;
    for (const std::string& name : {log, std::to_string(draw(kLogs))}) {
      if (is_anew) next[name] = 0;
      offsets[name] = next[name];
    }
    return offsets;
  }
  /// The last offset that it has read, of each log.
  static Offsets read_to(const Offsets& next) {
    Offsets read;
    for (const auto& [log, offset] : next) {
      if (offset > 0) read[log] = offset - 1;
    }
    return read;
  }

  std::map<std::size_t, Offsets> next_;  // by client
  std::vector<LastPolls> last_;          // by node
  std::int64_t next_message_ = 0;
};

}  // namespace

std::unique_ptr<Clients> make_kafka_clients(std::size_t nodes) {
  return std::make_unique<KafkaClients>(nodes);
}

}  // namespace narrows::testing
