// SPDX-License-Identifier: MIT
// RapidJSON over a line that stays as it is: strings are checked in place and handed over raw.
//
// RapidJSON's in-situ mode passes string positions of the input itself; with a stream whose Put
// does nothing, it never writes there. Seen by src/json/ alone.
#pragma once

#include <rapidjson/encodings.h>
#include <rapidjson/reader.h>

#include <array>
#include <bit>
#include <cstddef>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace narrows::json {

/// An input stream over NUL-terminated text with 16 readable bytes behind the terminator.
class SpanStream {
 public:
  using Ch = char;

  explicit SpanStream(const char* text) : at(const_cast<char*>(text)) {}

  [[nodiscard]] Ch Peek() const { return *at; }
  Ch Take() { return *at++; }
  [[nodiscard]] std::size_t Tell() const { return reinterpret_cast<std::size_t>(at); }

  // The "output" of in-situ parsing: it only says where a string began and how long it is as
  // written, closing quote included (RapidJSON takes that one byte off again).
  [[nodiscard]] Ch* PutBegin() const { return at; }
  void Put(Ch /*decoded*/) {}
  void Flush() {}
  [[nodiscard]] std::size_t PutEnd(const Ch* begin) const {
    return static_cast<std::size_t>(at - begin);
  }

  /// Makes the parser fail at its next look: it finds a control character.
  void refuse() {
    static char control[2 * 16] = "\1";
    at = control;
  }

  char* at;  // never written through; the only member, so that it lives in a register
};

/// UTF-8 without the lone low surrogate escape, which RapidJSON 1.1.0 lets pass.
struct StrictUtf8 : rapidjson::UTF8<> {
  template <typename OutputStream>
  static void Encode(OutputStream& output, unsigned code_point) {
    // RapidJSON also compiles this for a stream of its own that in-situ parsing never uses.
    if constexpr (requires { output.refuse(); }) {
      if (code_point >= 0xDC00 && code_point <= 0xDFFF) output.refuse();
    }
  }
};

/// The bytes that end or interrupt a string: quote, backslash, control characters.
inline constexpr auto kStopsString = [] {
  std::array<bool, 256> stops{};
  for (std::size_t control = 0; control < 0x20; ++control) stops[control] = true;
  stops['"'] = stops['\\'] = true;
  return stops;
}();

using SpanReader = rapidjson::GenericReader<StrictUtf8, StrictUtf8>;

}  // namespace narrows::json

namespace rapidjson {

constexpr int kShortBytes = 8;

/// Lets RapidJSON keep the position in a register while it scans.
template <>
struct StreamTraits<narrows::json::SpanStream> {
  enum { copyOptimization = 1 };
};

/// Skips what needs no attention in a string: all but quotes, backslashes and control characters.
template <>
template <>
inline void narrows::json::SpanReader::ScanCopyUnescapedString(narrows::json::SpanStream& input,
                                                               narrows::json::SpanStream&) {
  // Short strings byte by byte: the processor predicts where they end and runs ahead, whereas a
  // position computed from a mask makes every later load wait for it.
  const char* const near_end = input.at + kShortBytes;
  do {
    if (narrows::json::kStopsString[static_cast<unsigned char>(*input.at)]) return;
    ++input.at;
  } while (input.at != near_end);
#if defined(__SSE2__)
  const __m128i quote = _mm_set1_epi8('"');
  const __m128i backslash = _mm_set1_epi8('\\');
  const __m128i last_control = _mm_set1_epi8(0x1F);
  for (;; input.at += 16) {
    const __m128i text = _mm_loadu_si128(reinterpret_cast<const __m128i*>(input.at));
    const __m128i stop = _mm_or_si128(
        _mm_or_si128(_mm_cmpeq_epi8(text, quote), _mm_cmpeq_epi8(text, backslash)),
        _mm_cmpeq_epi8(_mm_max_epu8(text, last_control), last_control));
    const auto mask = static_cast<unsigned>(_mm_movemask_epi8(stop));
    if (mask != 0) {
      input.at += std::countr_zero(mask);
      return;
    }
  }
#else
  while (*input.at != '"' && *input.at != '\\' && static_cast<unsigned char>(*input.at) >= 0x20) {
    ++input.at;
  }
#endif
}

}  // namespace rapidjson
