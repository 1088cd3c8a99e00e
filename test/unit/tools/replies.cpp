// SPDX-License-Identifier: MIT
#include "replies.hpp"

#include <string>

#include "unit/doctest.hpp"

namespace narrows::tools {
namespace {

/// A checker that has sent one request of type "ask".
struct Asked {
  Asked() {
    checker.add(0);
    checker.sent(1, 0);
  }

  const Tally& after(const std::string& lines) {
    std::string text = lines;
    text.append(Checker::kSlackBytes, '\0');
    char* const end = text.data() + lines.size();
    CHECK(checker.take(text.data(), end, 1) == end);
    CHECK(checker.broken().empty());
    return checker.tally();
  }
  const Tally& after_message(const std::string& dest, const std::string& members) {
    return after(R"({"src":"n1","dest":)" + dest + R"(,"body":{"type":"gossip")" + members +
                 "}}\n");
  }

  Load load = [] {
    Load ask;
    ask.type = "ask";
    return ask;
  }();
  Figures figures;
  Checker checker{load, figures};
};

TEST_CASE("replies: a message to another node or to a service is counted apart") {
  for (const char* dest : {R"("n2")", R"("n1")", R"("seq-kv")", R"("c")", R"("c1x")", R"("C1")",
                           R"("\u006e2")", R"("\u005c")"}) {
    CAPTURE(dest);
    for (const char* members : {"", R"(,"msg_id":1)", R"(,"in_reply_to":null)"}) {
      const Tally tally = Asked().after_message(dest, members);
      CHECK(tally.sent_to_others == 1);
      CHECK(tally.unsolicited == 0);
      CHECK(tally.example.empty());
    }
  }
}

TEST_CASE("replies: a message to a client that replies to nothing is unsolicited") {
  for (const char* dest : {R"("c0")", R"("c1")", R"("c99")", R"("\u00631")"}) {
    CAPTURE(dest);
    const Tally tally = Asked().after_message(dest, R"(,"msg_id":1)");
    CHECK(tally.sent_to_others == 0);
    CHECK(tally.unsolicited == 1);
    CHECK(tally.example.starts_with("it replies to nothing: "));
  }
}

TEST_CASE("replies: a reply to nobody's request is unsolicited whoever it goes to") {
  for (const char* dest : {R"("c1")", R"("n2")"}) {
    CAPTURE(dest);
    const Tally tally = Asked().after_message(dest, R"(,"in_reply_to":7)");
    CHECK(tally.sent_to_others == 0);
    CHECK(tally.unsolicited == 1);
    CHECK(tally.example.starts_with("there was no such request: "));
  }
}

TEST_CASE("replies: messages to others change nothing in how replies are counted") {
  Asked asked;
  const std::string gossip = R"({"src":"n1","dest":"n2","body":{"type":"gossip"}})"
                             "\n";
  const std::string reply = R"({"src":"n1","dest":"c)" + std::to_string(asked.load.client_of(0)) +
                            R"(","body":{"type":"ask_ok","in_reply_to":)" +
                            std::to_string(asked.load.first_id()) + "}}\n";
  const Tally& tally = asked.after(gossip + reply + gossip);
  CHECK(tally.answered == 1);
  CHECK(tally.sent_to_others == 2);
  CHECK(tally.closed() == 1);
  CHECK(tally.unsolicited + tally.wrong + tally.duplicated == 0);
  CHECK(asked.checker.waiting() == 0);
}

}  // namespace
}  // namespace narrows::tools
