// SPDX-License-Identifier: MIT
// A node with a small request and a large reply: what 64 sensors read. Numbers become text in the
// serializer, so `serialize` is its narrows.
//
//   narrows bench --rate 20000 --mix docs/examples/readings.json -- BUILD/docs/examples/readings
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <narrows/node.hpp>
#include <string>

namespace {

class Sensors {
 public:
  Sensors() {
    for (std::size_t i = 0; i < kSensors; ++i) {
      names_[i] = "sensor_" + std::to_string(i);
      values_[i] = 20 + std::sin(static_cast<double>(i));
    }
  }

  /// All of them; one has changed meanwhile.
  narrows::Reply read(const narrows::Request& /*request*/) {
    values_[reads_ % kSensors] += 0.001;
    ++reads_;
    narrows::Reply reply("readings_ok");
    for (std::size_t i = 0; i < kSensors; ++i) {
      reply.set(narrows::Name::lasting(names_[i]), values_[i]);
    }
    return reply;
  }

 private:
  static constexpr std::size_t kSensors = 64;
  std::array<std::string, kSensors> names_;
  std::array<double, kSensors> values_{};
  std::uint64_t reads_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
  try {
    narrows::Node node{narrows::options_from(argc, argv)};
    Sensors sensors;
    node.on("readings", [&](const narrows::Request& request) { return sensors.read(request); });
    return node.run();
  } catch (const std::exception& error) {
    std::fprintf(stderr, "readings: %s\n", error.what());
    return 1;
  }
}
