// SPDX-License-Identifier: MIT
// The right nodes of txn-list-append, which wrong ones are made of.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "workloads/wrong_transactions.hpp"

namespace narrows::workloads {

using List = std::vector<std::string>;  // of JSON

struct RightLists : Database {
  RightLists() : Database("append") {}

  static std::string json_of(const List& list) {
    std::string json = "[";
    for (const std::string& element : list) json.append(json.size() > 1 ? "," : "").append(element);
    return json + "]";
  }

  void step(MicroOperation& operation) override {
    List& list = lists[operation.key];
    if (operation.is_read) {
      operation.value = json_of(read(operation.key, list));
    } else {
      append(operation.key, list, operation.value);
    }
  }
  virtual List read(const std::string& /*key*/, const List& list) { return list; }
  virtual void append(const std::string& /*key*/, List& list, const std::string& value) {
    list.push_back(value);
  }

  std::map<std::string, List> lists;
  Every is_time{10};
};

}  // namespace narrows::workloads
