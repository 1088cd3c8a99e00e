// SPDX-License-Identifier: MIT
#include "workloads/list_log.hpp"

#include <chrono>
#include <tuple>

namespace narrows::workloads {
namespace {

/// A batch as it is in the log.
using Appended = std::tuple<std::string, std::uint64_t, std::vector<std::pair<Raw, Raw>>>;

std::string to_json(const Batch& batch) {
  std::string json = "[";
  json.append(encode(batch.node)).append(",").append(std::to_string(batch.number)).append(",[");
  const char* separator = "[";
  for (const auto& call : batch.calls) {
    for (const MicroOperation& operation : call->operations) {
      if (operation.is_read) continue;
      json.append(separator).append(operation.key).append(",").append(operation.value).append("]");
      separator = ",[";
    }
  }
  return json.append("]]");
}

}  // namespace

Task<> ListLog::append(const Batcher<Batch>::Calls& batches) {
  if (reads_first_) reads_first_ = co_await read_on();
  std::string item = "[";
  for (const BatchPtr& batch : batches) {
    if (batch->settled.is_set() || item.size() > kLongItem) continue;
    if (batch->number <= last_[batch->node]) {
      fail_late(*batch);
    } else {
      item.append(to_json(*batch)).append(",");
      ++batch->attempts;
    }
  }
  if (item.size() == 1) co_return;
  item.back() = ']';
  std::vector<std::string> items{std::move(item)};
  const SegmentPtr grown = co_await log_.append(end_, std::move(items));
  if (grown != nullptr) {
    take(grown);
    co_return;
  }
  reads_first_ = true;
  for (const BatchPtr& batch : batches) {
    if (batch->settled.is_set() || batch->attempts < kAttempts) continue;
    batch->fail({ErrorCode::txn_conflict, "others always came first"});
  }
  co_await sleep(std::chrono::microseconds(node_.random(kMostPause.count())));
}

Task<> ListLog::read(const TransactionCalls& calls) {
  co_await read_on();
  for (const auto& call : calls) {
    run(call->operations);
    call->succeed();
  }
}

Task<bool> ListLog::read_on() {
  bool is_new = false;
  for (bool is_end = false; !is_end;) {
    const SegmentPtr segment = co_await log_.read(end_->index);
    is_end = !log_.is_full(*segment);
    is_new |= take(segment);
  }
  co_return is_new;
}

bool ListLog::take(const SegmentPtr& segment) {
  const std::size_t known = end_->items.size();
  if (segment->index < end_->index || segment->items.size() <= known) return false;
  for (std::size_t i = known; i < segment->items.size(); ++i) {
    for (const auto& [node, number, appended] :
         decode<std::vector<Appended>>(Raw::checked(segment->items[i]))) {
      take_batch(node, number, appended);
    }
  }
  end_ = log_.is_full(*segment) ? empty_segment(segment->index + 1) : segment;
  return true;
}

void ListLog::take_batch(const std::string& node, std::uint64_t number,
                         const std::vector<std::pair<Raw, Raw>>& appended) {
  std::uint64_t& last = last_[node];
  if (number <= last) return;
  last = number;
  const BatchPtr batch = find_expected(node, number);
  if (batch == nullptr || batch->settled.is_set()) {
    for (const auto& [key, element] : appended) append(key_text(key), element.text());
    return;
  }
  for (const auto& call : batch->calls) {
    run(call->operations);
    call->succeed();
  }
  batch->succeed();
}

BatchPtr ListLog::find_expected(const std::string& node, std::uint64_t number) {
  BatchPtr found;
  auto expected = expected_.lower_bound({node, 0});
  while (expected != expected_.end() && expected->first.first == node &&
         expected->first.second <= number) {
    found = expected->second.lock();
    const bool is_late = expected->first.second < number;
    if (found != nullptr && is_late && !found->settled.is_set()) fail_late(*found);
    if (is_late) found = nullptr;
    expected = expected_.erase(expected);
  }
  return found;
}

void ListLog::fail_late(Batch& batch) {
  batch.fail({ErrorCode::abort, "a later batch of the same node has come first"});
}

void ListLog::run(std::vector<MicroOperation>& transaction) {
  for (MicroOperation& operation : transaction) {
    if (!operation.is_read) {
      append(operation.key, operation.value);
      continue;
    }
    const auto list = lists_.find(operation.key);
    std::string value(list == lists_.end() ? "null" : "[");
    if (list != lists_.end()) value.append(list->second).append("]");
    operation.value = std::move(value);
  }
}

void ListLog::append(const std::string& key, std::string_view element) {
  std::string& list = lists_[key];
  if (!list.empty()) list += ',';
  list += element;
}

}  // namespace narrows::workloads
