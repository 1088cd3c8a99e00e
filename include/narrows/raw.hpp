// SPDX-License-Identifier: MIT
// The text of one JSON value as it came: to be passed on unchanged, or looked into without a copy.
//
// Ownership: a Raw refers to text of somebody else's: a request's, or the caller's.
// Cost: no allocation; going over items or members reads each byte of them once.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>

namespace narrows {

namespace detail {
class Reader;
}
class RawItems;
class RawMembers;

/// The text of one valid JSON value, exactly as it came. Passing it on changes nothing.
class Raw {
 public:
  enum class Kind : std::uint8_t { null, boolean, number, string, array, object };

  /// JSON's null.
  Raw() : Raw(std::string_view(kNull.data(), 4), Lasts::batch) {}
  /// Takes text of the caller's; throws Error (malformed_request) unless it is one JSON value.
  [[nodiscard]] static Raw checked(std::string_view json);

  [[nodiscard]] std::string_view text() const { return text_; }
  /// How long its text lasts, and that of what is in it.
  enum class Lasts : std::uint8_t {
    batch,    // it lies in a request of a batch: until the reply has left
    kept,     // it lies in a coroutine's request: until the coroutine's reply was taken
    callers,  // it is the caller's, or an answer's: nobody knows
  };
  [[nodiscard]] Lasts lasts() const { return lasts_; }
  [[nodiscard]] bool is_requests() const { return lasts_ == Lasts::batch; }

  [[nodiscard]] Kind kind() const;
  /// An array's items, in order. Throws Error (malformed_request) for any other value.
  [[nodiscard]] RawItems items() const;
  /// An object's members, in order, repeated ones too. Throws likewise.
  [[nodiscard]] RawMembers members() const;
  /// An object's last member of this name, or none. Throws likewise.
  [[nodiscard]] std::optional<Raw> find(std::string_view name) const;

 private:
  friend class Request;
  friend class RawItems;
  friend class RawMembers;
  friend class detail::Reader;
  Raw(std::string_view text, Lasts lasts) : text_(text), lasts_(lasts) {}

  /// With what may be read behind it, as behind a value in a batch.
  static constexpr std::array<char, 32> kNull{'n', 'u', 'l', 'l'};

  std::string_view text_;
  Lasts lasts_;
};

/// What Raw::items() gives, for a range-based `for`.
class RawItems {
 public:
  class Iterator {
   public:
    using iterator_concept = std::input_iterator_tag;
    using value_type = Raw;
    using difference_type = std::ptrdiff_t;

    [[nodiscard]] const Raw& operator*() const { return item_; }
    [[nodiscard]] const Raw* operator->() const { return &item_; }
    Iterator& operator++();
    void operator++(int) { ++*this; }
    [[nodiscard]] bool operator==(std::default_sentinel_t /*end*/) const { return at_ == nullptr; }

   private:
    friend class RawItems;
    explicit Iterator(const Raw& array);

    const char* at_;  // behind the item; null: there is none
    const char* end_;
    Raw item_;
  };

  [[nodiscard]] Iterator begin() const { return Iterator(array_); }
  [[nodiscard]] static std::default_sentinel_t end() { return {}; }

 private:
  friend class Raw;
  explicit RawItems(const Raw& array) : array_(array) {}

  Raw array_;
};

/// A member of an object.
struct RawMember {
  std::string_view key;  // decoded; until the iterator that gave it moves on or ends
  Raw value;
};

/// What Raw::members() gives, for a range-based `for`.
class RawMembers {
 public:
  class Iterator {
   public:
    using iterator_concept = std::input_iterator_tag;
    using value_type = RawMember;
    using difference_type = std::ptrdiff_t;

    [[nodiscard]] RawMember operator*() const { return {has_escapes_ ? decoded_ : key_, value_}; }
    Iterator& operator++();
    void operator++(int) { ++*this; }
    [[nodiscard]] bool operator==(std::default_sentinel_t /*end*/) const { return at_ == nullptr; }

   private:
    friend class RawMembers;
    explicit Iterator(const Raw& object);

    const char* at_;  // behind the member; null: there is none
    const char* end_;
    std::string_view key_;  // as it came
    std::string decoded_;   // set if it has escapes
    bool has_escapes_ = false;
    Raw value_;
  };

  [[nodiscard]] Iterator begin() const { return Iterator(object_); }
  [[nodiscard]] static std::default_sentinel_t end() { return {}; }

 private:
  friend class Raw;
  explicit RawMembers(const Raw& object) : object_(object) {}

  Raw object_;
};

}  // namespace narrows
