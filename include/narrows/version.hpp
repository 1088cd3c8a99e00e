// SPDX-License-Identifier: MIT
// The library's version; the build defines the same, and a test compares them.
#pragma once

#define NARROWS_VERSION "0.1.0"
