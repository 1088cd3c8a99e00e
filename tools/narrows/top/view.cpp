// SPDX-License-Identifier: MIT
#include "top/view.hpp"

#include <algorithm>
#include <cmath>
#include <string_view>
#include <utility>

#include "text.hpp"
#include "top/screen.hpp"
#include "top/units.hpp"
#include "verdict_text.hpp"

namespace narrows::tools {
namespace {

std::string sure(const std::optional<double>& confidence) {
  return confidence && *confidence >= 0 ? sureness(*confidence) : std::string();
}

std::string named(const Named& answer) {
  const std::string share = sure(answer.confidence);
  if (answer.tie.empty()) {
    return joined({answer.stage, share.empty() ? "" : ", ", share, share.empty() ? "" : " sure"});
  }
  return joined({answer.stage, " or ", answer.tie, ", a tie", share.empty() ? "" : " (", share,
                 share.empty() ? "" : ")"});
}

std::string counts(const Outside& outside) {
  std::string text;
  const auto add = [&](double count, std::string_view what) {
    if (count > 0) text += joined({text.empty() ? "" : ", ", count_text(count), " ", what});
  };
  add(outside.errors, "errors");
  add(outside.wrong, "wrong");
  add(outside.duplicated, "duplicated");
  add(outside.unsolicited, "unsolicited");
  return text;
}

}  // namespace

bool Outside::is_overloaded() const {
  constexpr double kKeepsUp = 0.95;
  constexpr double kMostlyFull = 0.5;
  return offered_per_second && per_second < kKeepsUp * *offered_per_second &&
         stdin_blocked > kMostlyFull;
}

const NodeFigures* View::figures(bool prefer_all) const {
  if (last && !(prefer_all && all)) return &*last;
  return all ? &*all : nullptr;
}

const Judgement* View::judgement(bool prefer_all) const {
  const NodeFigures* const chosen = figures(prefer_all);
  if (chosen == nullptr) return nullptr;
  const bool other_knows = !chosen->judgement.is_made() && all && all->judgement.is_made();
  const Judgement& judgement = other_knows ? all->judgement : chosen->judgement;
  return judgement.state.empty() && judgement.throughput.stage.empty() ? nullptr : &judgement;
}

std::optional<double> View::per_second(bool prefer_all) const {
  const NodeFigures* const chosen = figures(prefer_all);
  if (chosen != nullptr && (prefer_all || !outside)) return chosen->per_second;
  if (outside) return outside->per_second;
  return std::nullopt;
}

void View::add_notice(std::string_view text) { notices.push_back({false, std::string(text)}); }

std::vector<Notice> View::all_notices() const {
  std::vector<Notice> list;
  if (blocked_s > 0) {
    list.push_back({true, joined({"stdout has been blocked for ", age_text(blocked_s),
                                  ": whoever reads it does not keep up"})});
  }
  list.insert(list.end(), notices.begin(), notices.end());
  if (outside) {
    if (std::string text = counts(*outside); !text.empty()) {
      list.push_back({outside->wrong + outside->duplicated + outside->unsolicited > 0,
                      joined({"replies: ", text})});
    }
  }
  if (outside && outside->is_overloaded()) {
    list.push_back(
        {false, joined({"overloaded: it takes ", rate_text(outside->per_second), "/s of ",
                        rate_text(outside->offered_per_second), "/s, and its stdin is full"})});
  }
  if (outside && outside->generator_lag_us > 0) {
    list.push_back(
        {false, joined({"the load generator is late by ", time_text(outside->generator_lag_us),
                        " at p99: part of the latency is its own"})});
  }
  const NodeFigures* const chosen = figures(false);
  if (chosen == nullptr) return list;
  for (const std::string& doubt : chosen->doubts) list.push_back({false, doubt});
  const std::string& errors = all ? all->errors : chosen->errors;
  if (!errors.empty()) list.push_back({false, joined({"the node counted ", errors})});
  return list;
}

std::string headline(const Judgement& judgement) {
  const Named& answer = judgement.throughput;
  std::string state = judgement.state;
  const bool is_blocked = state == "output_blocked";
  const bool is_idle = state == "input_limited";
  if (state == "headroom" && judgement.headroom) {
    state += joined({" ", percent_text(judgement.headroom)});
  }
  if (!state.empty()) state = joined({" (", state, ")"});
  if (is_blocked) return joined({"whoever reads stdout is the limit", state});
  if (answer.stage.empty()) return joined({"no stage can be named", state});
  const bool is_tie = !answer.tie.empty();
  std::string text =
      is_tie ? joined({"a tie of ", answer.stage, " and ", answer.tie, state})
             : joined({answer.stage, is_idle ? " is the busiest" : " dominates", state});
  if (const std::string share = sure(answer.confidence); !share.empty()) {
    text += joined({", ", share, is_tie ? " for " : " sure", is_tie ? answer.stage : ""});
  }
  return text;
}

std::string further_answers(const Judgement& judgement) {
  std::string text;
  const auto add = [&](std::string_view question, const Named& answer) {
    if (answer.stage.empty()) return;
    text += joined({text.empty() ? "" : " · ", question, named(answer)});
  };
  add("mean: ", judgement.latency);
  add("tail: ", judgement.tail);
  return text;
}

std::string one_line(const View& view, bool utf8, bool reasons) {
  std::string text = view.status;
  const auto add = [&](std::string_view part) {
    text.append(text.empty() ? "" : "  ").append(part);
  };
  if (const auto rate = view.per_second(false)) add(rate_text(rate).append("/s"));
  const NodeFigures* const figures = view.figures(false);
  const Latency* const us = view.outside         ? &view.outside->latency
                            : figures != nullptr ? &figures->latency
                                                 : nullptr;
  if (us != nullptr) {
    const auto time = [&](std::string_view name, const std::optional<double>& value) {
      if (value) add(joined({name, " ", time_text(value)}));
    };
    time("mean", us->avg);
    time("p50", us->p50);
    time("p90", us->p90);
    time("p99", us->p99);
    time("p99.9", us->p999);
    time("max", us->max);
  }
  if (figures != nullptr) {
    for (const Component& component : figures->components) {
      if (component.busy) add(joined({component.name, " ", percent_text(component.busy)}));
    }
  } else if (view.outside) {
    add(joined({"CPU ", fixed(view.outside->cpu, 2)}));
    add(joined({"memory ", bytes_text(view.outside->rss_bytes)}));
  }
  if (const Judgement* const judgement = view.judgement(false)) add(headline(*judgement));
  if (reasons && !view.no_stages.empty()) add(view.no_stages);
  for (const Notice& notice : view.all_notices()) add(joined({"! ", notice.text}));
  return text_on_screen(text, utf8);
}

}  // namespace narrows::tools
