// SPDX-License-Identifier: MIT
// What libFuzzer calls: the target that this was compiled for.
#include "fuzz/target.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  narrows::fuzz::NARROWS_FUZZ_TARGET({reinterpret_cast<const char*>(data), size});
  return 0;
}
