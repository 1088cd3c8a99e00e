// SPDX-License-Identifier: MIT
// The lines that can be used, and what is found in them.
#include "json/decode.hpp"

#include "unit/decoded.hpp"
#include "unit/doctest.hpp"

namespace narrows::json {
namespace {

using test::Decoded;
using test::request_echoing;
using test::request_with;

TEST_CASE("decode: the known fields are found, as they are written") {
  const Decoded line(
      R"({"src":"c1","dest":"n1","body":{"type":"echo","msg_id":12,"echo":[1, 2]}})");
  CHECK(line.kind() == LineKind::request);
  CHECK(line.reason().empty());
  CHECK(line.src() == "c1");
  CHECK(line.dest() == "n1");
  CHECK(line.type() == "echo");
  CHECK(line.msg_id() == "12");
  CHECK(line.body() == R"({"type":"echo","msg_id":12,"echo":[1, 2]})");
  CHECK(line.find("echo") == "[1, 2]");
  CHECK_FALSE(line.message.members_left_out);
}

TEST_CASE("decode: order, spaces and unknown members change nothing") {
  const Decoded line(
      " { \"id\" : 7 , \"body\" : { \"echo\" : { \"type\" : \"x\" , \"msg_id\" : [ ] } , "
      "\"msg_id\" : 3 , \"type\" : \"t\" } ,\t\"extra\" : { \"src\" : 1 , \"body\" : { } } , "
      "\"dest\" : \"n\" , \"src\" : \"s\" } \t");
  CHECK(line.kind() == LineKind::request);
  CHECK(line.src() == "s");
  CHECK(line.dest() == "n");
  CHECK(line.type() == "t");
  CHECK(line.msg_id() == "3");
  CHECK(line.find("echo") == R"({ "type" : "x" , "msg_id" : [ ] })");
  CHECK(line.members().size() == 1);
}

TEST_CASE("decode: names that belong elsewhere are ordinary members") {
  const Decoded line(R"({"src":"s","type":1,"msg_id":"x","in_reply_to":5,"type":2,)"
                     R"("body":{"type":"t","src":1,"dest":2,"body":{"type":3},"src":4}})");
  CHECK(line.kind() == LineKind::request);
  CHECK(line.message.dest.length == 0);
  CHECK(line.message.msg_id_length == 0);
  CHECK(line.find("src") == "4");
  CHECK(line.find("dest") == "2");
  CHECK(line.find("body") == R"({"type":3})");
}

TEST_CASE("decode: escapes stay as they came, in values and in the fields") {
  const Decoded line(
      R"({"src":"c\u0031\"","dest":"\\","body":{"type":"\/e","echo":"\ud83d\ude00\n"}})");
  CHECK(line.src() == R"(c\u0031\")");
  CHECK(line.dest() == R"(\\)");
  CHECK(line.type() == R"(\/e)");
  CHECK(line.find("echo") == R"("\ud83d\ude00\n")");
}

TEST_CASE("decode: a key with escapes is the key that it stands for") {
  const Decoded line(
      R"({"\u0073rc":"s","d\u0065st":"n","\u0062\u006f\u0064\u0079":{"t\u0079pe":"t",)"
      R"("msg\u005fid":9,"ech\u006f":1,"\/":2,"\u00e4":3}})");
  CHECK(line.kind() == LineKind::request);
  CHECK(line.src() == "s");
  CHECK(line.dest() == "n");
  CHECK(line.type() == "t");
  CHECK(line.msg_id() == "9");
  CHECK(line.find("echo") == "1");
  CHECK(line.find("/") == "2");
  CHECK(line.find("\u00e4") == "3");
  CHECK(line.find("ech\\u006f") == "(none)");
}

TEST_CASE("decode: a key that ends with an escaped NUL is another key") {
  const Decoded line(
      R"({"src\u0000":"x","src":"s","dest\u0000":"x","dest":"n","body\u0000":{},)"
      R"("body":{"type\u0000":5,"type":"t","msg_id\u0000":"x","msg_id":9,"a\u0000":1,"a":2}})");
  CHECK(line.kind() == LineKind::request);
  CHECK(line.src() == "s");
  CHECK(line.dest() == "n");
  CHECK(line.type() == "t");
  CHECK(line.msg_id() == "9");
  CHECK(line.find("a") == "2");
  CHECK(line.find(std::string("a\0", 2)) == "1");
}

TEST_CASE("decode: every value is spanned whole, whatever it is and wherever it stands") {
  for (const std::string_view value :
       {"0", "-0", "1.10", "1e20", "-1.5E+3", "123456789012345678901234567890", "true", "false",
        "null", R"("")", R"("a b")", "[]", "[ ]", "{}", "{ }", "[1,[2,{\"a\":[3]}],\"]\"]",
        R"({"a":{"b":{}},"c":"}"})", "\"0123456789abcdef0123456789abcdef\""}) {
    const std::string text(value);
    CHECK(Decoded(request_with("\"a\":" + text)).find("a") == value);
    CHECK(Decoded(request_with("\"a\": " + text + " ,\"b\":1")).find("a") == value);
    CHECK(Decoded(request_with("\"b\":[],\"a\":\t" + text + "\t")).find("a") == value);
    CHECK(Decoded("{\"x\":" + text + ",\"src\":\"s\",\"body\":{\"type\":\"t\"}}").src() == "s");
  }
}

TEST_CASE("decode: a msg_id is an integer of 0 to 2^63-1") {
  for (const std::string_view digits :
       {"0", "1", "7", "10", "12345678", "123456789", "1234567890123456", "12345678901234567",
        "999999999999999999", "1000000000000000000", "9223372036854775806",
        "9223372036854775807"}) {
    const Decoded line(R"({"src":"s","body":{"type":"t","msg_id":)" + std::string(digits) + "}}");
    CHECK(line.kind() == LineKind::request);
    CHECK(line.msg_id() == digits);
  }
}

TEST_CASE("decode: without msg_id or dest it is a request still") {
  const Decoded line(R"({"src":"s","body":{"type":"t"}})");
  CHECK(line.kind() == LineKind::request);
  CHECK(line.message.msg_id_length == 0);
  CHECK(line.dest().empty());
  CHECK(Decoded(R"({"src":"s","dest":5,"body":{"type":"t"}})").dest().empty());
  CHECK(Decoded(R"({"src":"s","dest":["n"],"body":{"type":"t"}})").dest().empty());
  CHECK(Decoded(R"({"src":"s","body":{"type":""}})").kind() == LineKind::request);
}

TEST_CASE("decode: what has in_reply_to is a late reply, whatever else is wrong with its body") {
  for (const std::string_view body :
       {R"({"type":"t","in_reply_to":5})", R"({"type":"t","in_reply_to":"x","msg_id":1})",
        R"({"in_reply_to":{}})", R"({"in_reply_to":[null],"type":7})",
        R"({"in_reply_to":false,"msg_id":1})", R"({"type":"t","in_reply_t\u006f":1})",
        R"({"type":"t","type":"u","in_reply_to":1})"}) {
    const Decoded line("{\"src\":\"s\",\"dest\":\"n\",\"body\":" + std::string(body) + "}");
    CHECK_MESSAGE(line.kind() == LineKind::late_reply, body);
  }
  CHECK(
      Decoded(R"({"src":"s","dest":"a","dest":"b","body":{"type":"t","in_reply_to":1}})").kind() ==
      LineKind::late_reply);
}

TEST_CASE("decode: an in_reply_to of null is as none") {
  CHECK(Decoded(request_with("\"in_reply_to\":null")).kind() == LineKind::request);
}

TEST_CASE("decode: a line is read to its end and no further") {
  const Decoded line(request_echoing("1"));  // 9s lie behind it
  CHECK(line.kind() == LineKind::request);
  CHECK(Decoded("").kind() == LineKind::malformed_line);
  CHECK(Decoded("9").kind() == LineKind::malformed_line);
}

}  // namespace
}  // namespace narrows::json
