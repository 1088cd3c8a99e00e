// SPDX-License-Identifier: MIT
#include "replies.hpp"

#include <algorithm>
#include <cstring>
#include <span>
#include <vector>

#include "json/scalar.hpp"
#include "json/string.hpp"
#include "json/value.hpp"
#include "mix.hpp"
#include "text.hpp"

namespace narrows::tools {
namespace {

constexpr std::uint32_t kMaxDepth = 512;
constexpr std::string_view kNode = "n1";

/// True when the inside of a JSON string stands for `expected`.
bool stands_for(std::string_view raw, std::string_view expected) {
  return raw == expected ||
         (raw.find('\\') != std::string_view::npos && json::unescape(raw) == expected);
}

bool is_number(std::string_view json) {
  return !json.empty() && json.size() <= 18 &&
         json.find_first_not_of("0123456789") == std::string_view::npos;
}

/// Clients are c and a number, as Maelstrom's are. `dest`: the inside of a JSON string.
bool is_client(std::string_view dest) {
  const bool is_escaped = dest.find('\\') != std::string_view::npos;
  const std::string unescaped = is_escaped ? json::unescape(dest) : std::string();
  const std::string_view name = is_escaped ? unescaped : dest;
  return name.size() > 1 && name.front() == 'c' &&
         name.find_first_not_of("0123456789", 1) == std::string_view::npos;
}

}  // namespace

/// A line that is a message.
struct Checker::Line {
  const char* base;
  std::string_view text;
  json::Message message;
  std::span<const json::Member> members;
  json::Span in_reply_to;  // the value

  [[nodiscard]] std::string_view in(json::Span span) const { return span.in(base); }
  [[nodiscard]] json::Span member(std::string_view name) const {
    const int index = json::find_member(base, members, name);
    return index < 0 ? json::Span{} : members[static_cast<std::size_t>(index)].value;
  }
  void find_in_reply_to();
};

/// Looks between the members that the decoder stored, where only `type`, `msg_id` and `in_reply_to`
/// are left: a payload cannot feign it.
void Checker::Line::find_in_reply_to() {
  constexpr std::string_view kKey = "\"in_reply_to\"";
  std::uint32_t from = message.body.offset;
  for (std::size_t i = 0; i <= members.size(); ++i) {
    const bool last = i == members.size();
    const std::uint32_t to =
        last ? message.body.offset + message.body.length : members[i].value.offset;
    const std::string_view between(base + from, to - from);
    for (std::size_t at = between.find(kKey); at != std::string_view::npos;
         at = between.find(kKey, at + 1)) {
      const std::size_t colon = between.find_first_not_of(" \t\r", at + kKey.size());
      if (between[colon] != ':' || between[at - 1] == '\\') continue;  // the end of another string
      const std::size_t value = between.find_first_not_of(" \t\r", colon + 1);
      const std::size_t end = between.find_first_of(" \t\r,}", value);
      in_reply_to = {from + static_cast<std::uint32_t>(value),
                     static_cast<std::uint32_t>(end - value)};
      return;
    }
    if (!last) from = members[i].value.offset + members[i].value.length;
  }
}

std::uint64_t Tally::errors() const {
  std::uint64_t sum = errors_of_more_codes;
  for (const auto& [code, count] : errors_by_code) sum += count;
  return sum;
}

Checker::Checker(const Load& load, Figures& figures)
    : load_(load),
      figures_(figures),
      reply_type_(load.reply_type()),
      filler_(load.mix ? 0 : load.filler_bytes(), Load::kFiller),
      first_id_(load.first_id()),
      must_echo_(load.type == "echo" || load.type == "bench_echo"),
      decoder_(kMaxDepth) {}

char* Checker::take(char* at, char* end, std::int64_t now) {
  now_ = now;
  while (at < end && broken_.empty()) {
    if (static_cast<std::size_t>(end - at) >= skeleton_.most_bytes()) {
      const Skeleton::Match match = skeleton_.match(at);
      if (match.end != nullptr && take_known(match)) {
        at += match.end - at;
        continue;
      }
    }
    auto* const newline =
        static_cast<char*>(std::memchr(at, '\n', static_cast<std::size_t>(end - at)));
    if (newline == nullptr) break;
    *newline = '\0';
    check(at, newline);
    at = newline + 1;
  }
  return at;
}

/// False when there is more to say about it than that it is right, or a duplicate.
bool Checker::take_known(const Skeleton::Match& match) {
  const std::uint64_t index = match.id - first_id_;
  if (match.client != load_.client_of(index)) return false;
  SendTimes times;
  if (outstanding_.answer(index, times) != Outstanding::Answer::first) return false;
  figures_.answered(times, now_);
  ++tally_.answered;
  note_order(index);
  return true;
}

void Checker::check(char* at, char* end) {
  const json::Span all{0, static_cast<std::uint32_t>(end - at)};
  Line line{at, {at, all.length}, {}, {}, {}};
  decoder_.decode(at, all, members_, line.message);
  line.members = {members_.data(), line.message.members};
  const bool replies = line.message.kind == json::LineKind::late_reply;
  if (!replies && line.message.kind != json::LineKind::request) {
    std::string_view reason = line.message.reason;
    if (reason.ends_with('.')) reason.remove_suffix(1);
    broken_ = joined({reason, ": ", printable(line.text)});
    return;
  }
  const std::string_view dest = line.in(line.message.dest);
  if (!replies && !dest.empty() && !is_client(dest)) {
    ++tally_.sent_to_others;
    return;
  }
  if (replies) line.find_in_reply_to();
  const auto id = json::as_integer(line.in(line.in_reply_to));
  if (!id) {
    ++tally_.unsolicited;
    return give_example("it replies to nothing", line);
  }
  const auto number = static_cast<std::uint64_t>(*id);
  if (number == expected_ && !answer_ && line.in(line.message.dest) == "c0") {
    answer_ = {json::unescape(line.in(line.message.type)), std::string(line.in(line.message.body))};
    return;
  }
  const std::uint64_t index = number - first_id_;
  SendTimes times;
  switch (outstanding_.answer(index, times)) {
    case Outstanding::Answer::first:
      figures_.answered(times, now_);
      return check_reply(line, index);
    case Outstanding::Answer::again:
      ++tally_.duplicated;
      return give_example("the request was answered before", line);
    case Outstanding::Answer::unknown:
      if (load_.id_offset > 0 && number < first_id_) return;  // too late, for an earlier load
      ++tally_.unsolicited;
      return give_example("there was no such request", line);
  }
}

void Checker::check_reply(const Line& line, std::uint64_t index) {
  const std::string fault = fault_of(line, index);
  const bool is_error = line.in(line.message.type) == "error";
  if (!fault.empty() || (is_error && !count_error(line))) {
    ++tally_.wrong;
    return give_example(fault.empty() ? "`code` is no integer" : fault, line);
  }
  ++tally_.answered;
  note_order(index);
  if (!is_error && lessons_left_ > 0 && !load_.mix) learn(line);
}

/// What is wrong with a reply, empty if nothing is.
std::string Checker::fault_of(const Line& line, std::uint64_t index) const {
  const json::Message& message = line.message;
  const std::string client = joined({"c", std::to_string(load_.client_of(index))});
  if (message.members_left_out) return "it has too many members to check";
  if (!stands_for(line.in(message.src), kNode)) return "`src` is not \"n1\"";
  if (!stands_for(line.in(message.dest), client)) return joined({"`dest` is not \"", client, "\""});
  if (line.in(message.type) == "error") return {};
  const std::string& type = load_.mix ? load_.mix->message_of(load_, index).expect : reply_type_;
  if (!stands_for(line.in(message.type), type)) {
    return joined({"`type` is not \"", printable(type), "\""});
  }
  return load_.mix ? fault_of_members(line, index) : fault_of_payload(line, index);
}

std::string Checker::fault_of_payload(const Line& line, std::uint64_t index) const {
  const std::string_view echo = line.in(line.member("echo"));
  if (echo.empty()) return must_echo_ ? "`echo` is missing" : "";
  const std::string payload = std::to_string(first_id_ + index) + filler_;
  const bool same = echo.front() == '"' && stands_for(echo.substr(1, echo.size() - 2), payload);
  return same ? "" : "`echo` is not the request's";
}

/// Members that must be as the request, which is rendered again, has them.
std::string Checker::fault_of_members(const Line& line, std::uint64_t index) const {
  const Mix::Message& message = load_.mix->message_of(load_, index);
  if (message.same.empty()) return {};
  std::string text;
  load_.mix->render(load_, index, text);
  const auto request = json::Value::parse(text);
  const auto reply = json::Value::parse(line.text);
  for (const std::string& name : message.same) {
    if (!request || !reply || !(*request)["body"][name].equals((*reply)["body"][name])) {
      return joined({"`", printable(name, 40), "` is not the request's"});
    }
  }
  return {};
}

bool Checker::count_error(const Line& line) {
  const auto code = json::as_integer(line.in(line.member("code")));
  if (!code) return false;
  const auto known = tally_.errors_by_code.find(*code);
  if (known != tally_.errors_by_code.end()) {
    ++known->second;
  } else if (tally_.errors_by_code.size() < Tally::kMostCodes) {
    tally_.errors_by_code[*code] = 1;
  } else {
    ++tally_.errors_of_more_codes;
  }
  return true;
}

void Checker::note_order(std::uint64_t index) {
  if (index < passed_) {
    ++tally_.out_of_order;
  } else {
    passed_ = index + 1;
  }
}

void Checker::give_example(std::string_view why, const Line& line) {
  if (!tally_.example.empty()) return;
  tally_.example = joined({why, ": ", printable(line.text)});
}

void Checker::expect(std::uint64_t id) {
  expected_ = id;
  answer_.reset();
}

/// Takes a right reply as the pattern of those to come.
void Checker::learn(const Line& line) {
  --lessons_left_;
  const std::string_view id = line.in(line.in_reply_to);
  const json::Span echo = line.member("echo");
  std::vector<Skeleton::Spot> spots;
  const std::string_view dest = line.in(line.message.dest);
  if (dest.find('\\') != std::string_view::npos) return;
  spots.push_back(
      {line.message.dest.offset + std::size_t{1}, dest.size() - 1, Skeleton::Varying::client});
  spots.push_back({line.in_reply_to.offset, id.size(), Skeleton::Varying::id});
  if (const std::string_view msg_id = line.message.msg_id(line.base); is_number(msg_id)) {
    const auto offset = static_cast<std::size_t>(msg_id.data() - line.base);
    spots.push_back({offset, msg_id.size(), Skeleton::Varying::number});
  }
  for (const json::Member& member : line.members) {
    if (member.value.offset == echo.offset) {
      if (line.in(echo).substr(1, id.size()) != id) return;  // written with escapes
      spots.push_back({echo.offset + std::size_t{1}, id.size(), Skeleton::Varying::id});
    } else if (is_number(line.in(member.value))) {
      spots.push_back({member.value.offset, member.value.length, Skeleton::Varying::number});
    }
  }
  std::sort(spots.begin(), spots.end(),
            [](const auto& a, const auto& b) { return a.offset < b.offset; });
  skeleton_ = Skeleton(std::string(line.text) + '\n', spots);
}

}  // namespace narrows::tools
