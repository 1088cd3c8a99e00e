// SPDX-License-Identifier: MIT
// A node whose handler computes: it counts the primes below a number, and `dispatch` is its
// narrows.
//
//   narrows bench --rate 20000 --mix docs/examples/primes.json -- BUILD/docs/examples/primes
#include <cstdint>
#include <cstdio>
#include <exception>
#include <narrows/node.hpp>

namespace {

bool is_prime(std::int64_t number) {
  for (std::int64_t factor = 2; factor * factor <= number; ++factor) {
    if (number % factor == 0) return false;
  }
  return number > 1;
}

narrows::Reply count_primes(const narrows::Request& request) {
  constexpr std::int64_t kMostNumbers = 100'000;
  const std::int64_t below = request.integer("below");
  if (below > kMostNumbers) {
    return narrows::Error(narrows::ErrorCode::malformed_request, "`below` is at most 100000");
  }
  std::int64_t count = 0;
  for (std::int64_t number = 2; number < below; ++number) count += is_prime(number) ? 1 : 0;
  return narrows::reply("primes_ok").set("count", count);
}

}  // namespace

int main(int argc, char** argv) {
  try {
    narrows::Node node{narrows::options_from(argc, argv)};
    node.on("primes", count_primes);
    return node.run();
  } catch (const std::exception& error) {
    std::fprintf(stderr, "primes: %s\n", error.what());
    return 1;
  }
}
