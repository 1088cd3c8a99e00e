// SPDX-License-Identifier: MIT
// A recording that a replay reads: of `narrows tap` (its format is in tap_file.hpp), or a pair of
// files with bare messages, of which only the requests of clients and the replies to them count.
//
// Bound: one line. Errors: std::runtime_error with one sentence. Threads: one.
#pragma once

#include <cstdint>
#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "json/value.hpp"

namespace narrows::tools {

/// Who asked, and the request's number: what a reply belongs to.
using Key = std::pair<std::string, std::int64_t>;

/// A request of a client, or a reply to one.
struct Message {
  bool is_request;
  Key key;
  std::string line;
  double t_us = 0;
};

/// What a reply belongs to; nothing unless it is one to a client.
[[nodiscard]] std::optional<Key> key_of_reply(const json::Value& message);

/// The lines of a file, which need not fit into memory.
class Lines {
 public:
  explicit Lines(const std::string& path);
  ~Lines();
  Lines(const Lines&) = delete;
  Lines& operator=(const Lines&) = delete;

  /// The next one without its newline, which stands until the one after it is asked for. Nothing
  /// at the end.
  std::optional<std::string_view> next();

 private:
  struct Closer {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };

  [[noreturn]] void fail() const;

  const std::string path_;
  const std::unique_ptr<std::FILE, Closer> file_;
  char* line_ = nullptr;  // from malloc(), as getline() has it
  std::size_t room_ = 0;
};

class Recording {
 public:
  /// `replies` is empty, or the second file of a pair.
  Recording(const std::string& path, const std::string& replies);

  /// Nothing at the end.
  std::optional<Message> next() { return replies_ ? next_of_pair() : next_of_tap(); }

  /// Lines that were passed over as they were not whole.
  [[nodiscard]] std::uint64_t left_out() const { return left_out_; }

 private:
  std::optional<Message> next_of_tap();
  std::optional<Message> next_of_pair();

  Lines first_;  // the recording, or the requests of a pair
  std::optional<Lines> replies_;
  bool reply_is_next_ = false;
  std::uint64_t left_out_ = 0;
};

}  // namespace narrows::tools
