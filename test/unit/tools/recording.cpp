// SPDX-License-Identifier: MIT
#include "recording.hpp"

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <vector>

#include "files.hpp"
#include "unit/doctest.hpp"

namespace narrows::tools {
namespace {

/// The messages of a tap's file that has these records.
std::vector<std::string> messages_of(const std::string& records) {
  std::string path = std::filesystem::temp_directory_path() / "narrows-tap-XXXXXX";
  const int file = mkstemp(path.data());
  REQUIRE(file >= 0);
  close(file);
  save_file(path, "{\"narrows_tap\":1}\n" + records);
  std::vector<std::string> lines;
  Recording recording(path, "");
  while (const auto message = recording.next()) lines.push_back(message->line);
  unlink(path.c_str());
  return lines;
}

TEST_CASE("recording: a request of a client is a message, whatever stands around it") {
  const std::string line = R"({\"src\":\"c1\",\"body\":{\"msg_id\":1}})";
  CHECK(messages_of("no JSON\n{\"dir\":\"in\",\"line\":\"" + line + "\"}\n{\"dir\":\"in\",\"li") ==
        std::vector<std::string>{R"({"src":"c1","body":{"msg_id":1}})"});
}

TEST_CASE("recording: a text with a newline in it is not sent as two lines") {
  const std::string line = R"({\"src\":\"c1\",\n\"body\":{\"msg_id\":1}})";
  CHECK(messages_of("{\"dir\":\"in\",\"line\":\"" + line + "\"}\n").empty());
}

}  // namespace
}  // namespace narrows::tools
