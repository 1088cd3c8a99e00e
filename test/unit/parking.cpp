// SPDX-License-Identifier: MIT
#include "base/parking.hpp"

#include <atomic>
#include <chrono>
#include <thread>

#include "unit/doctest.hpp"

namespace narrows {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;

// What is not woken here runs into the test's timeout.

TEST_CASE("parking: a wake since the ticket keeps the sleeper up") {
  Parking parking;
  const Parking::Ticket ticket = parking.ticket();
  parking.wake();
  CHECK(parking.ticket() != ticket);
  parking.sleep(ticket, hours(1));
}

TEST_CASE("parking: without a wake it sleeps to its timeout") {
  Parking parking;
  const Parking::Ticket ticket = parking.ticket();
  const auto start = std::chrono::steady_clock::now();
  // A signal may end a sleep early: the owner looks again.
  while (std::chrono::steady_clock::now() - start < milliseconds(5)) {
    parking.sleep(ticket, milliseconds(5));
  }
  CHECK(parking.ticket() == ticket);
}

TEST_CASE("parking: a deadline that has passed is no sleep") {
  Parking parking;
  const Parking::Ticket ticket = parking.ticket();
  parking.sleep(ticket, milliseconds(0));
  parking.sleep(ticket, milliseconds(-1));
  CHECK(parking.ticket() == ticket);
}

TEST_CASE("parking: a sleep that timed out before does not hide a later wake") {
  Parking parking;
  parking.sleep(parking.ticket(), milliseconds(1));
  const Parking::Ticket ticket = parking.ticket();
  const std::jthread waker([&] {
    std::this_thread::sleep_for(milliseconds(2));
    parking.wake();
  });
  while (parking.ticket() == ticket) parking.sleep(ticket, hours(1));
}

TEST_CASE("parking: no wake is lost, and what came before it is seen") {
  constexpr int kRounds = 20'000;
  Parking there;
  Parking back;
  std::atomic<int> sent{0};
  std::atomic<int> received{0};
  int payload = 0;  // plain: handed over by wake() and ticket() alone
  bool in_step = true;

  std::jthread other([&] {
    for (int round = 1; round <= kRounds; ++round) {
      for (;;) {
        const Parking::Ticket ticket = there.ticket();
        if (sent.load(std::memory_order_relaxed) == round) break;
        there.sleep(ticket);
      }
      in_step = in_step && payload == round;
      received.store(round, std::memory_order_relaxed);
      back.wake();
    }
  });
  for (int round = 1; round <= kRounds; ++round) {
    payload = round;
    sent.store(round, std::memory_order_relaxed);
    there.wake();
    for (;;) {
      const Parking::Ticket ticket = back.ticket();
      if (received.load(std::memory_order_relaxed) == round) break;
      back.sleep(ticket);
    }
  }
  other.join();
  CHECK(in_step);
}

}  // namespace
}  // namespace narrows
