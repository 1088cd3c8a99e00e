// SPDX-License-Identifier: MIT
#include "html_report.hpp"

#include <stdexcept>

#include "files.hpp"
#include "json/value.hpp"
#include "text.hpp"

namespace narrows::tools {
namespace {

/// JSON that is safe inside of a script element: `<` ends no element and begins no comment. What
/// cannot be seen is escaped, as the page may be looked at in a terminal or an editor, too.
std::string for_script(std::string_view json) {
  std::string text;
  text.reserve(json.size());
  for (const char byte : printable_json(json)) {
    switch (byte) {
      case '<': text += "\\u003c"; break;
      case '>': text += "\\u003e"; break;
      case '&': text += "\\u0026"; break;
      default: text += byte;
    }
  }
  return text;
}

std::string_view file_name(std::string_view path) {
  return path.substr(path.rfind('/') == std::string_view::npos ? 0 : path.rfind('/') + 1);
}

/// A run, a sweep or a cluster's run, with the file's name in front.
std::string labelled(const std::string& path) {
  const auto run = json::Value::parse(read_file(path));
  const auto kind = run ? (*run)["kind"].string() : std::nullopt;
  const bool is_known_kind = kind == "sweep" || kind == "cluster";
  const bool is_run = run && !kind && (*run)["series"].kind() == json::Value::Kind::array &&
                      (*run)["histograms"].is_object();
  if (!is_known_kind && !is_run) {
    throw std::runtime_error(joined({printable(path), " is no run that --save wrote"}));
  }
  if ((*run)["version"].integer() != 1) {
    throw std::runtime_error(joined({printable(path), " is of another version"}));
  }
  return joined({R"({"file":)", quoted(file_name(path)), ",", run->to_json().substr(1)});
}

}  // namespace

std::string html_report(const std::vector<std::string>& files) {
  const std::string page = report_page();
  if (page.empty()) throw std::runtime_error("this narrows was built without its page");
  constexpr std::string_view kMark = "@DATA@";
  std::string data = "[";
  for (const std::string& path : files) {
    data.append(data.size() > 1 ? "," : "").append(labelled(path));
  }
  data.append("]");
  const std::size_t at = page.find(kMark);
  return joined({page.substr(0, at), for_script(data), page.substr(at + kMark.size())});
}

}  // namespace narrows::tools
