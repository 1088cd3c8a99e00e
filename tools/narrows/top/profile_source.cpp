// SPDX-License-Identifier: MIT
#include "top/profile_source.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <thread>
#include <utility>

#include "text.hpp"
#include "top/units.hpp"
#include "top/writer.hpp"

namespace narrows::tools {
namespace {

using namespace std::chrono_literals;
using Seconds = std::chrono::duration<double>;

constexpr double kStaleSeconds = 2;
constexpr double kDeadSeconds = 10;  // without a writer that could be seen
constexpr auto kPatience = 600ms;    // with a file that is not whole: it may be being written
constexpr auto kSearchEvery = 1s;
constexpr double kMinuteSeconds = 60;

struct Contents {
  std::string text;
  std::string problem;  // why there is no text
  struct stat status {};
  bool is_there = true;
};

bool is_same(const struct stat& a, const struct stat& b) {
  return a.st_ino == b.st_ino && a.st_dev == b.st_dev && a.st_size == b.st_size &&
         a.st_mtim.tv_sec == b.st_mtim.tv_sec && a.st_mtim.tv_nsec == b.st_mtim.tv_nsec;
}

/// Reads a plain file, if it is not the one that was `seen`.
Contents contents_of(const std::string& path, const struct stat& seen) {
  Contents contents;
  const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (file < 0) {
    contents.is_there = errno != ENOENT && errno != ENOTDIR;
    contents.problem = std::strerror(errno);
    return contents;
  }
  if (fstat(file, &contents.status) != 0 || !S_ISREG(contents.status.st_mode)) {
    contents.problem = "it is no plain file";
  } else if (static_cast<std::size_t>(contents.status.st_size) > ProfileSource::kMostBytes) {
    contents.problem = "it is too large to be a profile";
  } else if (!is_same(contents.status, seen)) {
    contents.text.resize(static_cast<std::size_t>(contents.status.st_size));
    const ssize_t bytes = read(file, contents.text.data(), contents.text.size());
    contents.text.resize(static_cast<std::size_t>(std::max<ssize_t>(bytes, 0)));
    if (bytes < 0) contents.problem = std::strerror(errno);
  }
  close(file);
  return contents;
}

bool is_profile(const json::Value& value) {
  return value["total_messages"].number() || value["latency_us"].is_object() ||
         !value["stages"].items().empty();
}

/// How long ago a file was written; 0 where the clocks disagree.
double age_of(const struct stat& status) {
  timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);
  const double age = static_cast<double>(now.tv_sec - status.st_mtim.tv_sec) +
                     static_cast<double>(now.tv_nsec - status.st_mtim.tv_nsec) / 1e9;
  return std::max(age, 0.0);
}

double seconds_since(ProfileSource::Clock::time_point then) {
  return Seconds(ProfileSource::Clock::now() - then).count();
}

}  // namespace

ProfileSource::ProfileSource(std::string path, std::optional<std::chrono::nanoseconds> duration)
    : path_(std::move(path)), name_(printable(path_)), duration_(duration) {
  look();
  while (unreadable_since_ && problem_.empty()) {
    std::this_thread::sleep_for(50ms);
    look();
  }
  if (!problem_.empty()) throw std::runtime_error(problem_);
}

void ProfileSource::look() {
  Contents contents = contents_of(path_, seen_);
  is_there_ = contents.is_there;
  if (contents.is_there && contents.problem.empty() && is_same(contents.status, seen_)) return;
  if (contents.is_there && contents.problem.empty()) {
    const auto profile = json::Value::parse(contents.text);
    if (profile && is_profile(*profile)) {
      const bool is_first = !all_;
      seen_ = contents.status;
      changed_ = Clock::now();
      age_then_s_ = age_of(seen_);
      add_to_history(*profile);
      all_ = NodeFigures::read(*profile);
      last_.reset();
      if ((*profile)["last"].is_object()) last_ = NodeFigures::read((*profile)["last"]);
      unreadable_since_.reset();
      if (is_first || writer_ == Writer::gone) next_search_ = {};
      return;
    }
    contents.problem = "it is no profile of a node";
  }
  if (!contents.is_there) return unreadable_since_.reset();
  if (!unreadable_since_) unreadable_since_ = Clock::now();
  doubt_ = contents.problem;
  const bool for_long = Clock::now() - *unreadable_since_ > kPatience;
  if (!all_ && for_long) problem_ = joined({"cannot show ", name_, ": ", contents.problem});
}

/// A profile with windows has its history; of one without it is noted how it goes on.
void ProfileSource::add_to_history(const json::Value& profile) {
  const NodeFigures now = NodeFigures::read(profile);
  windows_ = read_windows(profile);
  const double before_s = end_s_;
  if (!windows_.empty()) {
    end_s_ = windows_.back().end_s;
    if (end_s_ < before_s) noted_.clear();  // another run
    const auto p99 = profile["last"]["latency_us"]["p99"].number();
    const auto messages = profile["last"]["total_messages"].number();
    if (p99 && messages.value_or(0) > 0) {
      noted_.push_back({end_s_, std::clamp(end_s_ - before_s, 0.25, 1.0), {}, {}, p99});
    }
  } else if (all_ && now.messages && now.elapsed_s && all_->messages && all_->elapsed_s) {
    const double messages = *now.messages - *all_->messages;
    const double seconds = *now.elapsed_s - *all_->elapsed_s;
    if (messages < 0 || seconds < 0) {
      noted_.clear();
      end_s_ = 0;
    } else if (seconds > 0) {
      end_s_ += seconds;
      Moment moment{end_s_, seconds, messages / seconds, {}, {}};
      if (messages > 0 && now.latency.avg && all_->latency.avg) {
        const double sum = *now.latency.avg * *now.messages - *all_->latency.avg * *all_->messages;
        moment.avg_us = std::max(sum / messages, 0.0);
      }
      noted_.push_back(moment);
    }
  }
  std::erase_if(noted_,
                [&](const Moment& moment) { return end_s_ - moment.end_s > kMinuteSeconds; });
  if (noted_.size() > kMostWindows) noted_.erase(noted_.begin());
}

void ProfileSource::look_for_writer() {
  const auto now = Clock::now();
  if (now < next_search_) return;
  next_search_ = now + kSearchEvery;
  if (has_writer(path_)) {
    writer_ = Writer::seen;
  } else if (writer_ == Writer::seen) {
    writer_ = Writer::gone;
  }
}

double ProfileSource::age_s() const { return age_then_s_ + seconds_since(changed_); }

bool ProfileSource::has_ended() const {
  if (!all_) return false;
  return writer_ == Writer::gone || (writer_ == Writer::unknown && age_s() > kDeadSeconds);
}

bool ProfileSource::attend() {
  if (const int stop = signals_.take(); stop != 0) stop_signal_ = stop;
  if (duration_ && Clock::now() - start_ >= *duration_) return false;
  return stop_signal_ == 0 && problem_.empty() && !(ends_with_node_ && has_ended());
}

View ProfileSource::view() {
  look();
  View view;
  view.subject = name_;
  if (!all_) {
    view.status = "waiting";
    view.notices.push_back(
        {false, is_there_ ? joined({"waiting for ", name_, ": ", doubt_})
                          : joined({"waiting for ", name_, ", which is not there yet"})});
    return view;
  }
  look_for_writer();
  view.last = last_;
  view.all = all_;
  view.history = windows_;
  view.history.insert(view.history.end(), noted_.begin(), noted_.end());
  view.now_s = end_s_ + age_s();
  view.is_final = has_ended();
  say_how_old(view);
  return view;
}

void ProfileSource::say_how_old(View& view) const {
  const double age = age_s();
  const double blocked_s = all_->blocked_s;
  const std::string old = age_text(age);
  const auto say = [&](bool alarming, std::string text) {
    view.notices.push_back({alarming, std::move(text)});
  };
  if (writer_ == Writer::gone) {
    view.status = joined({"ended ", old, " ago"});
    say(true, joined({"the node has ended", blocked_s > 0 ? ", its stdout blocked" : "",
                      "; these are its last figures, ", old, " old"}));
  } else if (age < kStaleSeconds) {
    view.status = "live";
    view.blocked_s = blocked_s > 0 ? blocked_s + age : 0;
  } else if (blocked_s > 0) {  // then it would be written on and on
    view.status = joined({"stale for ", old});
    say(true, joined({"stale: not rewritten for ", old, " though stdout was blocked: ",
                      writer_ == Writer::seen ? "stopped" : "stopped or ended"}));
  } else if (writer_ == Writer::seen) {
    view.status = joined({"idle for ", old});
    say(false, joined({"stale: not rewritten for ", old, ", as no messages come"}));
  } else {
    view.status = joined({"stale for ", old});
    say(false,
        joined({"stale: not rewritten for ", old, ": no messages come, or the node has ended"}));
  }
  if (!is_there_) say(true, joined({name_, " is gone"}));
  if (unreadable_since_ && is_there_) say(true, joined({"cannot read it: ", doubt_}));
}

}  // namespace narrows::tools
