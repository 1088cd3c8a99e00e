// SPDX-License-Identifier: MIT
// What every property test includes, compiled once.

#include "pch/std.hpp"
#include "property/property.hpp"
