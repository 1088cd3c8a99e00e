// SPDX-License-Identifier: MIT
// When the file is written, what is said of it, and that lost samples are counted in it.
#include <stdlib.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <string>
#include <vector>

#include "json/value.hpp"
#include "pipeline/trace_writer.hpp"
#include "unit/doctest.hpp"
#include "unit/logged.hpp"
#include "unit/stage_rig.hpp"

namespace narrows::pipeline {
namespace {

using json::Value;
using test::echo_line;
using test::StageRig;

constexpr std::uint64_t kSecond = 1'000'000'000;

/// The stages and the writer of their trace, every message of which is traced.
class Traced {
 public:
  explicit Traced(const std::string& elsewhere = "", std::size_t most_bytes = 1 << 20)
      : path(elsewhere.empty() ? make_folder() + "/trace.json" : elsewhere), rig({}, traced()) {
    writer.emplace(path, *rig.tracer, rig.log, most_bytes);
    rig.init();
  }
  ~Traced() {
    if (!folder_.empty()) std::filesystem::remove_all(folder_);
  }

  void echo(int messages) {
    for (int i = 0; i < messages; ++i) rig.run(echo_line(static_cast<std::uint64_t>(i), "1"));
  }
  std::uint64_t tick(std::uint64_t now, bool ending = false) { return writer->tick(now, ending); }

  /// How many messages are in the file now.
  std::size_t messages() {
    const std::optional<Value> all = parsed();
    REQUIRE(all);
    std::size_t slices = 0;
    for (const Value& event : all->items()) slices += event["ph"].string() == "X" ? 1U : 0U;
    CHECK(slices % 3 == 0);
    return slices / 3;
  }
  /// The number of the latest reply in it.
  std::int64_t newest() {
    std::int64_t latest = -1;
    const std::optional<Value> all = parsed();
    REQUIRE(all);
    for (const Value& event : all->items()) {
      latest = std::max(latest, event["args"]["msg_id"].integer().value_or(-1));
    }
    return latest;
  }
  std::int64_t dropped() {
    std::int64_t sum = 0;
    const std::optional<Value> all = parsed();
    REQUIRE(all);
    for (const Value& event : all->items()) sum += event["args"]["dropped"].integer().value_or(0);
    return sum;
  }
  std::vector<std::string> log() { return lines_of(rig.log); }

 private:
  static Options traced() {
    Options options;
    options.trace = "trace";
    options.trace_every = 1;
    return options;
  }
  [[nodiscard]] std::optional<Value> parsed() const {
    std::ifstream file(path, std::ios::binary);
    return Value::parse(std::string(std::istreambuf_iterator<char>(file), {}));
  }
  std::string make_folder() {
    folder_ = (std::filesystem::temp_directory_path() / "trace-XXXXXX").string();
    REQUIRE(mkdtemp(folder_.data()) != nullptr);
    return folder_;
  }

  std::string folder_;

 public:
  const std::string path;
  StageRig rig;
  std::optional<TraceWriter> writer;
};

TEST_CASE("trace_writer: the first tick makes the file, later ones write a quarter second apart") {
  Traced traced;
  CHECK(traced.tick(kSecond) == kSecond + kSecond / 4);  // init
  CHECK(traced.messages() == 1);
  traced.echo(5);
  CHECK(traced.tick(kSecond + kSecond / 8) == kSecond + kSecond / 4);  // not yet
  CHECK(traced.messages() == 1);
  CHECK(traced.tick(kSecond + kSecond / 4) == kSecond + kSecond / 2);
  CHECK(traced.messages() == 6);
  CHECK(traced.tick(2 * kSecond) == 0);  // nothing new: the tracer wakes it
  traced.echo(1);
  CHECK(traced.tick(3 * kSecond) != 0);
  CHECK(traced.messages() == 7);
  traced.echo(2);
  traced.tick(3 * kSecond + 1, true);
  CHECK(traced.messages() == 9);
  CHECK(traced.log().empty());
}

TEST_CASE("trace_writer: a ring that fills up is written before the time") {
  Traced traced;
  traced.tick(kSecond);
  traced.echo(TraceRing::kSamples / 2);
  traced.tick(kSecond + 1);
  CHECK(traced.messages() > 100);
}

TEST_CASE("trace_writer: a problem is said once until it is over, and what was lost is counted") {
  Traced traced("/nonexistent/trace.json");
  traced.tick(kSecond);
  traced.echo(3);
  traced.tick(2 * kSecond);
  traced.echo(3);
  traced.tick(3 * kSecond);
  const auto lines = traced.log();
  REQUIRE(lines.size() == 1);
  CHECK(lines[0] ==
        "narrows: error: cannot write --trace /nonexistent/trace.json: No such file or directory; "
        "will try again\n");

  Traced later;
  std::filesystem::remove_all(std::filesystem::path(later.path).parent_path());
  later.tick(kSecond);
  later.echo(3);
  later.tick(2 * kSecond);
  CHECK(later.log().size() == 1);
  std::filesystem::create_directory(std::filesystem::path(later.path).parent_path());
  later.echo(2);
  later.tick(3 * kSecond);
  CHECK(later.messages() == 2);
  CHECK(later.dropped() == 4);  // init, 3 echoes
  later.tick(4 * kSecond);
  CHECK(later.dropped() == 4);
  std::filesystem::remove_all(std::filesystem::path(later.path).parent_path());
  later.tick(5 * kSecond);
  CHECK(later.log().size() == 1);  // once more
}

TEST_CASE("trace_writer: what could not be written is tried again, also if nothing more comes") {
  Traced traced;
  const auto folder = std::filesystem::path(traced.path).parent_path();
  std::filesystem::remove_all(folder);
  std::uint64_t due = traced.tick(kSecond);
  for (int i = 0; i < 3; ++i) {
    REQUIRE(due != 0);
    due = traced.tick(due);
  }
  std::filesystem::create_directory(folder);
  REQUIRE(due != 0);
  due = traced.tick(due);
  CHECK(traced.dropped() == 1);  // init
  traced.tick(due);
  CHECK(traced.log().size() == 1);
}

TEST_CASE("trace_writer: what the ring did not take is counted in the file") {
  Traced traced("", 64 << 20);
  traced.echo(TraceRing::kSamples + 9);
  traced.tick(kSecond);
  CHECK(traced.messages() == TraceRing::kSamples);
  CHECK(traced.dropped() == 10);  // with init
}

TEST_CASE("trace_writer: a full file is said once, and keeps the newest") {
  Traced traced("", 13 * TraceFile::kPageBytes);
  std::uint64_t now = kSecond;
  for (int i = 0; i < 20; ++i) {
    traced.echo(10);
    traced.tick(now += kSecond);
  }
  const auto lines = traced.log();
  REQUIRE(lines.size() == 1);
  CHECK(lines[0] ==
        "narrows: info: --trace " + traced.path +
            " is full with 52 KiB: from now on the newest messages replace the oldest\n");
  CHECK(std::filesystem::file_size(traced.path) == 53'248);
  CHECK(traced.messages() > 24);  // two to four a page: numbers are long or short, such as the pid
  CHECK(traced.messages() <= 48);
  CHECK(traced.newest() == 200);
}

}  // namespace
}  // namespace narrows::pipeline
