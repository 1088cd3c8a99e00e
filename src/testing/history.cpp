// SPDX-License-Identifier: MIT
#include "narrows/testing/history.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <optional>
#include <stdexcept>
#include <utility>

#include "json/string.hpp"
#include "json/value.hpp"
#include "narrows/error.hpp"
#include "narrows/raw.hpp"

namespace narrows::testing {
namespace {

constexpr std::array<std::string_view, 3> kOutcomes = {"ok", "failed", "unknown"};

void require_object(std::string_view json, const char* what) {
  const bool is_object = [json] {
    try {
      return Raw::checked(json).kind() == Raw::Kind::object;
    } catch (const Error&) {
      return false;
    }
  }();
  if (!is_object || json.find_first_of("\r\n") != std::string_view::npos) {
    throw std::invalid_argument(
        std::string(what) +
        " of an operation is no JSON object on one line: " + std::string(json.substr(0, 200)));
  }
}

void append_line(std::string& to, const Operation& operation) {
  to.append("{\"process\":").append(std::to_string(operation.process)).append(",\"node\":\"");
  json::append_escaped(to, operation.node);
  to.append("\",\"function\":\"");
  json::append_escaped(to, operation.function);
  to.append("\",\"argument\":").append(operation.argument).append(",\"outcome\":\"");
  to.append(kOutcomes.at(static_cast<std::size_t>(operation.outcome))).append("\"");
  if (operation.outcome == Outcome::ok) to.append(",\"result\":").append(operation.result);
  if (operation.error >= 0) to.append(",\"error\":").append(std::to_string(operation.error));
  to.append(",\"invoked\":").append(std::to_string(operation.invoked.count()));
  to.append(",\"completed\":").append(std::to_string(operation.completed.count()));
  if (operation.is_final) to.append(",\"final\":true");
  to.append("}\n");
}

std::int64_t integer_of(const json::Value& line, std::string_view name) {
  const auto value = line[name].integer();
  if (!value) throw std::invalid_argument("no integer \"" + std::string(name) + "\"");
  return *value;
}

std::string string_of(const json::Value& line, std::string_view name) {
  const auto value = line[name].string();
  if (!value) throw std::invalid_argument("no string \"" + std::string(name) + "\"");
  return std::string(*value);
}

Outcome outcome_of(std::string_view name) {
  for (std::size_t i = 0; i < kOutcomes.size(); ++i) {
    if (kOutcomes[i] == name) return static_cast<Outcome>(i);
  }
  throw std::invalid_argument("no outcome is called \"" + std::string(name) + "\"");
}

/// A member's text as it stands in the line.
std::string text_of(const Raw& line, std::string_view name, std::string_view absent) {
  const auto member = line.find(name);
  return std::string(member ? member->text() : absent);
}

Operation operation_of(std::string_view line) {
  const auto value = json::Value::parse(line);
  const bool one_line = line.find('\r') == std::string_view::npos;
  if (!one_line || !value || !value->is_object()) {
    throw std::invalid_argument("no JSON object on one line");
  }
  const Raw raw = Raw::checked(line);
  Operation operation;
  operation.process = integer_of(*value, "process");
  operation.node = string_of(*value, "node");
  operation.function = string_of(*value, "function");
  operation.argument = text_of(raw, "argument", "");
  operation.result = text_of(raw, "result", "{}");
  operation.outcome = outcome_of(string_of(*value, "outcome"));
  const std::int64_t error = (*value)["error"].integer().value_or(-1);
  if (error < -1 || error > std::numeric_limits<int>::max()) {
    throw std::invalid_argument("\"error\" is no error's code");
  }
  operation.error = static_cast<int>(error);
  operation.invoked = std::chrono::nanoseconds(integer_of(*value, "invoked"));
  operation.completed = std::chrono::nanoseconds(integer_of(*value, "completed"));
  operation.is_final = (*value)["final"].boolean().value_or(false);
  return operation;
}

}  // namespace

void History::add(Operation operation) {
  require_object(operation.argument, "the argument");
  require_object(operation.result, "the result");
  if (operation.completed < operation.invoked) {
    throw std::invalid_argument(
        "an operation completes before it is invoked: " + operation.function + " of process " +
        std::to_string(operation.process));
  }
  operations_.push_back(std::move(operation));
}

std::string History::to_json_lines() const {
  std::string lines;
  for (const Operation& operation : operations_) append_line(lines, operation);
  return lines;
}

History History::from_json_lines(std::string_view lines) {
  History history;
  for (std::size_t number = 1; !lines.empty(); ++number) {
    const std::string_view line = lines.substr(0, lines.find('\n'));
    lines.remove_prefix(std::min(line.size() + 1, lines.size()));
    try {
      history.add(operation_of(line));
    } catch (const std::invalid_argument& error) {
      throw std::invalid_argument("line " + std::to_string(number) +
                                  " of a history: " + error.what());
    }
  }
  return history;
}

}  // namespace narrows::testing
