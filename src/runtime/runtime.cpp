// SPDX-License-Identifier: MIT
#include "runtime/runtime.hpp"

#include <algorithm>
#include <limits>
#include <stdexcept>
#include <string>
#include <utility>

#include "json/scalar.hpp"
#include "pipeline/failure.hpp"

namespace narrows::detail {

namespace {

/// Who holds the dispatcher's thread longer is named in the log.
constexpr std::chrono::milliseconds kLongestSlice{100};

/// As good as none: a longer one would be beyond what nanoseconds can say.
constexpr std::chrono::duration<double> kLongestDeadline{1e9};

/// Of an error's answer: not a code.
constexpr std::int64_t kNoCode = std::numeric_limits<std::int64_t>::max();
/// What is due so late is due never.
constexpr std::chrono::nanoseconds kForEver = std::chrono::hours(24 * 365 * 100);

std::uint64_t not_negative(std::chrono::nanoseconds duration) {
  return static_cast<std::uint64_t>(std::max<std::chrono::nanoseconds::rep>(duration.count(), 0));
}

}  // namespace

/// A timer of the user's.
class Runtime::UserTimer final : public Timer {
 public:
  UserTimer(Runtime& runtime, TimerId id, std::chrono::nanoseconds first,
            std::chrono::nanoseconds period, double jitter, std::function<void()> tick)
      : runtime_(runtime),
        id_(id),
        first_(first),
        period_(period),
        jitter_(jitter),
        tick_(std::make_shared<const std::function<void()>>(std::move(tick))) {}

  void begin() { runtime_.set(*this, period_.count() > 0 ? next() : first_); }
  void fire() override {
    const bool again = period_.count() > 0;
    if (again) runtime_.set(*this, next());
    // It may be gone before the function has returned.
    Runtime& runtime = runtime_;
    const std::shared_ptr<const std::function<void()>> tick = tick_;
    if (!again) runtime.user_timers_.erase(id_);
    runtime.call(pipeline::Log::Code::timer, *tick);
  }

 private:
  [[nodiscard]] std::chrono::nanoseconds next() {
    const double factor = 1 + jitter_ * (2 * runtime_.random() - 1);
    const double ns = static_cast<double>(period_.count()) * factor;
    if (ns >= static_cast<double>(kForEver.count())) return kForEver;
    return std::chrono::nanoseconds(static_cast<std::chrono::nanoseconds::rep>(ns));
  }

  Runtime& runtime_;
  const TimerId id_;
  const std::chrono::nanoseconds first_;
  const std::chrono::nanoseconds period_;
  const double jitter_;
  const std::shared_ptr<const std::function<void()>> tick_;
};

Runtime::Runtime(const Options& options, const Clock& clock, pipeline::Log& log)
    : options_(options),
      clock_(clock),
      log_(log),
      random_(options.seed != 0 ? options.seed : std::random_device()()) {}

/// The coroutines first: they refer to all else.
Runtime::~Runtime() {
  for (const ListNode* list : {&activities_, &abandoned_}) {
    while (list->is_linked()) delete static_cast<Activity*>(&list->next());
  }
}

void Runtime::add_starter(pipeline::TypeId type, TaskHandler handler) {
  starters_.resize(std::max(starters_.size(), type + std::size_t{1}));
  starters_[type] = std::move(handler);
}

Ticks Runtime::ticks(std::chrono::nanoseconds duration) const {
  return static_cast<Ticks>(static_cast<double>(duration.count()) / clock_.ns_per_tick());
}

std::chrono::nanoseconds Runtime::ns(Ticks duration) const {
  return std::chrono::nanoseconds(static_cast<std::chrono::nanoseconds::rep>(
      static_cast<double>(duration) * clock_.ns_per_tick()));
}

void Runtime::set(Timer& timer, std::chrono::nanoseconds after) {
  if (has_ended_) return;
  if (after >= kForEver) return timer.cancel();
  timers_.set(timer, clock_.time_ns() + not_negative(after));
}

double Runtime::random() {
  constexpr double kUnit = 1.0 / 9007199254740992.0;  // 2^-53
  return static_cast<double>(random_() >> 11U) * kUnit;
}

std::uint64_t Runtime::random(std::uint64_t bound) {
  check_thread("Node::random");
  if (bound == 0) throw std::invalid_argument("a random number is below 1 at least");
  return random_() % bound;  // as good as evenly spread: bounds are small beside 2^64
}

/// Another thread would lose messages, or crash the node.
void Runtime::check_thread(const char* what) const {
  const std::thread::id thread = thread_.load(std::memory_order_relaxed);
  if (thread == std::thread::id() || thread == std::this_thread::get_id()) return;
  throw std::logic_error(std::string(what) +
                         " is called on the dispatcher's thread alone: by a handler, a coroutine, "
                         "a callback or a timer, not by a thread of one's own or offloaded work");
}

void Runtime::send(std::string_view dest, const Reply& message) {
  check_thread("node.send()");
  if (outbox_ == nullptr) throw std::logic_error("nothing can be sent before `init`");
  outbox_->send(dest, message, false);
}

void Runtime::call_back(std::string_view dest, const Reply& message,
                        std::chrono::nanoseconds timeout, PendingRpc::Then then) {
  check_thread("node.rpc()");
  if (has_ended_) throw Cancelled(ErrorCode::crash, "an RPC was made after the node had ended");
  request(dest, message, timeout, std::move(then));
}

PendingRpc& Runtime::request(std::string_view dest, const Reply& message,
                             std::chrono::nanoseconds timeout, PendingRpc::Then then) {
  if (outbox_ == nullptr) throw std::logic_error("nothing can be sent before `init`");
  if (rpcs_.size() >= options_.max_pending_rpcs) {
    throw Error(ErrorCode::temporarily_unavailable, "too many RPCs are on their way");
  }
  const std::uint64_t id = outbox_->send(dest, message, true);
  auto pending = std::make_unique<PendingRpc>(*this, id, std::move(then));
  PendingRpc& result = *pending;
  rpcs_.emplace(id, std::move(pending));
  set(result, timeout);
  return result;
}

void Runtime::forget(PendingRpc& rpc) {
  const auto found = rpcs_.find(rpc.msg_id);
  if (found == rpcs_.end()) return;
  const std::unique_ptr<PendingRpc> forgotten = std::move(found->second);
  rpcs_.erase(found);
  // A burst of them leaves no table of its size behind.
  if (rpcs_.empty() && rpcs_.bucket_count() > 1024) rpcs_.rehash(0);
}

void Runtime::spawn(Task<void> task) {
  check_thread("node.spawn()");
  if (has_ended_) {
    throw Cancelled(ErrorCode::crash, "a task was spawned after the node had ended");
  }
  task.check_unstarted();
  if (!is_initialised_) {
    early_.push_back(std::move(task));
    return;
  }
  auto activity = std::make_unique<BackgroundActivity>(*this);
  BackgroundActivity& started = *activity;
  started.join(activities_);
  // Owned by the list from here on.
  static_cast<void>(activity.release());
  started.start(std::move(task));
  if (started.is_done()) finish(started);
}

TimerId Runtime::add_timer(std::chrono::nanoseconds after, std::chrono::nanoseconds period,
                           double jitter, std::function<void()> tick) {
  check_thread(period.count() > 0 ? "node.every()" : "node.after()");
  if (has_ended_) throw Cancelled(ErrorCode::crash, "a timer was set after the node had ended");
  const TimerId id = next_timer_++;
  auto timer = std::make_unique<UserTimer>(*this, id, after, period, jitter, std::move(tick));
  if (is_initialised_) timer->begin();
  user_timers_.emplace(id, std::move(timer));
  return id;
}

void Runtime::cancel_timer(TimerId id) {
  check_thread("node.cancel()");
  user_timers_.erase(id);
}

void Runtime::cancel_timers() { user_timers_.clear(); }

/// User code that is no handler.
template <typename Code>
void Runtime::call(pipeline::Log::Code what, const Code& code) {
  const Ticks begin = clock_.now();
  try {
    code();
  } catch (...) {
    pipeline::log_failure(std::current_exception(), what, log_);
  }
  note_blocking(begin, clock_.now(),
                pipeline::Log::kCodeNames[static_cast<std::size_t>(what)].data());
}

void Runtime::note_blocking(Ticks begin, Ticks end, const char* who, std::string_view type) {
  constexpr Ticks kSurelyShort = 10'000'000;  // a counter of less than 100 MHz is not known
  if (end - begin < kSurelyShort) return;
  const std::chrono::nanoseconds held = ns(end - begin);
  if (held > kLongestSlice) log_.blocked_for(held / std::chrono::milliseconds(1), who, type);
}

void Runtime::initialised() {
  is_initialised_ = true;
  for (const auto& [id, timer] : user_timers_) timer->begin();
  for (Task<void>& task : std::exchange(early_, {})) {
    call(pipeline::Log::Code::background_task, [&] { spawn(std::move(task)); });
  }
  for (const auto& hook : after_init_) call(pipeline::Log::Code::hook, hook);
  resume_ready();
  outbox_->spent(clock_.now());
}

namespace {

Error too_many() {
  return {ErrorCode::temporarily_unavailable, "too many requests wait for their replies"};
}

}  // namespace

/// Requests that wait, and answers that nobody has taken, may take as much as the pools.
bool Runtime::has_room_for(std::size_t bytes) const {
  return pending_bytes_ + kept_answers_bytes_ + bytes <= options_.pool_bytes;
}

const Reply* Runtime::start(const char* base, const pipeline::InRow& row,
                            const json::Member* members, const pipeline::Arrival& arrival) {
  const auto answered = [this](const auto& reply) { return &answer_.emplace(reply); };
  if (has_ended_) return answered(Error(ErrorCode::crash, "the node has ended"));
  if (pending_ >= options_.max_pending) return answered(too_many());
  std::unique_ptr<RequestActivity> activity =
      spare_ ? std::move(spare_) : std::make_unique<RequestActivity>(*this);
  activity->begin(base, row, members, arrival);
  if (!has_room_for(activity->kept_bytes())) return answered(too_many());
  try {
    activity->start(starters_[row.type_id](activity->request()));
  } catch (...) {  // no coroutine was made
    return &answer_.emplace(
        pipeline::reply_to_failure(std::current_exception(), activity->request().type(), log_));
  }
  const bool is_done = activity->is_done();
  if (is_done) [[likely]] {
    answer_.emplace(activity->take_at_once(log_));
    spare_ = std::move(activity);
  } else {
    wait_for(std::move(activity), arrival);
  }
  resume_ready();
  return is_done ? &*answer_ : nullptr;
}

void Runtime::wait_for(std::unique_ptr<RequestActivity> activity,
                       const pipeline::Arrival& arrival) {
  const Ticks now = clock_.now();
  activity->suspended(now);
  const auto deadline = std::chrono::duration_cast<std::chrono::nanoseconds>(
      std::min(options_.deadline, kLongestDeadline));
  activity->expires(arrival.t0 + ticks(deadline));
  set(activity->deadline(), deadline - ns(now - arrival.t0));
  ++pending_;
  pending_bytes_ += activity->kept_bytes();
  activity->join(activities_);
  static_cast<void>(activity.release());  // the list's
}

bool Runtime::take_reply(const char* base, const pipeline::InRow& row,
                         const json::Member* members) {
  const auto number = json::as_integer(row.message.in_reply_to(base));
  if (!number || *number < 0) return false;
  const auto found = rpcs_.find(static_cast<std::uint64_t>(*number));
  if (found == rpcs_.end() || found->second->result != nullptr) return false;
  settle_by_answer(*found->second, std::make_unique<pipeline::KeptMessage>(base, row, members,
                                                                           Raw::Lasts::callers));
  resume_ready();
  return true;
}

void Runtime::settle_by_answer(PendingRpc& rpc, std::unique_ptr<pipeline::KeptMessage> message) {
  const std::size_t bytes = message->bytes();
  if (rpc.is_to_be_kept()) {
    // No definite error: what was asked for may have happened.
    if (!has_room_for(bytes)) {
      return settle(rpc, Error(ErrorCode::crash, "an answer came, but too many wait to be taken"));
    }
    rpc.kept_bytes = bytes;
    kept_answers_bytes_ += bytes;
  }
  Response response(std::move(message));
  if (response.type() != "error") return settle(rpc, std::move(response));
  const auto code = response.find("code");
  const auto text = response.find("text");
  const std::int64_t number_of = code ? json::as_integer(code->text()).value_or(kNoCode) : kNoCode;
  const auto words = text ? json::as_string(text->text()) : std::nullopt;
  settle(rpc, Error(std::in_range<int>(number_of) ? static_cast<int>(number_of)
                                                  : static_cast<int>(ErrorCode::crash),
                    std::string_view(words ? *words : "an error without a text")));
}

/// A callback is user code.
void Runtime::settle(PendingRpc& rpc, RpcResult outcome) {
  call(pipeline::Log::Code::callback, [&] { rpc.settle(std::move(outcome)); });
}

std::uint64_t Runtime::due() const {
  return workers_.has_done() || ready_.is_linked() ? 0 : timers_.due();
}

void Runtime::run() {
  for (const Workers::Work& done : workers_.take_done()) done();
  timers_.fire_until(clock_.time_ns());
  resume_ready();
}

void Runtime::resume_ready() {
  while (ready_.is_linked()) resume(static_cast<Wait&>(ready_.next()));
}

void Runtime::resume(Wait& wait) {
  wait.leave();
  auto& activity = *static_cast<Activity*>(wait.scope_->owner());
  const Ticks begin = clock_.now();
  activity.resumed(begin);
  wait.coroutine_.resume();
  const Ticks end = clock_.now();
  activity.suspended(end);
  note_blocking(begin, end, activity.kind(), activity.type());
  if (activity.is_done() || activity.scope().is_given_up()) {
    finish(activity);
  } else {
    outbox_->spent(end);
  }
}

bool Runtime::is_ready(const Scope& scope) const {
  for (const ListNode* node = &ready_.next(); node != &ready_; node = &node->next()) {
    if (static_cast<const Wait*>(node)->scope_ == &scope) return true;
  }
  return false;
}

/// The activity is over, or ends where it waits.
void Runtime::finish(Activity& activity) {
  const std::unique_ptr<Activity> ended(&activity);
  ended->leave();
  release(*ended);
  ended->finish(outbox_, log_);
}

/// Its place is free again.
void Runtime::release(const Activity& activity) {
  if (activity.kept_bytes() == 0) return;
  --pending_;
  pending_bytes_ -= activity.kept_bytes();
}

void Runtime::abandon(RequestActivity& activity) {
  log_.trouble(profile::Trouble::handler_error,
               "a handler awaits what is none of the library's, or a Task that is gone, for ever",
               activity.type());
  activity.join(abandoned_);
  release(activity);
  activity.finish(outbox_, log_);
}

}  // namespace narrows::detail
