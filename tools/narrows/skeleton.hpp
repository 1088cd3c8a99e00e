// SPDX-License-Identifier: MIT
// Recognises a reply that has the same text as one that was checked in full, but for its numbers.
//
// A node writes its replies by one pattern. Comparing with that costs a third of parsing, and what
// differs in anything but numbers is not recognised, so it is parsed and checked in full.
// Threads: one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

namespace narrows::tools {

class Skeleton {
 public:
  /// What may differ from reply to reply.
  enum class Varying : std::uint8_t {
    client,  // a number, of one length
    id,      // the request's number: the same wherever it stands, of one length
    number,  // any JSON integer without sign
    end      // nothing: the end of the line
  };
  struct Spot {
    std::size_t offset;  // in the line
    std::size_t length;
    Varying varying;
  };
  struct Match {
    const char* end = nullptr;  // behind the line; null when it is another line
    std::uint64_t id = 0;
    std::uint64_t client = 0;
  };

  /// Precondition: the spots are inside of the line, in order, and one at least is an id.
  Skeleton(std::string_view line, const std::vector<Spot>& spots);
  /// Matches nothing.
  Skeleton() = default;

  /// Bytes that must be readable at what match() is given.
  [[nodiscard]] std::size_t most_bytes() const { return most_bytes_; }

  [[nodiscard]] Match match(const char* at) const {
    Match match;
    const char* id_text = nullptr;
    for (const Piece& piece : pieces_) {
      if (std::memcmp(at, text_.data() + piece.offset, piece.length) != 0) return {};
      at += piece.length;
      switch (piece.then) {
        case Varying::client:
          if (!read_digits(at, client_digits_, match.client)) return {};
          at += client_digits_;
          break;
        case Varying::id:
          if (id_text == nullptr) {
            id_text = at;
            if (!read_digits(at, id_digits_, match.id)) return {};
          } else if (std::memcmp(at, id_text, id_digits_) != 0) {
            return {};
          }
          at += id_digits_;
          break;
        case Varying::number: {
          const char* const begin = at;
          while (is_digit(*at) && at - begin <= kNumberDigits) ++at;
          const auto digits = at - begin;
          if (digits == 0 || digits > kNumberDigits || (*begin == '0' && digits > 1)) return {};
          break;
        }
        case Varying::end: match.end = at; break;
      }
    }
    return match;
  }

 private:
  static constexpr std::ptrdiff_t kNumberDigits = 18;  // each such number fits an int64_t

  /// Some text and what comes behind it.
  struct Piece {
    std::size_t offset;  // in text_
    std::size_t length;
    Varying then;
  };

  static bool is_digit(char character) { return character >= '0' && character <= '9'; }
  static bool read_digits(const char* at, std::size_t digits, std::uint64_t& value) {
    for (std::size_t i = 0; i < digits; ++i) {
      if (!is_digit(at[i])) return false;
      value = value * 10 + static_cast<std::uint64_t>(at[i] - '0');
    }
    return true;
  }

  std::string text_;  // the line it was made from
  std::vector<Piece> pieces_;
  std::size_t id_digits_ = 0;
  std::size_t client_digits_ = 0;
  std::size_t most_bytes_ = std::numeric_limits<std::size_t>::max();
};

}  // namespace narrows::tools
