// SPDX-License-Identifier: MIT
// Reads a JSON value from front to back into values of C++, in one pass.
//
// Errors: what cannot be read returns false, with the problem noted; who called it adds where.
// Bound: kDeepest levels of arrays and objects.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "narrows/detail/form.hpp"
#include "narrows/raw.hpp"

namespace narrows::detail {

/// What is wrong, and where.
struct Problem {
  std::string place;  // ".txn[2].key"; empty: the value itself
  std::string what;   // "is missing"
  bool is_key = false;
};

/// "is no integer of 64 bits"
template <Integer T>
inline constexpr const char* kNoInteger = [] {
  constexpr const char* kSigned[] = {"is no integer of 8 bits", "is no integer of 16 bits",
                                     "is no integer of 32 bits", "is no integer of 64 bits"};
  constexpr const char* kUnsigned[] = {
      "is no unsigned integer of 8 bits", "is no unsigned integer of 16 bits",
      "is no unsigned integer of 32 bits", "is no unsigned integer of 64 bits"};
  constexpr std::size_t kIndex = sizeof(T) == 1 ? 0 : sizeof(T) == 2 ? 1 : sizeof(T) == 4 ? 2 : 3;
  return std::is_signed_v<T> ? kSigned[kIndex] : kUnsigned[kIndex];
}();

class Reader {
 public:
  /// Where a value begins.
  struct Mark {
    const char* at;
    std::uint32_t depth;
  };

  explicit Reader(const Raw& raw);

  /// The value that is next; read, it is behind.
  [[nodiscard]] bool read(bool& value);
  [[nodiscard]] bool read(float& value);
  [[nodiscard]] bool read(double& value);
  [[nodiscard]] bool read(std::string& value);
  [[nodiscard]] bool read(Raw& value);
  template <Integer T>
  [[nodiscard]] bool read(T& value) {
    return read_integer(next_text(), value) || fail(kNoInteger<T>);
  }
  /// True if it is null; any other value stays.
  [[nodiscard]] bool read_null();

  /// The array that is next; then next_item() is true while another item is next.
  [[nodiscard]] bool enter_array();
  /// The same; what is no array is said to be none of this length.
  [[nodiscard]] bool enter_array_of(std::size_t length);
  [[nodiscard]] bool next_item();
  /// The object that is next; then next_member() is true while another member's value is next.
  [[nodiscard]] bool enter_object();
  [[nodiscard]] bool next_member();
  /// The member's name as it came.
  [[nodiscard]] std::string_view raw_key() const { return raw_key_; }
  /// The same, decoded; until the next call.
  [[nodiscard]] std::string_view decoded(std::string_view raw_key);

  /// An integer that a member's name stands for.
  template <Integer T>
  [[nodiscard]] bool read_key(std::string_view raw_key, T& value) {
    if (read_integer(key_number(raw_key), value)) return true;
    problem_ = {{}, kNoInteger<T>, true};
    return failed_in(decoded(raw_key));
  }
  [[nodiscard]] bool read_key(std::string_view raw_key, std::string& value) {
    value = decoded(raw_key);
    return true;
  }

  [[nodiscard]] Mark mark() const { return {at_, depth_}; }
  /// Moves behind the value that begins at the mark.
  void skip(const Mark& mark);

  /// Each notes a problem and returns false.
  bool fail(std::string_view what);
  bool fail_length(std::size_t length);
  bool failed_at(std::size_t index);
  bool failed_in(std::string_view name);
  bool failed(Problem problem);
  [[nodiscard]] Problem take_problem() { return std::exchange(problem_, {}); }

  /// Throws the problem as an Error (malformed_request). `name`: what the whole value is called.
  [[noreturn]] void refuse(std::string_view name) const;

 private:
  template <Integer T>
  [[nodiscard]] static bool read_integer(std::string_view text, T& value) {
    if constexpr (std::is_signed_v<T>) {
      std::int64_t wide = 0;
      if (!read_signed(text, wide)) return false;
      value = static_cast<T>(wide);
      return value == wide;
    } else {
      std::uint64_t wide = 0;
      if (!read_unsigned(text, wide)) return false;
      value = static_cast<T>(wide);
      return value == wide;
    }
  }
  /// Text that is no integer of 64 bits is false.
  [[nodiscard]] static bool read_signed(std::string_view text, std::int64_t& value);
  [[nodiscard]] static bool read_unsigned(std::string_view text, std::uint64_t& value);

  [[nodiscard]] bool enter(char bracket, std::string_view what);
  std::string_view next_text();
  [[nodiscard]] std::string_view key_number(std::string_view raw_key);
  void add_place(std::string_view part);

  const char* at_;  // the value that is next, or what comes behind the last
  const char* end_;
  std::string_view raw_key_;
  std::string decoded_;  // of a key with escapes
  Problem problem_;
  std::uint32_t depth_ = 0;
  Raw::Lasts lasts_;
};

/// An object's members as they come, for the fields of a struct. Of several of the same name the
/// last counts, so what cannot be read is an error only once no other of that name has come.
class FieldReader {
 public:
  FieldReader(Reader& reader, std::span<const std::string_view> names)
      : reader_(reader), names_(names) {}

  /// Goes to the next member that is a field, by its index; false: the object is behind.
  [[nodiscard]] bool next();
  [[nodiscard]] std::size_t index() const { return index_; }
  /// To be called after each: whether its value could be read.
  void done(bool was_read);
  [[nodiscard]] bool has(std::size_t index) const { return (seen_ >> index & 1) != 0; }
  /// False, with the problem noted, if a field was wrong, or is missing. `optional`: a bit for each
  /// that may be.
  [[nodiscard]] bool finish(std::uint32_t optional);

 private:
  Reader& reader_;
  std::span<const std::string_view> names_;
  Reader::Mark mark_{};
  std::size_t index_ = ~std::size_t{0};
  std::uint32_t seen_ = 0;  // a bit for each field
  std::vector<std::pair<std::size_t, Problem>> problems_;
};

/// The same for an object of any names.
class EntryReader {
 public:
  explicit EntryReader(Reader& reader) : reader_(reader) {}

  [[nodiscard]] bool next();
  [[nodiscard]] std::string_view raw_key() const { return raw_key_; }
  void done(bool was_read);
  [[nodiscard]] bool finish();

 private:
  Reader& reader_;
  Reader::Mark mark_{};
  std::string_view raw_key_;
  std::map<std::string, Problem> problems_;
};

}  // namespace narrows::detail
