// SPDX-License-Identifier: MIT
// A node of somebody else's: a counter, compiled against the public headers alone.
#include <cstdio>
#include <exception>
#include <map>
#include <narrows/node.hpp>
#include <narrows/version.hpp>
#include <string>
#include <string_view>

namespace {

class Counters {
 public:
  explicit Counters(std::int64_t step) : step_(step) {}

  narrows::Reply add(const narrows::Request& request) {
    const std::int64_t delta = request.find("delta") ? request.integer("delta") : step_;
    return narrows::reply("add_ok").set("value", counters_[request.text("key")] += delta);
  }
  narrows::Reply read(const narrows::Request& request) const {
    const auto found = counters_.find(request.text("key"));
    if (found == counters_.end()) {
      return narrows::Error(narrows::ErrorCode::key_does_not_exist,
                            "no counter " + request.text("key"));
    }
    return narrows::reply("read_ok").set("value", found->second);
  }
  void forget(const narrows::Request& request) { counters_.erase(request.text("key")); }

 private:
  std::int64_t step_;
  std::map<std::string, std::int64_t> counters_;
};

}  // namespace

int main(int argc, char** argv) {
  std::int64_t step = 1;
  const narrows::ProgramOption options[] = {
      {"step", "N", "what is added when a message does not say (default 1)",
       [&](std::string_view value) {
         step = value.size() == 1 ? value[0] - '0' : 0;
         return step >= 1 && step <= 9;
       },
       "a digit, 1 to 9"}};
  try {
    narrows::Node node{narrows::options_from(argc, argv, options)};
    Counters counters(step);
    node.on("add", [&](const narrows::Request& request) { return counters.add(request); });
    node.on("read", [&](const narrows::Request& request) { return counters.read(request); });
    node.on("forget", [&](const narrows::Request& request) { counters.forget(request); });
    node.on("who", [&](const narrows::Request& request) {
      return narrows::reply("who_ok")
          .set("id", node.id())
          .set("others", node.node_ids().size() - 1)
          .set("from", request.src())
          .set("share", 0.25)
          .set("up", true)
          .null("leader")
          .raw("body", narrows::Raw::checked(R"({"as": "it is"})"));
    });
    return node.run();
  } catch (const std::exception& error) {
    std::fprintf(stderr, "counter %s: %s\n", NARROWS_VERSION, error.what());
    return 1;
  }
}
