// SPDX-License-Identifier: MIT
// Clients of kafka: they send, poll on from where they are in a few logs (now and then from the
// beginning), commit how far they came, and ask what was committed. At the end each node is asked
// what was committed of all logs, and polled until nothing more comes.
#include <limits>
#include <map>

#include "json/scalar.hpp"
#include "narrows/raw.hpp"
#include "testing/clients.hpp"
#include "testing/findings.hpp"

namespace narrows::testing {
namespace {

constexpr std::uint64_t kLogs = 5;
constexpr std::int64_t kLastOffset = std::numeric_limits<std::int64_t>::max();

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

std::string keys_of(const Offsets& offsets) {
  std::string json = "{\"keys\":[";
  const char* separator = "";
  for (const auto& [log, offset] : offsets) {
    json.append(separator).append("\"").append(log).append("\"");
    separator = ",";
  }
  return json + "]}";
}

/// Moves behind what a poll brought; false: there is no need to. What is no answer to a poll is for
/// the check to find.
bool advance(Offsets& offsets, const std::string& result) {
  bool has_moved = false;
  try {
    const auto logs = member_of(result, "msgs");
    if (!logs) return false;
    for (const auto [log, messages] : logs->members()) {
      const auto next = offsets.find(std::string(log));
      if (next == offsets.end()) continue;
      for (const Raw& message : messages.items()) {
        const auto offset = json::as_integer(message.items().begin()->text());
        if (!offset || *offset < next->second || *offset == kLastOffset) continue;
        next->second = *offset + 1;
        has_moved = true;
      }
    }
  } catch (const std::exception&) {
    return false;
  }
  return has_moved;
}

class KafkaClients final : public Clients {
 public:
  explicit KafkaClients(std::size_t nodes) : last_(nodes) {
    for (LastRequests& last : last_) {
      for (std::uint64_t log = 0; log < kLogs; ++log) last.next[std::to_string(log)] = 0;
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
    const LastRequests& last = last_[node];
    if (!last.has_listed) return Ask{"list_committed_offsets", keys_of(last.next)};
    if (last.has_ended) return {};
    return Ask{"poll", in_json(last.next)};
  }
  void answered_last(std::size_t node, const Operation& operation) override {
    LastRequests& last = last_[node];
    if (!last.has_listed) {
      last.has_listed = true;
      return;
    }
    // Each brings one of the messages, or more: who goes on after that has others.
    const bool has_all = ++last.polls > next_message_;
    last.has_ended = has_all || !advance(last.next, operation.result);
  }

 private:
  struct LastRequests {
    Offsets next;
    bool has_listed = false;
    std::int64_t polls = 0;
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
  std::vector<LastRequests> last_;       // by node
  std::int64_t next_message_ = 0;
};

}  // namespace

std::unique_ptr<Clients> make_kafka_clients(std::size_t nodes) {
  return std::make_unique<KafkaClients>(nodes);
}

}  // namespace narrows::testing
