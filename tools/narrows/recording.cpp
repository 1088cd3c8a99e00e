// SPDX-License-Identifier: MIT
#include "recording.hpp"

#include <sys/types.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <stdexcept>

#include "text.hpp"

namespace narrows::tools {
namespace {

using json::Value;

std::optional<Key> key_of_request(const Value& message) {
  const auto src = message["src"].string();
  const auto id = message["body"]["msg_id"].integer();
  const bool replies = message["body"]["in_reply_to"].kind() != Value::Kind::null;
  if (!src || !src->starts_with('c') || !id || replies) return std::nullopt;
  return Key{*src, *id};
}

/// Nothing for what is no JSON, too: the node had to live with it; so do we. A text of several
/// lines is none that ever passed.
std::optional<Message> message_of(bool in, std::string_view line) {
  if (line.find('\n') != std::string_view::npos) return std::nullopt;
  const auto value = Value::parse(line);
  if (!value) return std::nullopt;
  auto key = in ? key_of_request(*value) : key_of_reply(*value);
  if (!key) return std::nullopt;
  return Message{in, *std::move(key), std::string(line)};
}

}  // namespace

std::optional<Key> key_of_reply(const Value& message) {
  const auto dest = message["dest"].string();
  const auto id = message["body"]["in_reply_to"].integer();
  if (!dest || !dest->starts_with('c') || !id) return std::nullopt;
  return Key{*dest, *id};
}

Lines::Lines(const std::string& path) : path_(path), file_(std::fopen(path.c_str(), "re")) {
  if (!file_) fail();
  // What cannot be read, such as a folder, is to be known before a node is started.
  std::ungetc(std::getc(file_.get()), file_.get());
  if (std::ferror(file_.get()) != 0) fail();
}

Lines::~Lines() { std::free(line_); }

std::optional<std::string_view> Lines::next() {
  const ssize_t bytes = getline(&line_, &room_, file_.get());
  if (std::ferror(file_.get()) != 0) fail();
  if (bytes <= 0) return std::nullopt;
  std::string_view line(line_, static_cast<std::size_t>(bytes));
  if (line.ends_with('\n')) line.remove_suffix(1);
  return line;
}

void Lines::fail() const {
  throw std::runtime_error(joined({"cannot read ", printable(path_), ": ", std::strerror(errno)}));
}

Recording::Recording(const std::string& path, const std::string& replies) : first_(path) {
  if (!replies.empty()) {
    replies_.emplace(replies);
    return;
  }
  const auto head = first_.next();
  const auto parsed = head ? Value::parse(*head) : std::nullopt;
  if (parsed && (*parsed)["narrows_tap"].integer()) return;
  throw std::runtime_error(
      joined({printable(path),
              " is no recording of narrows tap (see --replies for two files of "
              "bare messages)"}));
}

std::optional<Message> Recording::next_of_tap() {
  while (const auto line = first_.next()) {
    const auto record = Value::parse(*line);
    if (!record) continue;  // the last one, cut short by SIGKILL
    if ((*record)["cut"].boolean() == true || (*record)["unfinished"].boolean() == true) {
      ++left_out_;
      continue;
    }
    const auto text = (*record)["line"].string();
    if (!text) continue;
    if (auto message = message_of((*record)["dir"].string() == "in", *text)) {
      message->t_us = (*record)["t_us"].number().value_or(0);
      return message;
    }
  }
  return std::nullopt;
}

/// One request and one reply in turn, so that neither file is far ahead of the other.
std::optional<Message> Recording::next_of_pair() {
  for (const bool reply : {reply_is_next_, !reply_is_next_}) {
    while (const auto line = (reply ? *replies_ : first_).next()) {
      if (auto message = message_of(!reply, *line)) {
        reply_is_next_ = !reply;
        return message;
      }
    }
  }
  return std::nullopt;
}

}  // namespace narrows::tools
