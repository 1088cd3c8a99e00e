// SPDX-License-Identifier: MIT
#include "mix.hpp"

#include <algorithm>
#include <cctype>
#include <map>
#include <set>
#include <stdexcept>

#include "json/value.hpp"
#include "unit/doctest.hpp"

namespace narrows::tools {
namespace {

using json::Value;

/// A mix of one message with this body.
Mix of_body(std::string_view body) {
  return Mix::parse(std::string(R"({"messages":[{"body":)").append(body).append("}]}"));
}

std::string rendered(const Mix& mix, std::uint64_t index, const Load& load = {}) {
  std::string line;
  mix.render(load, index, line);
  return line;
}

/// The member `value` of each of so many bodies, as JSON.
std::vector<std::string> values(std::string_view value, std::uint64_t count,
                                const Load& load = {}) {
  const Mix mix = of_body(std::string(R"({"type":"t","value":)").append(value).append("}"));
  std::vector<std::string> values;
  for (std::uint64_t i = 0; i < count; ++i) {
    const auto line = Value::parse(rendered(mix, i, load));
    REQUIRE(line.has_value());
    values.push_back((*line)["body"]["value"].to_json());
  }
  return values;
}

std::string refusal(std::string_view text) {
  try {
    static_cast<void>(Mix::parse(text));
  } catch (const std::runtime_error& error) {
    return error.what();
  }
  return "";
}

using Texts = std::vector<std::string>;

TEST_CASE("mix: a line is the body as it stands, with its sender and msg_id put in front") {
  Load load;
  load.clients = 2;
  load.messages = 10;
  const Mix mix = of_body(R"({"type": "t", "n": 1.50, "list": [1, {"a": null}], "s": "\u00e4\n"})");
  CHECK(rendered(mix, 0, load) ==
        R"({"src":"c1","dest":"n1","body":{"msg_id":1000,"type":"t","n":1.50,)"
        R"("list":[1,{"a":null}],"s":"ä\n"}})"
        "\n");
  CHECK(rendered(mix, 1, load).starts_with(R"({"src":"c2","dest":"n1","body":{"msg_id":1001,)"));
  CHECK(rendered(mix, 2, load).starts_with(R"({"src":"c1","dest":"n1","body":{"msg_id":1002,)"));
}

TEST_CASE("mix: render() appends") {
  std::string lines = "before\n";
  of_body(R"({"type":"t"})").render({}, 0, lines);
  CHECK(lines.starts_with("before\n{\"src\":"));
}

TEST_CASE("mix: an expected reply is the type with _ok, unless it is said") {
  const Mix mix = Mix::parse(
      R"({"messages":[{"body":{"type":"add"}},{"body":{"type":"read"},"expect":"value"}]})");
  CHECK(mix.messages()[0].expect == "add_ok");
  CHECK(mix.messages()[1].expect == "value");
}

TEST_CASE("mix: what must come back is the echo of an echo, unless it is said") {
  const Mix mix = Mix::parse(R"({"messages":[
      {"body":{"type":"echo"}},
      {"body":{"type":"bench_echo"}},
      {"body":{"type":"add"}},
      {"body":{"type":"echo"},"same":[]},
      {"body":{"type":"add"},"same":["a","b"]}]})");
  CHECK(mix.messages()[0].same == Texts{"echo"});
  CHECK(mix.messages()[1].same == Texts{"echo"});
  CHECK(mix.messages()[2].same.empty());
  CHECK(mix.messages()[3].same.empty());
  CHECK(mix.messages()[4].same == Texts{"a", "b"});
}

TEST_CASE("mix: what is no mix is refused with one sentence") {
  const auto message = [](std::string_view item) {
    return std::string(R"({"messages":[)").append(item).append("]}");
  };
  for (const std::string& bad : {std::string(),
                                 std::string("{"),
                                 std::string("[]"),
                                 std::string("{}"),
                                 std::string(R"({"messages":{}})"),
                                 message(""),
                                 message("1"),
                                 message("{}"),
                                 message(R"({"body":{}})"),
                                 message(R"({"body":[]})"),
                                 message(R"({"body":{"type":1}})"),
                                 message(R"({"body":{"type":""}})"),
                                 message(R"({"body":{"type":"t","msg_id":1}})"),
                                 message(R"({"body":{"type":"t","in_reply_to":1}})"),
                                 message(R"({"body":{"type":"{{counter}}"}})"),
                                 message(R"({"body":{"type":"t"},"other":1})"),
                                 message(R"({"body":{"type":"t"},"weight":0})"),
                                 message(R"({"body":{"type":"t"},"weight":-1})"),
                                 message(R"({"body":{"type":"t"},"weight":"1"})"),
                                 message(R"({"body":{"type":"t"},"expect":1})"),
                                 message(R"({"body":{"type":"t"},"same":"a"})"),
                                 message(R"({"body":{"type":"t"},"same":[1]})")}) {
    const std::string why = refusal(bad);
    CHECK_MESSAGE(!why.empty(), bad);
    CHECK_MESSAGE(why.find('\n') == std::string::npos, why);
  }
  CHECK(refusal(message(R"({"body":{"type":"t","nested":{"msg_id":1}}})")).empty());
}

TEST_CASE("mix: weights beyond a number are refused, and no line is longer than it says") {
  CHECK_FALSE(refusal(R"({"messages":[{"weight":1e308,"body":{"type":"t"}},
                                      {"weight":1e308,"body":{"type":"u"}}]})")
                  .empty());
  const Mix mix =
      Mix::parse(R"({"messages":[{"body":{"type":"t","a":"{{string:1000}} {{counter}}"}}]})");
  std::string line;
  mix.render(Load(), 12'345, line);
  CHECK(line.size() > 1000);
  CHECK(line.size() <= mix.longest_line());
}

TEST_CASE("mix: a thousand messages are taken, one more is refused") {
  const auto of = [](int count) {
    std::string text = R"({"messages":[{"body":{"type":"t"}})";
    for (int i = 1; i < count; ++i) text += R"(,{"body":{"type":"t"}})";
    return text + "]}";
  };
  CHECK(refusal(of(1000)).empty());
  CHECK(refusal(of(1001)).find("1,000") != std::string::npos);
}

TEST_CASE("mix: a message of more than 4 MiB is refused before memory is taken for it") {
  const auto mix_of = [](int strings) {
    std::string values;
    for (int i = 0; i < strings; ++i) values += R"(,"{{string:1048576}}")";
    return R"({"messages":[{"body":{"type":"t","x":[0)" + values + "]}}]}";
  };
  CHECK(refusal(mix_of(3)).empty());
  CHECK(refusal(mix_of(4)) == "a message may be longer than 4 MiB");
}

TEST_CASE("mix: what is no placeholder is refused") {
  for (const std::string_view bad :
       {"{{}}", "{{count}}", "{{ counter }}", "{{counter:1}}", "{{counter", "a {{client} b",
        "{{number}}", "{{number:1}}", "{{number:2:1}}", "{{number:1:2:3}}", "{{number:a:2}}",
        "{{number::}}", "{{number:1:9223372036854775808}}", "{{string}}", "{{string:}}",
        "{{string:-1}}", "{{string:1048577}}", "{{string:1:2}}", "{{{counter}}}"}) {
    const auto text = std::string(R"({"messages":[{"body":{"type":"t","a":[")").append(bad);
    CHECK_MESSAGE(!refusal(text + "\"]}}]}").empty(), bad);
  }
}

TEST_CASE("mix: the counter is the request's number from 0, the client its sender") {
  Load load;
  load.clients = 2;
  CHECK(values(R"("{{counter}}")", 3) == Texts{"0", "1", "2"});
  CHECK(values(R"("{{client}}")", 3, load) == Texts{R"("c1")", R"("c2")", R"("c1")"});
}

TEST_CASE(
    "mix: a counter or a number alone becomes a JSON number, with text around it it does not") {
  CHECK(values(R"("{{number:5:5}}")", 1) == Texts{"5"});
  CHECK(values(R"(" {{counter}}")", 1) == Texts{R"(" 0")"});
  CHECK(values(R"("{{counter}}{{counter}}")", 2) == Texts{R"("00")", R"("11")"});
  CHECK(values(R"("a\"{{number:-5:-5}}\\}}")", 1) == Texts{R"("a\"-5\\}}")"});
  CHECK(values(R"([["{{counter}}"],{"{{counter}}":"{{counter}}"}])", 1) ==
        Texts{R"([[0],{"{{counter}}":0}])"});
}

TEST_CASE("mix: numbers take every value of their range, its ends included, and no other") {
  const auto some = values(R"("{{number:-2:1}}")", 200);
  CHECK(std::set<std::string>(some.begin(), some.end()) ==
        std::set<std::string>{"-2", "-1", "0", "1"});
  const auto any = values(R"("{{number:-9223372036854775808:9223372036854775807}}")", 200);
  CHECK(std::set<std::string>(any.begin(), any.end()).size() == 200);
}

TEST_CASE("mix: strings have their length, of letters and digits") {
  CHECK(values(R"("{{string:0}}")", 1) == Texts{R"("")"});
  std::set<char> seen;
  for (const std::string& value : values(R"("{{string:50}}")", 100)) {
    CHECK(value.size() == 52);
    seen.insert(value.begin() + 1, value.end() - 1);
  }
  CHECK(seen.size() == 62);
  CHECK(std::all_of(seen.begin(), seen.end(), [](unsigned char c) { return std::isalnum(c); }));
}

const Mix& weighted() {
  static const Mix mix = Mix::parse(R"({"messages":[
      {"weight":9,"body":{"type":"a","r":"{{string:8}}"}},
      {"body":{"type":"b","r":"{{number:0:1000000}}"}},
      {"weight":2.5,"body":{"type":"c"}}]})");
  return mix;
}

TEST_CASE("mix: messages are as many as their weights say") {
  std::map<std::string, int> counts;
  for (std::uint64_t i = 0; i < 125'000; ++i) ++counts[weighted().message_of({}, i).expect];
  CHECK(counts["a_ok"] == doctest::Approx(90'000).epsilon(0.01));
  CHECK(counts["b_ok"] == doctest::Approx(10'000).epsilon(0.04));
  CHECK(counts["c_ok"] == doctest::Approx(25'000).epsilon(0.02));
}

TEST_CASE("mix: which message it is says nothing about the numbers in it") {
  const Mix mix = Mix::parse(R"({"messages":[
      {"body":{"type":"a","n":"{{number:0:1}}"}},
      {"body":{"type":"b","n":"{{number:0:1}}"}}]})");
  std::map<std::string, int> counts;
  for (std::uint64_t i = 0; i < 10'000; ++i) {
    const auto line = Value::parse(rendered(mix, i));
    REQUIRE(line.has_value());
    const Value& body = (*line)["body"];
    ++counts[std::string(body["type"].string().value_or("")) + body["n"].to_json()];
  }
  CHECK(counts.size() == 4);
  for (const auto& entry : counts) {
    CHECK_MESSAGE(entry.second == doctest::Approx(2500).epsilon(0.1), entry.first);
  }
}

TEST_CASE("mix: message_of() says which message render() renders") {
  for (std::uint64_t i = 0; i < 1000; ++i) {
    const auto line = Value::parse(rendered(weighted(), i));
    REQUIRE(line.has_value());
    const std::string type((*line)["body"]["type"].string().value_or(""));
    CHECK(weighted().message_of({}, i).expect == type + "_ok");
  }
}

TEST_CASE("mix: a request is the same whenever it is asked for, with another seed it is not") {
  Load other;
  other.seed = 2;
  const auto all = [](const Load& load, bool backward) {
    Texts lines(500);
    for (std::uint64_t i = 0; i < 500; ++i) {
      const std::uint64_t index = backward ? 499 - i : i;
      lines[static_cast<std::size_t>(index)] = rendered(weighted(), index, load);
    }
    return lines;
  };
  CHECK(all({}, false) == all({}, true));
  CHECK(all({}, false) != all(other, false));
}

}  // namespace
}  // namespace narrows::tools
