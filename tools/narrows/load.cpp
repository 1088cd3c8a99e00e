// SPDX-License-Identifier: MIT
#include "load.hpp"

#include <algorithm>

#include "json/encode.hpp"

namespace narrows::tools {
namespace {

constexpr std::size_t kBufferBytes = std::size_t{128} << 10;

/// A request line in pieces; the client's digit, the number and the payload go between them.
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

}  // namespace

std::uint64_t Load::first_id() const {
  std::uint64_t first = 1000;
  while (first * 9 < messages) first *= 10;
  return first;
}

std::size_t Load::id_digits() const { return std::to_string(first_id()).size(); }

std::size_t Load::least_line_bytes() const {
  const Template parts(type);
  return parts.before_client.size() + 1 + parts.before_id.size() + parts.before_payload.size() +
         2 * id_digits() + parts.after_payload.size();
}

Requests::Requests(const Load& load)
    : line_bytes_(load.line_bytes), digits_(std::to_string(load.first_id())) {
  const Template parts(load.type);
  client_at_ = parts.before_client.size();
  id_at_ = client_at_ + 1 + parts.before_id.size();
  payload_at_ = id_at_ + digits_.size() + parts.before_payload.size();

  std::string line;
  line.append(parts.before_client).append("1").append(parts.before_id).append(digits_);
  line.append(parts.before_payload).append(digits_);
  line.append(load.filler_bytes(), Load::kFiller).append(parts.after_payload);

  const std::size_t count = std::max<std::size_t>(kBufferBytes / line_bytes_, 1);
  lines_.reserve(count * line_bytes_);
  for (std::size_t i = 0; i < count; ++i) lines_ += line;
}

std::string_view Requests::next(std::uint64_t most) {
  const std::uint64_t count = std::min<std::uint64_t>(lines_.size() / line_bytes_, most);
  char* line = lines_.data();
  for (std::uint64_t i = 0; i < count; ++i, line += line_bytes_) {
    line[client_at_] = Load::client_digit(rendered_ + i);
    json::Cursor(line + id_at_).put(digits_);
    json::Cursor(line + payload_at_).put(digits_);
    count_up();
  }
  rendered_ += count;
  return {lines_.data(), static_cast<std::size_t>(count) * line_bytes_};
}

void Requests::count_up() {
  std::size_t at = digits_.size() - 1;
  while (digits_[at] == '9' && at > 0) digits_[at--] = '0';
  ++digits_[at];
}

}  // namespace narrows::tools
