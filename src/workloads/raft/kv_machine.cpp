// SPDX-License-Identifier: MIT
#include "workloads/raft/kv_machine.hpp"

#include <algorithm>
#include <iterator>
#include <tuple>
#include <utility>
#include <vector>

#include "narrows/decode.hpp"
#include "narrows/encode.hpp"
#include "narrows/error.hpp"
#include "narrows/fields.hpp"
#include "workloads/raft/canonical.hpp"

namespace narrows::workloads::raft {
namespace {

/// Origin, number, floor, kind, key, from, to.
using Command = std::tuple<std::string, std::uint64_t, std::uint64_t, int, Raw, Raw, Raw>;

struct SessionImage {
  std::string origin;
  std::uint64_t floor;
  std::vector<std::pair<std::uint64_t, std::uint64_t>> ranges;
};
NARROWS_FIELDS(SessionImage, origin, floor, ranges)

struct Image {
  std::vector<SessionImage> sessions;
  std::vector<std::pair<Raw, Raw>> values;
};
NARROWS_FIELDS(Image, sessions, values)

bool are_equal(std::string_view a, std::string_view b) {
  return a == b || canonical(Raw::checked(a)) == canonical(Raw::checked(b));
}

}  // namespace

std::string command_of(std::string_view origin, std::uint64_t number, std::uint64_t floor,
                       const Change& change) {
  std::string text = "[";
  text.append(encode(origin)).append(",").append(std::to_string(number)).append(",");
  text.append(std::to_string(floor)).append(",");
  text.append(std::to_string(static_cast<int>(change.kind))).append(",").append(change.key);
  text.append(",").append(change.from.empty() ? "null" : change.from).append(",");
  return text.append(change.to).append("]");
}

std::optional<KvMachine::Applied> KvMachine::apply(std::string_view text) try {
  auto [origin, number, floor, kind, key, from, to] = decode<Command>(Raw::checked(text));
  constexpr int kLastKind = static_cast<int>(Change::Kind::create_or_set);
  if (kind < 0 || kind > kLastKind) return std::nullopt;
  Session& session = sessions_[origin];
  session.raise(floor);
  Applied applied{std::move(origin), number, Outcome::repeated};
  if (session.has(number)) return applied;
  session.add(number);
  applied.outcome = change(static_cast<Change::Kind>(kind), canonical(key), from.text(), to.text());
  return applied;
} catch (const Error&) {
  return std::nullopt;
}

KvMachine::Outcome KvMachine::change(Change::Kind kind, std::string key, std::string_view from,
                                     std::string_view to) {
  const auto found = values_.find(key);
  if (found == values_.end()) {
    if (kind == Change::Kind::compare_and_set) return Outcome::no_such_key;
    values_.emplace(std::move(key), to);
    return Outcome::done;
  }
  if (kind != Change::Kind::write && !are_equal(found->second, from)) return Outcome::different;
  found->second = to;
  return Outcome::done;
}

const std::string* KvMachine::find(const std::string& key) const {
  const auto found = values_.find(key);
  return found == values_.end() ? nullptr : &found->second;
}

bool KvMachine::has_applied(const std::string& origin, std::uint64_t number) const {
  const auto session = sessions_.find(origin);
  return session != sessions_.end() && session->second.has(number);
}

bool KvMachine::Session::has(std::uint64_t number) const {
  if (number < floor) return true;
  const auto next = ranges.upper_bound(number);
  return next != ranges.begin() && std::prev(next)->second >= number;
}

/// Precondition: it has not been added.
void KvMachine::Session::add(std::uint64_t number) {
  const auto next = ranges.upper_bound(number);
  std::uint64_t last = number;
  if (next != ranges.end() && next->first == number + 1) {
    last = next->second;
    ranges.erase(next);
  }
  const auto after = ranges.upper_bound(number);
  if (after != ranges.begin() && std::prev(after)->second + 1 == number) {
    std::prev(after)->second = last;
  } else {
    ranges.emplace(number, last);
  }
}

void KvMachine::Session::raise(std::uint64_t to) {
  floor = std::max(floor, to);
  while (!ranges.empty() && ranges.begin()->second < floor) ranges.erase(ranges.begin());
}

std::string KvMachine::snapshot() const {
  Image image;
  for (const auto& [origin, session] : sessions_) {
    image.sessions.push_back(
        {origin, session.floor, {session.ranges.begin(), session.ranges.end()}});
  }
  for (const auto& [key, value] : values_) {
    image.values.emplace_back(Raw::checked(key), Raw::checked(value));
  }
  return encode(image);
}

bool KvMachine::restore(std::string_view text) try {
  const auto image = decode<Image>(Raw::checked(text));
  std::map<std::string, Session, std::less<>> sessions;
  for (const SessionImage& of : image.sessions) {
    sessions[of.origin] = {of.floor, {of.ranges.begin(), of.ranges.end()}};
  }
  std::map<std::string, std::string> values;
  for (const auto& [key, value] : image.values) {
    values.emplace(key.text(), value.text());
  }
  sessions_ = std::move(sessions);
  values_ = std::move(values);
  return true;
} catch (const Error&) {
  return false;
}

}  // namespace narrows::workloads::raft
