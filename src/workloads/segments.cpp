// SPDX-License-Identifier: MIT
#include "workloads/segments.hpp"

#include <algorithm>
#include <chrono>
#include <iterator>
#include <optional>
#include <utility>

namespace narrows::workloads {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view kService = "lin-kv";
constexpr int kAttempts = 4;  // of a compare-and-set that is not answered

/// What was appended at once: its tag and its items.
using Append = std::pair<std::string, std::vector<Raw>>;

bool has(const Segment& segment, std::string_view tag) {
  if (!segment.exists()) return false;
  const auto appends = decode<std::vector<Append>>(Raw::checked(segment.text));
  return std::ranges::find(appends, tag, &Append::first) != appends.end();
}

/// The segment's text with one more append.
std::string grown(const std::string& text, const std::string& tag,
                  const std::vector<std::string>& items) {
  std::string json(text, 0, text.empty() ? 0 : text.rfind(']'));
  json.append(text.empty() ? "[[" : ",[").append(encode(tag)).append(",[");
  for (const std::string& item : items) json.append(item).append(",");
  json.back() = ']';
  return json.append("]]");
}

SegmentPtr segment_of(std::uint64_t index, const Raw& value) {
  auto segment = std::make_shared<Segment>(Segment{index, std::string(value.text())});
  for (const auto& [tag, items] : decode<std::vector<Append>>(value)) {
    for (const Raw& item : items) segment->items.emplace_back(item.text());
  }
  return segment;
}

}  // namespace

Task<SegmentPtr> Segments::read(std::uint64_t index) {
  const Reply request = message("read").set("key", key(index));
  const auto ask = [&] { return node_.rpc(kService, request); };
  std::optional<Error> failure;
  try {
    const Response response = co_await retry({.attempts = 3, .first = 20ms}, ask);
    co_return segment_of(index, response.raw("value"));
  } catch (const Cancelled&) {
    throw;
  } catch (const Error& error) {
    failure = error;
  }
  if (failure->code() != static_cast<int>(ErrorCode::key_does_not_exist)) {
    throw Error(ErrorCode::temporarily_unavailable,
                "lin-kv cannot be read: " + std::string(failure->text()));
  }
  co_return empty_segment(index);
}

Task<SegmentPtr> Segments::append(SegmentPtr segment, std::vector<std::string> items) {
  const std::string tag = node_.id() + "-" + std::to_string(++appends_);
  auto next = std::make_shared<Segment>(*segment);
  next->text = grown(segment->text, tag, items);
  std::ranges::move(items, std::back_inserter(next->items));
  // One without an answer may yet come to lin-kv. Tried again it is the very same, so that only one
  // of them can happen: what it compares with comes only once.
  for (int attempt = 1; attempt <= kAttempts; ++attempt) {
    const Outcome outcome = co_await compare_and_set(segment->index, segment->text, next->text);
    if (outcome == Outcome::happened) co_return next;
    if (outcome == Outcome::unknown) continue;
    if (attempt == 1) co_return nullptr;
    SegmentPtr now;
    try {
      now = co_await read(segment->index);
    } catch (const Cancelled&) {
      throw;
    } catch (const Error&) {
      break;
    }
    co_return has(*now, tag) ? now : nullptr;
  }
  throw Error(ErrorCode::timeout, "lin-kv does not answer");
}

Task<Segments::Outcome> Segments::compare_and_set(std::uint64_t index, const std::string& from,
                                                  const std::string& to) {
  Reply request = message("cas").set("key", key(index)).raw("to", Raw::checked(to));
  request.raw("from", from.empty() ? Raw() : Raw::checked(from));
  if (from.empty()) request.set("create_if_not_exists", true);
  try {
    co_await node_.rpc(kService, request);
    co_return Outcome::happened;
  } catch (const Cancelled&) {
    throw;
  } catch (const Error& error) {
    const bool has_failed = error.code() == static_cast<int>(ErrorCode::precondition_failed);
    co_return has_failed ? Outcome::failed : Outcome::unknown;
  }
}

}  // namespace narrows::workloads
