// SPDX-License-Identifier: MIT
// RapidJSON over a line that stays as it is: strings are checked in place and handed over raw.
//
// RapidJSON's in-situ mode passes string positions of the input itself; with a stream whose Put
// does nothing, it never writes there. Seen by src/json/ alone.
#pragma once

#include <rapidjson/encodings.h>
#include <rapidjson/reader.h>

#include <cstddef>

#include "json/allocator.hpp"
#include "json/scan.hpp"
#include "json/skip.hpp"

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

using SpanReader = rapidjson::GenericReader<StrictUtf8, StrictUtf8, Allocator>;

}  // namespace narrows::json

namespace rapidjson {

/// Non-ASCII text is checked where it stands, so that RapidJSON's own validation, which would look
/// at every byte by itself, can stay off.
template <>
struct Transcoder<narrows::json::StrictUtf8, narrows::json::StrictUtf8> {
  template <typename InputStream, typename OutputStream>
  static bool Transcode(InputStream& input, OutputStream& output) {
    return narrows::json::StrictUtf8::Validate(input, output);
  }
  template <typename InputStream, typename OutputStream>
  static bool Validate(InputStream& input, OutputStream& output) {
    return narrows::json::StrictUtf8::Validate(input, output);
  }
};

/// Lets RapidJSON keep the position in a register while it scans.
template <>
struct StreamTraits<narrows::json::SpanStream> {
  enum { copyOptimization = 1 };
};

template <>
inline void SkipWhitespace(narrows::json::SpanStream& input) {
  input.at = const_cast<char*>(narrows::json::behind_space(input.at));
}

/// Skips what needs no attention in a string.
template <>
template <>
inline void narrows::json::SpanReader::ScanCopyUnescapedString(narrows::json::SpanStream& input,
                                                               narrows::json::SpanStream&) {
  input.at = const_cast<char*>(narrows::json::end_of_plain_text(input.at));
}

}  // namespace rapidjson
