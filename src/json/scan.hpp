// SPDX-License-Identifier: MIT
// Where the plain part of a JSON string ends. Seen by src/json/ alone.
#pragma once

#include <array>
#include <bit>
#include <cstddef>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace narrows::json {

/// The bytes that end or interrupt a string: quote, backslash, control characters, non-ASCII ones.
/// Hidden, so that position-independent code need not look up where it lies.
[[gnu::visibility("hidden")]] inline constexpr auto kStopsString = [] {
  std::array<bool, 256> stops{};
  for (std::size_t control = 0; control < 0x20; ++control) stops[control] = true;
  for (std::size_t high = 0x80; high < stops.size(); ++high) stops[high] = true;
  stops['"'] = stops['\\'] = true;
  return stops;
}();

/// The first byte from `at` on that kStopsString names. Precondition: there is one, and 16 readable
/// bytes behind it.
inline const char* end_of_plain_text(const char* at) {
  // Short strings byte by byte: the processor predicts where they end and runs ahead, whereas a
  // position computed from a mask makes every later load wait for it.
  constexpr int kShortBytes = 8;
  for (const char* const near_end = at + kShortBytes; at != near_end; ++at) {
    if (kStopsString[static_cast<unsigned char>(*at)]) return at;
  }
#if defined(__SSE2__)
  const __m128i quote = _mm_set1_epi8('"');
  const __m128i backslash = _mm_set1_epi8('\\');
  const __m128i space = _mm_set1_epi8(0x20);  // as signed bytes, non-ASCII ones are less
  for (;; at += 16) {
    const __m128i text = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
    const __m128i stop =
        _mm_or_si128(_mm_or_si128(_mm_cmpeq_epi8(text, quote), _mm_cmpeq_epi8(text, backslash)),
                     _mm_cmplt_epi8(text, space));
    const auto mask = static_cast<unsigned>(_mm_movemask_epi8(stop));
    if (mask != 0) return at + std::countr_zero(mask);
  }
#else
  while (!kStopsString[static_cast<unsigned char>(*at)]) ++at;
  return at;
#endif
}

}  // namespace narrows::json
