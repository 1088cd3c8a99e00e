// SPDX-License-Identifier: MIT
#include "narrows/testing/trial.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <stdexcept>
#include <utility>

#include "testing/clients.hpp"
#include "testing/fault_injector.hpp"
#include "testing/topology.hpp"
#include "testing/trial_parts.hpp"

namespace narrows::testing {
namespace {

using std::chrono::nanoseconds;

constexpr std::array kFaults = {Fault::halves, Fault::one, Fault::ring, Fault::one_way,
                                Fault::pause};
constexpr std::array<std::string_view, kFaults.size()> kFaultNames = {"halves", "one", "ring",
                                                                      "one-way", "pause"};
constexpr double kHighestRate = 1e6;
constexpr std::size_t kMostClients = 10'000;
constexpr nanoseconds kLongest = std::chrono::hours(24 * 365);

void check(bool makes_sense, const std::string& what) {
  if (!makes_sense) throw std::invalid_argument(what);
}

bool is_time(nanoseconds time) { return time.count() >= 0 && time <= kLongest; }

TrialOptions checked(TrialOptions options) {
  check(is_time(options.duration) && is_time(options.recovery) && is_time(options.timeout),
        "a trial's times are 0 to a year");
  check(options.fault_interval.count() > 0 && is_time(options.fault_interval),
        "a fault's interval is more than 0, and at most a year");
  check(options.rate >= 0 && options.rate <= kHighestRate, "a rate is 0 to 1,000,000 a second");
  check(options.clients <= kMostClients, "clients are 10,000 at most");
  return options;
}

}  // namespace

std::string_view name_of(Fault fault) { return kFaultNames.at(static_cast<std::size_t>(fault)); }
std::span<const Fault> all_faults() { return kFaults; }

std::vector<std::string_view> trial_workloads() { return client_workloads(); }

double TrialResult::messages_per_operation() const {
  if (history.operations().empty()) return 0;
  return static_cast<double>(traffic.between_nodes) /
         static_cast<double>(history.operations().size());
}

Trial::Trial(Cluster& cluster, TrialOptions options)
    : parts_(std::make_unique<Parts>(cluster, checked(std::move(options)))) {}

Trial::~Trial() = default;

void Trial::start() { parts_->start(); }
void Trial::stop() { parts_->end_load(); }
bool Trial::is_over() const { return parts_->is_over; }
TrialResult Trial::take() { return parts_->take(); }
TrialResult Trial::break_off() { return parts_->break_off(); }

TrialResult simulate(const NetworkOptions& network, const TrialOptions& options,
                     const std::function<void(Node&)>& serve) {
  Network simulated(network, serve);
  Trial trial(simulated, options);
  trial.start();
  simulated.run_until([&] { return trial.is_over(); });
  return trial.take();
}

}  // namespace narrows::testing
