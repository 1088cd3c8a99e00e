// SPDX-License-Identifier: MIT
#include "narrows/fields.hpp"

#include <string>

#include "unit/typed.hpp"

namespace narrows {
namespace {

struct Many {
  int a0, a1, a2, a3, a4, a5, a6, a7, a8, a9, b0, b1, b2, b3, b4, b5, b6, b7, b8, b9, c0, c1, c2,
      c3, c4, c5, c6, c7, c8, c9, d0, d1;
};
NARROWS_FIELDS(Many, a0, a1, a2, a3, a4, a5, a6, a7, a8, a9, b0, b1, b2, b3, b4, b5, b6, b7, b8, b9,
               c0, c1, c2, c3, c4, c5, c6, c7, c8, c9, d0, d1)

struct Outer {
  struct Inner {
    int x = 0;
  };
  Inner inner;
};
NARROWS_FIELDS(Outer::Inner, x)
NARROWS_FIELDS(Outer, inner);

struct Base {
  int below = 1;
};
NARROWS_FIELDS(Base, below)

struct Unsaid : Base {
  int above = 2;
};

struct Said : Base {
  int above = 2;
};
NARROWS_FIELDS(Said, below, above)

class Private {
 public:
  explicit Private(int x = 0) : x_(x) {}
  [[nodiscard]] int x() const { return x_; }

 private:
  friend constexpr auto narrows_fields(std::type_identity<Private>) {
    return fields(field("x", &Private::x_));
  }
  int x_;
};

TEST_CASE("fields: thirty-two of them") {
  Many many{};
  many.a0 = 1;
  many.d1 = 2;
  const std::string text = encode(many);
  CHECK(text.starts_with(R"({"a0": 1, "a1": 0, )"));
  CHECK(text.ends_with(R"("d0": 0, "d1": 2})"));
  CHECK(test::decoded<Many>(text).d1 == 2);
  std::string last_missing = text.substr(0, text.rfind(',')) + "}";
  CHECK(test::refusal<Many>(last_missing) == "`d1` is missing");
}

TEST_CASE("fields: of a struct in a struct") {
  CHECK(encode(Outer{{5}}) == R"({"inner": {"x": 5}})");
  CHECK(test::decoded<Outer>(R"({"inner":{"x":6}})").inner.x == 6);
}

TEST_CASE("fields: a struct has its own, not those of its base unless it says so") {
  CHECK(Decodable<Base>);
  CHECK_FALSE(Decodable<Unsaid>);
  CHECK_FALSE(Encodable<Unsaid>);
  CHECK(encode(Said()) == R"({"below": 1, "above": 2})");
  CHECK(test::decoded<Said>(R"({"below":3,"above":4})").below == 3);
}

TEST_CASE("fields: a class says its private members as a friend") {
  CHECK(encode(Private(7)) == R"({"x": 7})");
  CHECK(test::decoded<Private>(R"({"x":8})").x() == 8);
}

}  // namespace
}  // namespace narrows
