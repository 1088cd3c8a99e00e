// SPDX-License-Identifier: MIT
// The terminal by ncurses, which alone this file sees. (Its names are macros: last of the
// includes.)
#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "top/terminal.hpp"

#define NCURSES_NOMACROS
#define NCURSES_WIDECHAR 1
#include <curses.h>
#include <term.h>
#undef columns
#undef lines

namespace narrows::tools {
namespace {

constexpr short kDefault = -1;

struct Look {
  short color_of_256, color_of_8, background_of_256, background_of_8;
  attr_t attributes;           // with colors
  attr_t attributes_in_black;  // and without
};

/// By Ink. Legible on dark and on light grounds.
constexpr std::array<Look, kInks> kLooks{{
    {kDefault, kDefault, kDefault, kDefault, A_NORMAL, A_NORMAL},    // plain
    {245, kDefault, kDefault, kDefault, A_NORMAL, A_DIM},            // dim
    {kDefault, kDefault, kDefault, kDefault, A_BOLD, A_BOLD},        // strong
    {231, COLOR_WHITE, 24, COLOR_BLUE, A_BOLD, A_REVERSE},           // title
    {33, COLOR_CYAN, kDefault, kDefault, A_NORMAL, A_NORMAL},        // busy
    {208, COLOR_RED, kDefault, kDefault, A_BOLD, A_BOLD},            // blocked
    {242, kDefault, kDefault, kDefault, A_NORMAL, A_DIM},            // idle
    {134, COLOR_MAGENTA, kDefault, kDefault, A_NORMAL, A_NORMAL},    // wait
    {37, COLOR_GREEN, kDefault, kDefault, A_NORMAL, A_NORMAL},       // rate
    {134, COLOR_MAGENTA, kDefault, kDefault, A_NORMAL, A_NORMAL},    // tail
    {67, COLOR_BLUE, kDefault, kDefault, A_NORMAL, A_NORMAL},        // mean
    {34, COLOR_GREEN, kDefault, kDefault, A_BOLD, A_BOLD},           // good
    {172, COLOR_YELLOW, kDefault, kDefault, A_BOLD, A_BOLD},         // warning
    {231, COLOR_WHITE, 160, COLOR_RED, A_BOLD, A_BOLD | A_REVERSE},  // alarm
}};

class CursesTerminal : public Terminal {
 public:
  CursesTerminal(SCREEN* screen, int input, const Manner& manner) : screen_(screen), input_(input) {
    cbreak();
    noecho();
    nodelay(stdscr, TRUE);
    keypad(stdscr, TRUE);
    set_escdelay(25);
    leaveok(stdscr, TRUE);
    curs_set(0);
    if (!manner.can_suspend) forbid_suspend();
    choose_looks(manner.color && has_colors() == TRUE);
  }
  ~CursesTerminal() override {
    // A terminal that was stopped (Ctrl-S) would never take the end. It is started by this pair:
    // alone, TCOON undoes a TCOOFF and nothing else.
    tcflow(STDOUT_FILENO, TCOOFF);
    tcflow(STDOUT_FILENO, TCOON);
    endwin();
    delscreen(screen_);
  }

  Size size() override {
    winsize now{};
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &now) == 0 && now.ws_row > 0 && now.ws_col > 0 &&
        is_term_resized(now.ws_row, now.ws_col)) {
      resizeterm(now.ws_row, now.ws_col);
      clearok(stdscr, TRUE);
    }
    return {getmaxy(stdscr), getmaxx(stdscr)};
  }

  void show(const Screen& screen) override {
    pollfd out{STDOUT_FILENO, POLLOUT, 0};
    if (poll(&out, 1, 0) <= 0) return;  // it is stopped: what it shows is old, but nobody waits
    werase(stdscr);
    for (int row = 0; row < screen.size().rows; ++row) show_row(screen, row);
    wrefresh(stdscr);
  }

  int key() override {
    if (input_ < 0) return 0;
    const int key = wgetch(stdscr);
    if (key == '\f') clearok(stdscr, TRUE);  // Ctrl-L
    return key == ERR ? 0 : key;
  }

  [[nodiscard]] int input() const override { return input_; }

 private:
  /// Runs of one ink, each put at its own column.
  void show_row(const Screen& screen, int row) {
    const int end = screen.size().columns;
    std::wstring text;
    for (int column = 0; column < end;) {
      const int first = column;
      const Ink ink = screen.at(row, column).ink;
      text.clear();
      for (; column < end && screen.at(row, column).ink == ink; ++column) {
        const char32_t character = screen.at(row, column).character;
        if (character != 0) text += static_cast<wchar_t>(character);
      }
      wattr_set(stdscr, attributes_[static_cast<std::size_t>(ink)],
                pairs_[static_cast<std::size_t>(ink)], nullptr);
      mvwaddnwstr(stdscr, row, first, text.data(), static_cast<int>(text.size()));
    }
  }

  void choose_looks(bool in_color) {
    if (in_color) {
      start_color();
      use_default_colors();
    }
    const bool rich = in_color && COLORS >= 256;
    for (std::size_t ink = 0; ink < kLooks.size(); ++ink) {
      const Look& look = kLooks[ink];
      attributes_[ink] = in_color ? look.attributes : look.attributes_in_black;
      const short color = rich ? look.color_of_256 : look.color_of_8;
      const short background = rich ? look.background_of_256 : look.background_of_8;
      if (!in_color || (color == kDefault && background == kDefault)) continue;
      pairs_[ink] = static_cast<short>(ink + 1);
      init_pair(pairs_[ink], color, background);
    }
    if (in_color && !rich) attributes_[static_cast<std::size_t>(Ink::dim)] = A_DIM;
    if (in_color && !rich) attributes_[static_cast<std::size_t>(Ink::idle)] = A_DIM;
  }

  /// A stopped generator would measure its own absence. And ncurses' handler draws, on any thread.
  static void forbid_suspend() {
    std::signal(SIGTSTP, SIG_DFL);
    termios mode{};
    if (tcgetattr(STDOUT_FILENO, &mode) != 0) return;
    mode.c_cc[VSUSP] = _POSIX_VDISABLE;
    tcsetattr(STDOUT_FILENO, TCSANOW, &mode);
    def_prog_mode();
  }

  SCREEN* const screen_;
  const int input_;
  std::array<attr_t, kInks> attributes_{};
  std::array<short, kInks> pairs_{};
};

/// Where keys come from: stdin, or the terminal itself where stdin is something else.
std::FILE* key_file() {
  if (isatty(STDIN_FILENO) == 1) return stdin;
  return std::fopen("/dev/tty", "re");  // stays open: ncurses keeps it
}

/// It is known, and its cursor can be moved. Asked before newterm(), which loses memory for one
/// that is not.
bool can_be_drawn_on(const char* kind) {
  int status = 0;
  if (setupterm(kind, STDOUT_FILENO, &status) != OK) return false;
  const bool can = cursor_address != nullptr;
  del_curterm(cur_term);
  return can;
}

}  // namespace

std::unique_ptr<Terminal> Terminal::open(const Manner& manner) {
  const char* const kind = std::getenv("TERM");
  if (isatty(STDOUT_FILENO) != 1 || kind == nullptr || !can_be_drawn_on(kind)) return {};
  std::FILE* const keys = key_file();
  SCREEN* const screen = newterm(nullptr, stdout, keys != nullptr ? keys : stdin);
  if (screen == nullptr) return {};
  return std::make_unique<CursesTerminal>(screen, keys != nullptr ? fileno(keys) : -1, manner);
}

}  // namespace narrows::tools
