// SPDX-License-Identifier: MIT
#include "top/inquiry.hpp"

#include "breakdown.hpp"
#include "json/value.hpp"
#include "text.hpp"
#include "top/units.hpp"

namespace narrows::tools {

Inquiry::Inquiry(bool asks) {
  if (!asks) refusal_ = "it is not asked for its own figures";
}

std::string_view Inquiry::question(std::int64_t now_ns) {
  if (!refusal_.empty() || now_ns < next_ns_) return {};
  asked_for_last_ = knows_windows_ && asked_ % kAllEvery != 0;
  ++asked_;
  asked_ns_ = now_ns;
  return asked_for_last_ ? R"("type":"bench_stats","window":"last")" : R"("type":"bench_stats")";
}

bool Inquiry::answered(const Answer& answer, std::int64_t now_ns) {
  next_ns_ = now_ns + kEvery;
  if (answer.type == "bench_stats_ok" && is_breakdown(answer.body)) {
    const auto body = json::Value::parse(answer.body);
    knows_windows_ = body && (*body)["window"].string().has_value();
    has_figures_ = true;
    return true;
  }
  if (has_figures_) return false;  // it has known better
  if (answer.type == "error") {
    const auto body = json::Value::parse(answer.body);
    const auto code = body ? (*body)["code"].integer() : std::nullopt;
    refusal_ = joined({"it answers bench_stats with error ", code ? std::to_string(*code) : "?"});
  } else {
    refusal_ = "its answer to bench_stats has no stages";
  }
  return false;
}

std::string Inquiry::refusal(std::int64_t now_ns) const {
  if (!is_open() || now_ns - asked_ns_ < kPatience) return refusal_;
  return joined({"it has not answered bench_stats for ",
                 age_text(static_cast<double>((now_ns - asked_ns_) / 1'000'000'000))});
}

}  // namespace narrows::tools
