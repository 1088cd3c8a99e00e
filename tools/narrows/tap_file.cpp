// SPDX-License-Identifier: MIT
#include "tap_file.hpp"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <new>
#include <optional>
#include <system_error>

#include "base/text.hpp"
#include "text.hpp"

namespace narrows::tools {
namespace {

constexpr std::size_t kMostText = 2 * LineRecord::kLongestLine;  // any message's, but no noise's
constexpr int kMostInterruptions = 100;                          // in a row
constexpr std::size_t kMostAround = 128;                         // a record without its line
static_assert(kMostText + kMostAround <= TapFile::kMostBuffered);

unsigned byte_at(std::string_view text, std::size_t i) {
  return i < text.size() ? static_cast<unsigned char>(text[i]) : 0;
}

/// Bytes of the character at `i`, 0 if that is no UTF-8.
std::size_t character_at(std::string_view text, std::size_t i) {
  return byte_at(text, i) < 0x80 ? 1 : first_character(text.substr(i)).bytes;
}

/// Bytes of the character at `i` if it must be escaped, else 0.
std::size_t to_escape_at(std::string_view text, std::size_t i) {
  const unsigned byte = byte_at(text, i);
  if (byte < 0x80) return byte < 0x20 || byte == '"' || byte == '\\' || byte == 0x7F ? 1 : 0;
  if (byte < 0xC2) return 0;  // of a character that was looked at
  const Character character = first_character(text.substr(i));
  return can_be_seen(character.code_point) ? 0 : character.bytes;
}

std::string escape_of(std::string_view character) {
  switch (character.front()) {
    case '"': return "\\\"";
    case '\\': return "\\\\";
    case '\t': return "\\t";
    case '\r': return "\\r";
    default: return json_code(first_character(character).code_point);
  }
}

/// Bytes that append_escaped() appends; none if the text is no UTF-8.
std::optional<std::size_t> escaped_size(std::string_view text) {
  std::size_t size = text.size();
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t length = character_at(text, i);
    if (length == 0) return std::nullopt;
    if (to_escape_at(text, i) > 0) size += escape_of(text.substr(i, length)).size() - length;
    i += length;
  }
  return size;
}

void append_escaped(std::string& to, std::string_view text) {
  std::size_t done = 0;
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t length = to_escape_at(text, i);
    if (length == 0) {
      ++i;
      continue;
    }
    to.append(text.substr(done, i - done)).append(escape_of(text.substr(i, length)));
    done = i += length;
  }
  to.append(text.substr(done));
}

constexpr std::size_t base64_size(std::size_t bytes) { return (bytes + 2) / 3 * 4; }

void append_base64(std::string& to, std::string_view bytes) {
  constexpr std::string_view kDigits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const unsigned group =
        byte_at(bytes, i) << 16 | byte_at(bytes, i + 1) << 8 | byte_at(bytes, i + 2);
    for (std::size_t j = 0; j < 4; ++j) {
      to += i + j > bytes.size() ? '=' : kDigits[group >> (18 - 6 * j) & 63];
    }
  }
}

std::string_view members_of(TapFile::Part part) {
  switch (part) {
    case TapFile::Part::unfinished: return R"(,"unfinished":true)";
    case TapFile::Part::cut: return R"(,"cut":true)";
    case TapFile::Part::cut_and_unfinished: return R"(,"unfinished":true,"cut":true)";
    default: return "";
  }
}

/// Does not wait, neither here nor later: not for whoever reads a fifo, be there one or not.
int opened(const std::string& path) {
  constexpr int kFlags = O_CREAT | O_TRUNC | O_CLOEXEC | O_NONBLOCK;
  int file = open(path.c_str(), O_WRONLY | kFlags, 0666);
  // A fifo that nobody has open to read can be opened like this.
  if (file < 0 && errno == ENXIO) file = open(path.c_str(), O_RDWR | kFlags, 0666);
  if (file < 0) throw std::system_error(errno, std::generic_category(), path);
  return file;
}

std::string head(char* const* command) {
  std::string text = joined(
      {R"({"narrows_tap":1,"started":)", std::to_string(std::time(nullptr)), R"(,"command":[)"});
  for (bool first = true; *command != nullptr; ++command, first = false) {
    text.append(first ? "" : ",").append(quoted(*command));
  }
  return text.append("]}\n");
}

}  // namespace

TapFile::TapFile(const std::string& path, char* const* command)
    : path_(path), file_(opened(path)), writing_text_(head(command)) {
  writing_text_.reserve(kMostBuffered + kMostAround);  // at once, so that it is never copied
  added_.reserve(kMostBuffered + kMostAround);
  flush();
  flusher_ = std::jthread([this](const std::stop_token& stop) { flush_loop(stop); });
}

TapFile::~TapFile() {
  flusher_.request_stop();
  flusher_.join();
  finish([] { return false; });
  close(file_);
}

void TapFile::add(Direction direction, std::string_view line, Clock::time_point when, Part part) {
  const double us = std::chrono::duration<double, std::micro>(when - start_).count();
  try {
    append(direction, line, us, part);
  } catch (const std::bad_alloc&) {
    const std::scoped_lock lock(mutex_);
    drop(us);
  }
}

void TapFile::append(Direction direction, std::string_view line, double us, Part part) {
  const auto text_size = escaped_size(line);
  const bool text = text_size && *text_size <= kMostText;
  const std::size_t size = (text ? *text_size : base64_size(line.size())) + kMostAround;
  const std::string before = joined({R"({"t_us":)", fixed(us, 3), R"(,"dir":)",
                                     direction == Direction::in ? R"("in")" : R"("out")",
                                     text ? R"(,"line":")" : R"(,"base64":")"});
  bool wake = false;
  {
    const std::scoped_lock lock(mutex_);
    const std::size_t buffered = added_.size();
    if (buffered + size > kMostBuffered) return drop(us);
    append_dropped();
    added_.append(before);
    text ? append_escaped(added_, line) : append_base64(added_, line);
    added_.append("\"").append(members_of(part)).append("}\n");
    constexpr std::size_t kMuch = kMostBuffered / 4;
    wake = buffered == 0 || (buffered < kMuch && added_.size() >= kMuch);
  }
  if (wake) changed_.notify_one();
}

void TapFile::drop(double us) {
  ++dropped_;
  dropped_us_ = us;
  has_dropped_ = true;
}

/// Where the dropped lines would stand. There is always room: see kMostAround.
void TapFile::append_dropped() {
  if (dropped_ == 0) return;
  added_.append(joined(
      {R"({"t_us":)", fixed(dropped_us_, 3), R"(,"dropped":)", std::to_string(dropped_), "}\n"}));
  dropped_ = 0;
}

TapFile::Flushed TapFile::flush() {
  const std::scoped_lock lock(writing_);
  Flushed flushed = write();  // what is left over
  if (flushed == Flushed::all) {
    take();
    flushed = write();
  }
  bool has_dropped = false;
  {
    const std::scoped_lock inner(mutex_);
    has_dropped = has_dropped_;
  }
  if (has_dropped) say("takes less than passes, so that lines are missing in it");
  return flushed;
}

void TapFile::take() {
  const std::scoped_lock lock(mutex_);
  append_dropped();
  writing_text_.swap(added_);
}

void TapFile::finish(const std::function<bool()>& stopped) {
  Flushed flushed = flush();
  std::uint64_t taken = bytes_taken_;
  for (auto deadline = Clock::now() + kPatience;
       flushed == Flushed::blocked && Clock::now() < deadline && !stopped(); flushed = flush()) {
    wait_until_writable();
    if (const std::uint64_t now = bytes_taken_; now != taken) deadline = Clock::now() + kPatience;
    taken = bytes_taken_;
  }
  const std::scoped_lock lock(writing_);
  if (flushed != Flushed::all) say("did not take all, so that its last lines are missing");
}

void TapFile::flush_loop(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    {
      std::unique_lock lock(mutex_);
      if (!changed_.wait(lock, stop, [this] { return !added_.empty(); })) return;
      changed_.wait_for(lock, stop, kFlushInterval,
                        [this] { return added_.size() >= kMostBuffered / 4; });
    }
    for (Flushed flushed = try_flush(); flushed != Flushed::all && !stop.stop_requested();
         flushed = try_flush()) {
      if (flushed == Flushed::blocked) wait_until_writable();
      if (flushed == Flushed::failed) std::this_thread::sleep_for(kFlushInterval);
    }
  }
}

/// Without memory it is tried again.
TapFile::Flushed TapFile::try_flush() {
  try {
    return flush();
  } catch (const std::bad_alloc&) {
    return Flushed::failed;
  }
}

void TapFile::wait_until_writable() const {
  pollfd writable{file_, POLLOUT, 0};
  poll(&writable, 1, static_cast<int>(kFlushInterval.count()));
}

TapFile::Flushed TapFile::write() {
  int interruptions = 0;
  while (written_ < writing_text_.size()) {
    const ssize_t bytes =
        ::write(file_, writing_text_.data() + written_, writing_text_.size() - written_);
    if (bytes >= 0) {
      written_ += static_cast<std::size_t>(bytes);
      bytes_taken_ += static_cast<std::uint64_t>(bytes);
    } else if (errno == EAGAIN) {
      return Flushed::blocked;
    } else if (errno != EINTR || ++interruptions == kMostInterruptions) {
      say(joined({"cannot be written (", std::strerror(errno), "), so that lines may be missing"}));
      return Flushed::failed;
    }
  }
  writing_text_.clear();
  written_ = 0;
  return Flushed::all;
}

void TapFile::say(std::string_view what) {
  if (said_) return;
  said_ = true;
  std::fputs(joined({"narrows: ", printable(path_), " ", what, "\n"}).c_str(), stderr);
}

LineRecord::LineRecord(TapFile& file, Direction direction) : file_(file), direction_(direction) {
  line_.reserve(kLongestLine);
}

void LineRecord::add(std::string_view bytes, TapFile::Clock::time_point when) {
  for (std::size_t newline = 0; (newline = bytes.find('\n')) != std::string_view::npos;
       bytes.remove_prefix(newline + 1)) {
    const std::string_view rest = bytes.substr(0, newline);
    if (line_.empty() && rest.size() <= kLongestLine) {
      file_.add(direction_, rest, when, TapFile::Part::whole);
      continue;
    }
    keep(rest);
    add_kept(when, false);
  }
  keep(bytes);
}

void LineRecord::end() {
  if (!line_.empty()) add_kept(TapFile::Clock::now(), true);
}

void LineRecord::add_kept(TapFile::Clock::time_point when, bool unfinished) {
  using Part = TapFile::Part;
  file_.add(direction_, line_, when,
            cut_ ? (unfinished ? Part::cut_and_unfinished : Part::cut)
                 : (unfinished ? Part::unfinished : Part::whole));
  line_.clear();
  cut_ = false;
}

void LineRecord::keep(std::string_view bytes) {
  if (cut_) return;
  cut_ = bytes.size() > kLongestLine - line_.size();
  line_.append(bytes.substr(0, kLongestLine - line_.size()));
  if (!cut_) return;
  // The cut goes through no character, so that text stays text.
  std::size_t last = line_.size() - 1;
  while (last > line_.size() - 4 && (byte_at(line_, last) & 0xC0) == 0x80) --last;
  if (character_at(line_, last) == 0) line_.resize(last);
}

}  // namespace narrows::tools
