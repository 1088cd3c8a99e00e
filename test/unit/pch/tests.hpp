// SPDX-License-Identifier: MIT
// What nearly every unit test includes, compiled once. More of it would not be faster: each source
// pays for all that is instantiated in here.

#include "narrows/testing.hpp"
#include "pch/std.hpp"
#include "unit/doctest.hpp"
