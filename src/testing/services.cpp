// SPDX-License-Identifier: MIT
#include "testing/services.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <iterator>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "json/string.hpp"

namespace narrows::testing {
namespace {

std::string error(int code, std::string_view text) {
  std::string members(R"("type":"error","code":)");
  members.append(std::to_string(code)).append(R"(,"text":")");
  json::append_escaped(members, text);
  return members += '"';
}

std::optional<KvRequest::Kind> kind_of(std::string_view type) {
  if (type == "read") return KvRequest::Kind::read;
  if (type == "write") return KvRequest::Kind::write;
  if (type == "cas") return KvRequest::Kind::cas;
  return std::nullopt;
}

bool has(const json::Value& object, std::string_view name) {
  return std::ranges::find(object.names(), name) != object.names().end();
}

/// The member that a request lacks; empty: none.
std::string_view missing(KvRequest::Kind kind, const json::Value& body) {
  if (!has(body, "key")) return "key";
  if (kind == KvRequest::Kind::write && !has(body, "value")) return "value";
  if (kind == KvRequest::Kind::cas && !has(body, "from")) return "from";
  if (kind == KvRequest::Kind::cas && !has(body, "to")) return "to";
  return {};
}

}  // namespace

std::string KvService::answer(std::string_view client, std::string_view body,
                              std::chrono::nanoseconds now) {
  const auto value = json::Value::parse(body);
  if (!value) return error(12, "the body cannot be read: it is too deep");
  const auto kind = kind_of((*value)["type"].string().value_or(""));
  if (!kind) return error(10, "a key-value service knows read, write and cas");
  const std::string_view lacks = missing(*kind, *value);
  if (!lacks.empty()) return error(12, std::string(lacks).append(" is missing"));
  return answer({*kind, client, keys_.id((*value)["key"].to_json()), *value, now});
}

KvService::Step KvService::step(const KvRequest& request, const json::Value* current) {
  const json::Value& body = request.body;
  if (request.kind == KvRequest::Kind::write) return {R"("type":"write_ok")", &body["value"]};
  const bool is_cas = request.kind == KvRequest::Kind::cas;
  if (current == nullptr) {
    if (is_cas && body["create_if_not_exists"].boolean().value_or(false)) {
      return {R"("type":"cas_ok")", &body["to"]};
    }
    return {error(20, "key does not exist")};
  }
  if (!is_cas) return {std::string(R"("type":"read_ok","value":)").append(current->to_json())};
  if (current->equals(body["from"])) return {R"("type":"cas_ok")", &body["to"]};
  std::string text("current value ");
  text.append(current->to_json()).append(" is not ").append(body["from"].to_json());
  return {error(22, text)};
}

namespace {

class LinKvService final : public KvService {
  std::string answer(const KvRequest& request) override {
    const auto found = values_.find(request.key);
    Step step = KvService::step(request, found == values_.end() ? nullptr : &found->second);
    if (step.written != nullptr) values_[request.key] = *step.written;
    return std::move(step.answer);
  }

  std::map<Values::Id, json::Value> values_;
};

/// All states are one sequence, of all keys. A client has seen one of them, and is answered from
/// that or a later one; what changes something does so at the end, and the client has seen that.
class SeqKvService final : public KvService {
 public:
  explicit SeqKvService(RandomSource random) : random_(random) {}

 private:
  static constexpr std::uint64_t kMostBehind = 32;  // states, as in Maelstrom

  struct Version {
    std::uint64_t since;  // the state that it came with
    json::Value value;
  };

  std::string answer(const KvRequest& request) override {
    std::vector<Version>& versions = versions_[request.key];
    std::uint64_t& seen = seen_.try_emplace(std::string(request.client)).first->second;
    seen = std::max(seen, last_ - std::min(last_, kMostBehind));
    seen += random_.below(last_ - seen + 1);
    Step step = KvService::step(request, value_at(versions, seen));
    if (step.written == nullptr) return std::move(step.answer);
    seen = last_;
    step = KvService::step(request, value_at(versions, seen));
    if (step.written != nullptr) {
      seen = ++last_;
      versions.push_back({last_, *step.written});
      forget(versions);
    }
    return std::move(step.answer);
  }

  static const json::Value* value_at(const std::vector<Version>& versions, std::uint64_t state) {
    const auto later = std::ranges::upper_bound(versions, state, {}, &Version::since);
    return later == versions.begin() ? nullptr : &std::prev(later)->value;
  }

  /// What nobody can be shown any more.
  void forget(std::vector<Version>& versions) const {
    const std::uint64_t oldest = last_ - std::min(last_, kMostBehind);
    const auto later = std::ranges::upper_bound(versions, oldest, {}, &Version::since);
    if (later - versions.begin() > 1) versions.erase(versions.begin(), std::prev(later));
  }

  RandomSource random_;
  std::uint64_t last_ = 0;
  std::map<std::string, std::uint64_t> seen_;
  std::map<Values::Id, std::vector<Version>> versions_;  // each in the order of states
};

/// A request goes to any of the replicas. Each write is stamped by its replica's clock, which is
/// off by up to kMostSkew, and before each request one replica tells another what it has of the
/// key: the later stamp wins, whatever was written last.
class LwwKvService final : public KvService {
 public:
  explicit LwwKvService(RandomSource random) : random_(random) {
    for (Replica& replica : replicas_) {
      replica.skew = std::chrono::nanoseconds(random_.below(2 * kMostSkew.count() + 1)) - kMostSkew;
    }
  }

 private:
  static constexpr std::chrono::nanoseconds kMostSkew = std::chrono::milliseconds(50);
  static constexpr std::size_t kReplicas = 5;  // as in Maelstrom

  struct Entry {
    std::chrono::nanoseconds stamp;
    std::size_t replica;  // that stamped it: no two stamps are alike but one replica's
    json::Value value;
  };
  struct Replica {
    std::chrono::nanoseconds skew{};
    std::map<Values::Id, Entry> entries;
  };

  std::string answer(const KvRequest& request) override {
    gossip(request.key);
    const std::size_t at = random_.below(kReplicas);
    Replica& replica = replicas_.at(at);
    const auto found = replica.entries.find(request.key);
    const bool is_there = found != replica.entries.end();
    Step step = KvService::step(request, is_there ? &found->second.value : nullptr);
    if (step.written != nullptr) {
      store(replica, request.key, {request.now + replica.skew, at, *step.written});
    }
    return std::move(step.answer);
  }

  void gossip(Values::Id key) {
    const Replica& from = replicas_.at(random_.below(kReplicas));
    Replica& to = replicas_.at(random_.below(kReplicas));
    const auto told = from.entries.find(key);
    if (&from != &to && told != from.entries.end()) store(to, key, told->second);
  }

  static void store(Replica& replica, Values::Id key, const Entry& entry) {
    const auto [kept, is_new] = replica.entries.try_emplace(key, entry);
    if (is_new) return;
    const auto order = [](const Entry& of) { return std::pair(of.stamp, of.replica); };
    if (order(entry) >= order(kept->second)) kept->second = entry;
  }

  RandomSource random_;
  std::array<Replica, kReplicas> replicas_;
};

}  // namespace

std::unique_ptr<KvService> make_lin_kv() { return std::make_unique<LinKvService>(); }

std::unique_ptr<KvService> make_seq_kv(RandomSource random) {
  return std::make_unique<SeqKvService>(random);
}

std::unique_ptr<KvService> make_lww_kv(RandomSource random) {
  return std::make_unique<LwwKvService>(random);
}

}  // namespace narrows::testing
