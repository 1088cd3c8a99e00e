// SPDX-License-Identifier: MIT
#include "requests.hpp"

#include <algorithm>

#include "json/encode.hpp"
#include "mix.hpp"

namespace narrows::tools {
namespace {

constexpr std::size_t kBufferBytes = std::size_t{128} << 10;
constexpr std::uint64_t kLeastFirstId = 1000;

/// A request line in pieces; the client's number, the request's and the payload go between them.
struct Template {
  explicit Template(const std::string& type) {
    std::string name(json::escaped_bound(type.size()), '\0');
    name.resize(static_cast<std::size_t>(json::escape_to(name.data(), type) - name.data()));
    before_id.append(R"(","dest":"n1","body":{"type":")").append(name).append(R"(","msg_id":)");
  }

  std::string_view before_client = R"({"src":"c)";
  std::string before_id;
  std::string_view before_payload = R"(,"echo":")";
  std::string_view after_payload = "\"}}\n";
};

/// A power of ten, or 1, from which `count` numbers have equally many digits.
std::uint64_t first_of(std::uint64_t count, std::uint64_t least) {
  std::uint64_t first = least;
  while (first * 10 - first < count) first *= 10;
  return first;
}

}  // namespace

std::uint64_t Load::first_id() const {
  return first_of(messages + id_offset, kLeastFirstId) + id_offset;
}
std::uint64_t Load::first_client() const { return first_of(clients, 1); }

std::size_t Load::least_line_bytes() const {
  const Template parts(type);
  return parts.before_client.size() + std::to_string(first_client()).size() +
         parts.before_id.size() + parts.before_payload.size() +
         2 * std::to_string(first_id()).size() + parts.after_payload.size();
}

Requests::Requests(const Load& load)
    : load_(load), id_(load.first_id()), client_(load.first_client()) {
  if (load.mix) return;
  const Template parts(load.type);
  client_at_ = parts.before_client.size();
  id_at_ = client_at_ + client_.text().size() + parts.before_id.size();
  payload_at_ = id_at_ + id_.text().size() + parts.before_payload.size();

  std::string line;
  line.append(parts.before_client).append(client_.text()).append(parts.before_id);
  line.append(id_.text()).append(parts.before_payload).append(id_.text());
  line.append(load.filler_bytes(), Load::kFiller).append(parts.after_payload);

  const std::size_t count = std::max<std::size_t>(kBufferBytes / line.size(), 1);
  lines_.reserve(count * line.size());
  for (std::size_t i = 0; i < count; ++i) lines_ += line;
}

std::uint64_t Requests::render(std::uint64_t most) {
  written_ = 0;
  const std::uint64_t count = load_.mix ? render_mix(most) : render_equal(most);
  rendered_ += count;
  return count;
}

std::uint64_t Requests::render_equal(std::uint64_t most) {
  const std::uint64_t count = std::min<std::uint64_t>(lines_.size() / load_.line_bytes, most);
  char* line = lines_.data();
  for (std::uint64_t i = 0; i < count; ++i, line += load_.line_bytes) {
    json::Cursor(line + client_at_).put(client_.text());
    json::Cursor(line + id_at_).put(id_.text());
    json::Cursor(line + payload_at_).put(id_.text());
    id_.count_up();
    client_.count_up();
    if (++client_turn_ == load_.clients) {
      client_turn_ = 0;
      client_ = Digits(load_.first_client());
    }
  }
  rendered_bytes_ = static_cast<std::size_t>(count) * load_.line_bytes;
  return count;
}

std::uint64_t Requests::render_mix(std::uint64_t most) {
  lines_.clear();
  ends_.clear();
  next_end_ = 0;
  while (ends_.size() < most && lines_.size() < kBufferBytes) {
    load_.mix->render(load_, rendered_ + ends_.size(), lines_);
    ends_.push_back(lines_.size());
  }
  rendered_bytes_ = lines_.size();
  return ends_.size();
}

std::string_view Requests::rest_of_line() const {
  const std::string_view rest = unsent();
  const bool between = written_ == 0 || rest.empty() || lines_[written_ - 1] == '\n';
  return between ? std::string_view() : rest.substr(0, rest.find('\n') + 1);
}

std::uint64_t Requests::wrote(std::size_t bytes) {
  const std::size_t before = written_;
  written_ += bytes;
  std::uint64_t lines = 0;
  if (load_.mix) {
    for (; next_end_ < ends_.size() && ends_[next_end_] <= written_; ++next_end_) ++lines;
  } else {
    lines = written_ / load_.line_bytes - before / load_.line_bytes;
  }
  whole_ += lines;
  return lines;
}

}  // namespace narrows::tools
