// SPDX-License-Identifier: MIT
#include "validation/tandem.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace narrows::validation {

double Random::uniform() { return (static_cast<double>(engine_() >> 11U) + 0.5) * 0x1p-53; }

double Random::exponential() { return -std::log(uniform()); }

double Random::normal() {  // Box and Muller's transform
  const double radius = std::sqrt(2 * exponential());
  return radius * std::cos(2 * std::numbers::pi * uniform());
}

double Random::log_uniform(double from, double to) {
  return from * std::exp(uniform() * std::log(to / from));
}

std::size_t Random::below(std::size_t count) { return engine_() % count; }

double Service::sample(Random& random) const {
  switch (law) {
    case Law::constant: return mean_ns;
    case Law::exponential: return mean_ns * random.exponential();
    case Law::lognormal: return mean_ns * std::exp(sigma * random.normal() - sigma * sigma / 2);
    case Law::hiccups: break;
  }
  const double usual = mean_ns / (1 - hiccup_share + hiccup_share * hiccup_times);
  return random.uniform() < hiccup_share ? usual * hiccup_times : usual;
}

Tandem random_tandem(Random& random, std::size_t index) {
  Tandem tandem;
  tandem.kind = static_cast<Kind>(index % kKindNames.size());
  const std::size_t hiccup_stage = random.below(kStages);
  for (std::size_t i = 0; i < kStages; ++i) {
    Service& service = tandem.services[i];
    service.mean_ns = random.log_uniform(1000, 4000);
    service.hiccup_share = 1 / random.log_uniform(200, 2000);
    service.hiccup_times = random.log_uniform(20, 200);
    switch (tandem.kind) {
      case Kind::constant: service.law = Law::constant; break;
      case Kind::exponential: service.law = Law::exponential; break;
      case Kind::lognormal: service.law = Law::lognormal; break;
      case Kind::hiccups: service.law = i == hiccup_stage ? Law::hiccups : Law::exponential; break;
      case Kind::mixed: service.law = static_cast<Law>(random.below(4)); break;
    }
  }
  tandem.read_ns = random.log_uniform(200, 4000);
  tandem.hand_over_ns = 100;
  tandem.write_ns = random.log_uniform(200, 4000);
  tandem.load = 0.1 + 1.2 * random.uniform();
  tandem.burst = random.below(4) == 0 ? random.log_uniform(2, 16) : 1;
  const std::array<double, kStages> per_batch{tandem.read_ns + tandem.hand_over_ns,
                                              tandem.hand_over_ns, tandem.write_ns};
  double slowest = 0;
  for (std::size_t i = 0; i < kStages; ++i) {
    slowest = std::max(
        slowest, tandem.services[i].mean_ns + per_batch[i] / static_cast<double>(kMostMessages));
  }
  tandem.rate_per_ns = tandem.load / slowest;
  return tandem;
}

Path random_path(const Tandem& tandem, std::size_t messages, Random& random) {
  Path path;
  path.arrivals.reserve(messages);
  double now = 0;
  while (path.arrivals.size() < messages) {
    now += random.exponential() * tandem.burst / tandem.rate_per_ns;
    do {
      path.arrivals.push_back(now);
    } while (path.arrivals.size() < messages && random.uniform() > 1 / tandem.burst);
  }
  for (std::size_t i = 0; i < kStages; ++i) {
    path.services[i].reserve(messages);
    for (std::size_t k = 0; k < messages; ++k) {
      path.services[i].push_back(tandem.services[i].sample(random));
    }
  }
  return path;
}

namespace {

double work(const std::vector<double>& services, const Batch& batch) {
  double sum = 0;
  for (std::size_t k = batch.first; k < batch.first + batch.count; ++k) sum += services[k];
  return sum;
}

double percentile99(std::vector<double>& values) {
  const auto rank =
      static_cast<std::size_t>(std::ceil(0.99 * static_cast<double>(values.size())) - 1);
  const auto at = values.begin() + static_cast<std::ptrdiff_t>(rank);
  std::nth_element(values.begin(), at, values.end());
  return *at;
}

}  // namespace

Passage pass(const Tandem& tandem, const Path& path, const std::array<double, kStages>& scale,
             bool saturated) {
  Passage passage;
  std::vector<double> latencies;
  latencies.reserve(path.arrivals.size());
  const auto arrival = [&](std::size_t message) { return saturated ? 0 : path.arrivals[message]; };
  Batch last;
  double sum = 0;
  for (std::size_t next = 0; next < path.arrivals.size();) {
    Batch batch;
    batch.first = next;
    batch.ready = batch.free = last.handed;
    if (passage.batches.size() >= kBatches) {
      batch.free =
          std::max(batch.ready, passage.batches[passage.batches.size() - kBatches].serialized);
    }
    batch.begun = std::max(batch.free, arrival(next));
    while (next < path.arrivals.size() && batch.count < kMostMessages &&
           arrival(next) <= batch.begun) {
      ++next;
      ++batch.count;
    }
    batch.t0 = batch.begun + tandem.read_ns * scale[0];
    batch.parsed = batch.t0 + work(path.services[0], batch) * scale[0];
    batch.handed = batch.parsed + tandem.hand_over_ns * scale[0];
    batch.t3 = std::max(batch.handed, last.passed);
    batch.dispatched = batch.t3 + work(path.services[1], batch) * scale[1];
    batch.passed = batch.dispatched + tandem.hand_over_ns * scale[1];
    batch.t5 = std::max(batch.passed, last.t7);
    batch.serialized = batch.t5 + work(path.services[2], batch) * scale[2];
    batch.t7 = batch.serialized + tandem.write_ns * scale[2];
    for (std::size_t k = batch.first; k < next; ++k) {
      latencies.push_back(batch.t7 - arrival(k));
      sum += latencies.back();
    }
    passage.batches.push_back(batch);
    last = batch;
  }
  passage.end = last.t7;
  passage.mean_ns = sum / static_cast<double>(latencies.size());
  passage.p99_ns = percentile99(latencies);
  return passage;
}

}  // namespace narrows::validation
