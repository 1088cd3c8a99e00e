// SPDX-License-Identifier: MIT
#include "workloads/micro_operations.hpp"

#include <cstdint>
#include <tuple>

#include "narrows/encode.hpp"
#include "narrows/error.hpp"

namespace narrows::workloads {
namespace {

Error malformed(std::size_t operation, std::string_view member, const std::string& what) {
  return {ErrorCode::malformed_request,
          "`txn[" + std::to_string(operation) + "]" + std::string(member) + "` is " + what};
}

using Txn = std::vector<std::tuple<std::string, Raw, Raw>>;

std::vector<MicroOperation> checked(const Txn& txn, std::string_view write) {
  std::vector<MicroOperation> operations;
  operations.reserve(txn.size());
  for (const auto& [function, key, value] : txn) {
    const std::size_t at = operations.size();
    if (function != "r" && function != write) {
      throw malformed(at, "[0]", "neither \"r\" nor \"" + std::string(write) + "\"");
    }
    MicroOperation& operation = operations.emplace_back();
    operation.is_read = function == "r";
    operation.key = key_text(key);
    if (operation.key.empty()) {
      throw malformed(at, "[1]", "neither an integer of 64 bits nor a string");
    }
    operation.value = value.text();
  }
  return operations;
}

}  // namespace

std::vector<MicroOperation> micro_operations(const Request& request, std::string_view write) {
  auto operations = checked(request.get<Txn>("txn"), write);
  for (std::size_t i = 0; i < operations.size(); ++i) {
    MicroOperation& operation = operations[i];
    if (operation.is_read) {
      operation.value = "null";
    } else if (depth_of(operation.value) > kDeepestValue) {
      throw malformed(i, "[2]", "nested deeper than 256 levels");
    }
  }
  if (written_bytes(operations) > kMostWritten) {
    throw Error(ErrorCode::malformed_request, "`txn` writes more than 4 KiB");
  }
  return operations;
}

std::vector<MicroOperation> micro_operations(const Raw& txn, std::string_view write) {
  return checked(decode<Txn>(txn), write);
}

std::string key_text(const Raw& key) {
  try {
    if (key.kind() == Raw::Kind::string) return encode(decode<std::string>(key));
    if (key.kind() == Raw::Kind::number) return encode(decode<std::int64_t>(key));
  } catch (const Error&) {
    // A number, but no integer.
  }
  return {};
}

std::size_t written_bytes(const std::vector<MicroOperation>& operations) {
  std::size_t bytes = 0;
  for (const MicroOperation& operation : operations) {
    if (!operation.is_read) bytes += operation.key.size() + operation.value.size() + 4;
  }
  return bytes;
}

std::string to_json(const std::vector<MicroOperation>& operations, std::string_view write) {
  std::string json = "[";
  for (const MicroOperation& operation : operations) {
    if (json.size() > 1) json += ',';
    json.append("[\"").append(operation.is_read ? "r" : write).append("\",");
    json.append(operation.key).append(",").append(operation.value).append("]");
  }
  return json += ']';
}

}  // namespace narrows::workloads
