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
  int payload = 0;  // plain: handed over by wake() and ticket() alone
  bool in_step = true;
  bool answered = true;
  const auto wait_for_wake = [](Parking& parking, Parking::Ticket& seen) {
    Parking::Ticket ticket = parking.ticket();
    for (; ticket == seen; ticket = parking.ticket()) parking.sleep(ticket);
    seen = ticket;
  };

  std::jthread other([&, seen = there.ticket()]() mutable {
    for (int round = 1; round <= kRounds; ++round) {
      wait_for_wake(there, seen);
      in_step = in_step && payload == round;
      payload = -round;
      back.wake();
    }
  });
  Parking::Ticket seen = back.ticket();
  for (int round = 1; round <= kRounds; ++round) {
    payload = round;
    there.wake();
    wait_for_wake(back, seen);
    answered = answered && payload == -round;
  }
  other.join();
  CHECK(in_step);
  CHECK(answered);
}

}  // namespace
}  // namespace narrows
