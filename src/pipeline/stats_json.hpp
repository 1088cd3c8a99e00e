// SPDX-License-Identifier: MIT
// The body of `bench_stats_ok`, for the reply and for --profile-out alike.
#pragma once

#include <cstddef>

#include "json/encode.hpp"
#include "pipeline/shared_books.hpp"
#include "profile/stats.hpp"

namespace narrows::pipeline {

/// Bytes that write_stats() takes at most, for type names of so many bytes in all.
[[nodiscard]] std::size_t stats_bound(std::size_t types, std::size_t name_bytes);

/// Appends `"type": "bench_stats_ok", …`, all members of the body without the braces.
/// `headline`: only the first five figures.
void write_stats(json::Cursor& to, const profile::Stats& stats, bool headline);

/// Bytes that write_profile() takes at most.
[[nodiscard]] std::size_t profile_bound(std::size_t types, std::size_t name_bytes);

/// Appends the file of --profile-out: one object and a newline.
void write_profile(json::Cursor& to, const Snapshot& snapshot);

}  // namespace narrows::pipeline
