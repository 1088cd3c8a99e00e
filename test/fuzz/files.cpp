// SPDX-License-Identifier: MIT
// Files that the investigator reads. The first byte says what they are; two files are parted by a
// line of one dash.
#include <sys/mman.h>
#include <unistd.h>

#include <string>
#include <utility>

#include "compare.hpp"
#include "comparer.hpp"
#include "fuzz/shown.hpp"
#include "fuzz/target.hpp"
#include "html_report.hpp"
#include "json/value.hpp"
#include "recording.hpp"
#include "top/draw.hpp"
#include "top/profile_source.hpp"

namespace narrows::fuzz {
namespace {

using namespace tools;

/// A file in memory that has a path.
class MemoryFile {
 public:
  explicit MemoryFile(std::string_view text) : file_(memfd_create("fuzz", MFD_CLOEXEC)) {
    require(file_ >= 0, "there are descriptors left");
    rewrite(text);
  }
  ~MemoryFile() { close(file_); }
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;

  void rewrite(std::string_view text) const {
    require(ftruncate(file_, 0) == 0 &&
                pwrite(file_, text.data(), text.size(), 0) == static_cast<ssize_t>(text.size()),
            "there is memory left");
  }
  [[nodiscard]] std::string path() const { return "/proc/self/fd/" + std::to_string(file_); }

 private:
  const int file_;
};

std::pair<std::string_view, std::string_view> parted(std::string_view text) {
  constexpr std::string_view kBetween = "\n-\n";
  const std::size_t at = text.find(kBetween);
  if (at == std::string_view::npos) return {text, text};
  return {text.substr(0, at), text.substr(at + kBetween.size())};
}

void runs(std::string_view text) {
  const auto [first, second] = parted(text);
  const MemoryFile a(first);
  const MemoryFile b(second);
  static_cast<void>(complaint_of([&] {
    CompareOptions options;
    options.files = true;
    options.a = a.path();
    options.b = b.path();
    const Comparison comparison = compare(options);
    require_printable(table(comparison));
    require_json(json_report(comparison));
    for (const char* limit : {"throughput_per_sec<-5%", "node.peak_rss_bytes>+1%"}) {
      require_one_line(FailIf::parse(limit)->fault(comparison));
    }
  }));
  static_cast<void>(complaint_of([&] {
    const std::string page = html_report({a.path(), b.path()});
    require(page.find("</html>") != std::string::npos, "a page has an end");
  }));
}

void read_all(Recording recording) {
  while (const auto message = recording.next()) {
    require(message->line.find('\n') == std::string::npos, "a message is one line", message->line);
    require(message->key.first.starts_with('c'), "a message is a client's", message->line);
    require_json(message->line);
  }
}

void tap(std::string_view text) {
  const MemoryFile file(text);
  static_cast<void>(complaint_of([&] { read_all(Recording(file.path(), "")); }));
}

void pair_of_files(std::string_view text) {
  const auto [first, second] = parted(text);
  const MemoryFile requests(first);
  const MemoryFile replies(second);
  static_cast<void>(complaint_of([&] { read_all(Recording(requests.path(), replies.path())); }));
}

void two_replies(std::string_view text) {
  const auto [first, second] = parted(text);
  const auto a = json::Value::parse(first);
  const auto b = json::Value::parse(second);
  if (!a || !b) return;
  const auto found = Comparer({"body.echo"}).differences(*a, *b);
  require(found.size() <= Comparer::kMostPaths, "no more differences than are wanted");
  for (const std::string& difference : found) require_one_line(difference);
  if (a->equals(*b)) require(found.empty(), "equal replies do not differ", text);
  require(a->equals(*b) == b->equals(*a), "both are equal, or none", text);
}

/// What is a profile at once; it would wait for others.
bool is_profile(std::string_view text) {
  const auto value = json::Value::parse(text);
  return value && ((*value)["total_messages"].number() || (*value)["latency_us"].is_object());
}

void profile(std::string_view text) {
  const auto [first, second] = parted(text);
  if (!is_profile(first)) return;
  const MemoryFile file(first);
  ProfileSource source(file.path(), {});
  for (const std::string_view next : {second, first}) {
    const View view = source.view();
    require_one_line(one_line(view, true, true));
    const Screen screen = draw(view, {}, {30, 100}, true);
    for (int row = 0; row < screen.size().rows; ++row) require_one_line(screen.line(row));
    file.rewrite(next);
  }
}

}  // namespace

void files(std::string_view input) {
  if (input.empty()) return;
  const std::string_view text = input.substr(1);
  switch (input.front()) {
    case 'r': return runs(text);
    case 't': return tap(text);
    case 'b': return pair_of_files(text);
    case 'd': return two_replies(text);
    case 'p': return profile(text);
    default: return;
  }
}

}  // namespace narrows::fuzz
