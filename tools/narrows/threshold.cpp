// SPDX-License-Identifier: MIT
#include "threshold.hpp"

#include <array>
#include <cmath>
#include <cstdio>
#include <utility>

#include "json/scalar.hpp"
#include "text.hpp"

namespace narrows::tools {
namespace {

using Order = Threshold::Order;

constexpr std::array<std::pair<std::string_view, Order>, 6> kOrders{{
    {"<=", Order::at_most},  // the longer ones first
    {">=", Order::at_least},
    {"==", Order::equal},
    {"!=", Order::unequal},
    {"<", Order::less},
    {">", Order::more},
}};

std::string_view trimmed(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \t");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t") + 1 - begin);
}

const json::Value& step(const json::Value& value, std::string_view name) {
  if (value.kind() != json::Value::Kind::array) return value[name];
  static const json::Value none;
  for (const json::Value& item : value.items()) {
    if (item["name"].string() == name) return item;
  }
  const auto place = json::as_integer(name);
  if (!place || *place < 0 || static_cast<std::size_t>(*place) >= value.items().size()) return none;
  return value.items()[static_cast<std::size_t>(*place)];
}

/// With as many digits as tell it from the limit.
std::string shown(double figure) {
  if (figure == std::floor(figure)) return fixed(figure, 0);
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.10g", figure);
  return text.data();
}

}  // namespace

std::optional<double> figure_at(const json::Value& report, std::string_view path) {
  const json::Value* value = &report;
  while (!path.empty()) {
    const std::size_t dot = path.find('.');
    value = &step(*value, path.substr(0, dot));
    path.remove_prefix(dot == std::string_view::npos ? path.size() : dot + 1);
  }
  if (const auto truth = value->boolean()) return *truth ? 1 : 0;
  return value->number();
}

std::optional<Threshold> Threshold::parse(std::string_view text) {
  const std::size_t at = text.find_first_of("<>=!");
  if (at == std::string_view::npos) return std::nullopt;
  for (const auto& [sign, order] : kOrders) {
    if (!text.substr(at).starts_with(sign)) continue;
    const std::string_view limit = trimmed(text.substr(at + sign.size()));
    Threshold threshold;
    threshold.text_ = text;
    threshold.path_ = trimmed(text.substr(0, at));
    threshold.order_ = order;
    const auto value = json::Value::parse(limit);
    const auto number = value ? figure_at(*value, "") : std::nullopt;
    if (!number || threshold.path_.empty() || threshold.path_.ends_with('.')) return std::nullopt;
    threshold.limit_ = *number;
    return threshold;
  }
  return std::nullopt;
}

std::string Threshold::fault(const json::Value& report) const {
  const auto figure = figure_at(report, path_);
  if (!figure) return joined({text_, ": there is no figure ", path_});
  if (holds(*figure)) return {};
  return joined({text_, ": it is ", shown(*figure)});
}

bool Threshold::holds(double figure) const {
  switch (order_) {
    case Order::less: return figure < limit_;
    case Order::at_most: return figure <= limit_;
    case Order::more: return figure > limit_;
    case Order::at_least: return figure >= limit_;
    case Order::equal: return figure == limit_;
    case Order::unequal: return figure != limit_;
  }
  return false;
}

std::vector<std::string> unmet(const std::vector<Threshold>& thresholds, std::string_view report) {
  std::vector<std::string> faults;
  if (thresholds.empty()) return faults;
  const json::Value figures = json::Value::parse(report).value_or(json::Value());
  for (const Threshold& threshold : thresholds) {
    std::string fault = threshold.fault(figures);
    if (!fault.empty()) faults.push_back(std::move(fault));
  }
  return faults;
}

}  // namespace narrows::tools
