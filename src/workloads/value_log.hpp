// SPDX-License-Identifier: MIT
// A growing set of JSON values, kept as what each node was told, in its order: what broadcast and
// g-set replicate (narrows' gossip.hpp). A version is a number of values.
//
// Values are alike when their texts are.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "workloads/gossip.hpp"

namespace narrows::workloads {

class ValueLog final : public Replica {
 public:
  static constexpr std::size_t kLongestValue = std::size_t{256} << 10U;  // bytes

  /// What this node was told. False: it was there already. Throws Error (malformed_request) when
  /// it is too long or too deep to be passed on.
  bool add(const Raw& value);
  /// All there are, once each, in the order in which they came to be here.
  [[nodiscard]] const std::vector<Raw>& values() const { return values_; }

  void begin(std::size_t origins, std::size_t self) override;
  [[nodiscard]] std::uint64_t version(std::size_t origin) const override;
  std::uint64_t append_delta(std::string& to, std::size_t origin, std::uint64_t from,
                             std::size_t most_bytes) const override;
  void take_delta(std::size_t origin, std::uint64_t from, const Raw& delta) override;

 private:
  struct Log {
    std::vector<Raw> values;
    std::map<std::uint64_t, Raw> ahead;  // behind a gap, by their place
  };

  Raw keep(const Raw& value);

  std::vector<Log> logs_;  // by origin
  std::size_t self_ = 0;
  std::deque<std::string> texts_;
  std::unordered_set<std::string_view> known_;  // is looked into, never gone over
  std::vector<Raw> values_;
};

}  // namespace narrows::workloads
