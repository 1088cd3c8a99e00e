// SPDX-License-Identifier: MIT
#include "pipeline/log_printer.hpp"

#include <spdlog/logger.h>
#include <spdlog/sinks/base_sink.h>

#include <array>
#include <utility>

namespace narrows::pipeline {
namespace {

constexpr std::array<spdlog::level::level_enum, 4> kLevels{
    spdlog::level::err, spdlog::level::warn, spdlog::level::info, spdlog::level::debug};

class Sink final : public spdlog::sinks::base_sink<spdlog::details::null_mutex> {
 public:
  explicit Sink(LogPrinter::Write write) : write_(std::move(write)) {}

  [[nodiscard]] bool has_taken() { return std::exchange(has_taken_, false); }

 private:
  void sink_it_(const spdlog::details::log_msg& message) override {
    spdlog::memory_buf_t line;
    formatter_->format(message, line);
    has_taken_ = write_({line.data(), line.size()});
  }
  void flush_() override {}

  LogPrinter::Write write_;
  bool has_taken_ = false;
};

}  // namespace

class LogPrinter::Printing {
 public:
  Printing(const std::string& pattern, Write write)
      : sink_(std::make_shared<Sink>(std::move(write))), logger_("narrows", sink_) {
    logger_.set_pattern(pattern);
    logger_.set_level(spdlog::level::trace);               // the Log has seen to that
    logger_.set_error_handler([](const std::string&) {});  // then the line is not taken
  }

  bool print(LogLevel level, Log::Time time, std::string_view text) {
    logger_.log(time, {}, kLevels[static_cast<std::size_t>(level)],
                spdlog::string_view_t(text.data(), text.size()));
    return sink_->has_taken();
  }

 private:
  std::shared_ptr<Sink> sink_;
  spdlog::logger logger_;
};

LogPrinter::LogPrinter(const std::string& pattern, Write write)
    : printing_(std::make_unique<Printing>(pattern, std::move(write))) {}

LogPrinter::~LogPrinter() = default;

bool LogPrinter::print(LogLevel level, Log::Time time, std::string_view text) {
  return printing_->print(level, time, text);
}

}  // namespace narrows::pipeline
