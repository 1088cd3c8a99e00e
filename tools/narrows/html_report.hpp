// SPDX-License-Identifier: MIT
// `narrows report`: runs as one page that needs nothing else, not even a network.
//
// The page is tools/narrows/page/ with its data and the chart library put in.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace narrows::tools {

struct ReportOptions {
  std::vector<std::string> files;  // that bench --save or sweep --save wrote
  std::string out = "report.html";
};

/// The page with @DATA@ where its data go; empty if it was built without the chart library.
[[nodiscard]] std::string report_page();

/// Throws std::runtime_error with one sentence if a file cannot be read or is no run.
[[nodiscard]] std::string html_report(const std::vector<std::string>& files);

}  // namespace narrows::tools
