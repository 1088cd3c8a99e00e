// SPDX-License-Identifier: MIT
// The obvious design: the echo node that most people would write, as the baseline to beat.
//
//   stdin ─▶ parse ─queue─▶ dispatch ─queue─▶ serialize ─▶ stdout
//
// Three threads, one heap message an item, blocking queues, RapidJSON's DOM and Writer. It answers
// well-formed init and echo lines in the project's byte format, all of them before it ends.
// Nothing in it is slowed on purpose. Tried and slower: moodycamel's BlockingConcurrentQueue in
// place of mutex and condition variable (by a quarter, and unbounded), other queue capacities from
// 64 items to no bound (by 2 to 6 %), a document's default 64 KiB of pool (by a third).
#include <rapidjson/document.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <charconv>
#include <condition_variable>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <deque>
#include <memory>
#include <mutex>
#include <string_view>
#include <thread>
#include <utility>

#include "lines.hpp"

namespace {

constexpr std::size_t kQueueItems = 1024;
constexpr std::size_t kWriteBytes = 64 * 1024;

/// A bounded FIFO; push and pop block. Threads: any.
template <typename T>
class BlockingQueue {
 public:
  void push(T item) {
    {
      std::unique_lock lock(mutex_);
      has_room_.wait(lock, [this] { return items_.size() < kQueueItems; });
      items_.push_back(std::move(item));
    }
    has_items_.notify_one();
  }

  struct Popped {
    T item;
    bool was_last;  // the queue was empty after it
  };

  Popped pop() {
    std::unique_lock lock(mutex_);
    has_items_.wait(lock, [this] { return !items_.empty(); });
    Popped popped{std::move(items_.front()), items_.size() == 1};
    items_.pop_front();
    lock.unlock();
    has_room_.notify_one();
    return popped;
  }

 private:
  std::mutex mutex_;
  std::condition_variable has_items_;
  std::condition_variable has_room_;
  std::deque<T> items_;
};

struct Message {
  rapidjson::MemoryPoolAllocator<> pool{1024};
  rapidjson::Document request{&pool, 256};
  std::string_view reply_type;
};

using Link = BlockingQueue<std::unique_ptr<Message>>;  // a null message ends the stream

void parse(Link& parsed) {
  LineReader reader(0);
  while (reader.read()) {
    while (auto line = reader.next()) {
      auto message = std::make_unique<Message>();
      message->request.Parse(line->data(), line->size());
      if (!message->request.HasParseError()) parsed.push(std::move(message));
    }
  }
  parsed.push(nullptr);
}

void dispatch(Link& parsed, Link& handled) {
  while (auto message = parsed.pop().item) {
    const rapidjson::Value& type = message->request["body"]["type"];
    const std::string_view name(type.GetString(), type.GetStringLength());
    if (name == "echo") {
      message->reply_type = "echo_ok";
    } else if (name == "init") {
      message->reply_type = "init_ok";
    } else {
      continue;
    }
    handled.push(std::move(message));
  }
  handled.push(nullptr);
}

class Encoder {
 public:
  void encode(const Message& message) {
    const rapidjson::Value& body = message.request["body"];
    put("{\"src\": ");
    put(message.request["dest"]);
    put(", \"dest\": ");
    put(message.request["src"]);
    put(", \"body\": {\"type\": \"");
    put(message.reply_type);
    put("\"");
    if (message.reply_type == "echo_ok") {
      put(", \"echo\": ");
      put(body["echo"]);
    }
    put(", \"in_reply_to\": ");
    put(body["msg_id"]);
    put(", \"msg_id\": ");
    char digits[20];
    const auto end = std::to_chars(digits, digits + sizeof digits, next_msg_id_++).ptr;
    put(std::string_view(digits, static_cast<std::size_t>(end - digits)));
    put("}}\n");
  }

  [[nodiscard]] std::size_t size() const { return out_.GetSize(); }

  bool flush() {
    const bool written = write_all(1, {out_.GetString(), out_.GetSize()});
    out_.Clear();
    return written;
  }

 private:
  void put(std::string_view text) { std::memcpy(out_.Push(text.size()), text.data(), text.size()); }

  void put(const rapidjson::Value& value) {
    writer_.Reset(out_);
    value.Accept(writer_);
  }

  rapidjson::StringBuffer out_;
  rapidjson::Writer<rapidjson::StringBuffer> writer_{out_};
  std::uint64_t next_msg_id_ = 0;
};

void serialize(Link& handled) {
  Encoder encoder;
  for (auto popped = handled.pop(); popped.item; popped = handled.pop()) {
    encoder.encode(*popped.item);
    if ((encoder.size() >= kWriteBytes || popped.was_last) && !encoder.flush()) std::_Exit(1);
  }
  if (!encoder.flush()) std::_Exit(1);
}

}  // namespace

int main() {
  Link parsed;
  Link handled;
  std::thread dispatcher([&] { dispatch(parsed, handled); });
  std::thread serializer([&] { serialize(handled); });
  parse(parsed);
  dispatcher.join();
  serializer.join();
  return 0;
}
