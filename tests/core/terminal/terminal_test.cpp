// Text, tables, sparklines, progress and log lines, as the bytes that reach the terminal.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "core/error.h"
#include "core/log.h"
#include "core/terminal/progress.h"
#include "core/terminal/sparkline.h"
#include "core/terminal/table.h"
#include "core/terminal/text.h"

namespace rlreason::terminal {
namespace {

TEST(DisplayWidth, CountsColumns) {
  EXPECT_EQ(display_width("abc"), 3u);
  EXPECT_EQ(display_width("\u00e9\u03b1\u2588"), 3u);
  EXPECT_EQ(display_width("\u4f60\u597d"), 4u);
  EXPECT_EQ(display_width("\ud55c\uff21\U0001F600"), 6u);
  EXPECT_EQ(display_width("e\u0301"), 1u);
  EXPECT_EQ(display_width("\xff"), 1u);
}

TEST(Shorten, NeverExceedsTheWidth) {
  EXPECT_EQ(shorten("abcdef", 6), "abcdef");
  EXPECT_EQ(shorten("abcdef", 4), "abc\u2026");
  EXPECT_EQ(shorten("\u4f60\u597d\u4f60", 4), "\u4f60\u2026");
  EXPECT_EQ(shorten("abc", 0), "");
  for (size_t width = 0; width < 12; ++width)
    EXPECT_LE(display_width(shorten("a\u4f60b\u0301\U0001F600cdefg", width)), width);
}

TEST(Clean, MakesEscapesAndHiddenCharactersVisible) {
  EXPECT_EQ(clean("a\x1b[31mred\x07"), "a\\x1b[31mred\\x07");
  EXPECT_EQ(clean("\u202eevil\u200b\ufeff"), "\\u{202e}evil\\u{200b}\\u{feff}");
  EXPECT_EQ(clean("\xff\xc3"), "\\xff\\xc3");
  EXPECT_EQ(clean("\u009b31m"), "\\u{9b}31m");
  EXPECT_EQ(clean("a\nb\tc\r"), "a\\nb\\tc\\r");
  EXPECT_EQ(clean("a\nb\tc\r", Lines::keep), "a\nb\tc\\r");
  EXPECT_EQ(clean("plain \u00e9 \u4f60 \\n \U0001F600"), "plain \u00e9 \u4f60 \\n \U0001F600");
  EXPECT_EQ(clean(std::string_view("\0", 1)), "\\x00");
  EXPECT_EQ(clean("\U000E0041"), "\\u{e0041}");
}

TEST(Clean, IsHarmlessForEveryByteAndPair) {
  for (int a = 0; a < 256; ++a) {
    for (int b = 0; b < 256; ++b) {
      const std::string text = clean(std::string{static_cast<char>(a), static_cast<char>(b)});
      for (const char c : text) ASSERT_TRUE(static_cast<unsigned char>(c) >= 0x20 && c != 0x7f);
    }
  }
}

TEST(Format, Durations) {
  EXPECT_EQ(format_duration(0), "0ms");
  EXPECT_EQ(format_duration(0.45), "450ms");
  EXPECT_EQ(format_duration(0.9996), "1.0s");
  EXPECT_EQ(format_duration(2.5), "2.5s");
  EXPECT_EQ(format_duration(9.96), "10s");
  EXPECT_EQ(format_duration(59.4), "59s");
  EXPECT_EQ(format_duration(59.6), "1m00s");
  EXPECT_EQ(format_duration(185), "3m05s");
  EXPECT_EQ(format_duration(3599.7), "1h00m");
  EXPECT_EQ(format_duration(7620), "2h07m");
  EXPECT_EQ(format_duration(86399), "1d00h");
  EXPECT_EQ(format_duration(273600), "3d04h");
  EXPECT_EQ(format_duration(std::numeric_limits<double>::quiet_NaN()), "?");
  EXPECT_EQ(format_duration(std::numeric_limits<double>::infinity()), "over 100000d");
  EXPECT_EQ(format_duration(-2.5), "-2.5s");
}

TEST(Format, BytesCountsRatesAndNumbers) {
  EXPECT_EQ(format_bytes(0), "0 B");
  EXPECT_EQ(format_bytes(1023), "1023 B");
  EXPECT_EQ(format_bytes(1536), "1.5 KiB");
  EXPECT_EQ(format_bytes((1ULL << 20) - 1), "1.0 MiB");
  EXPECT_EQ(format_bytes(2ULL << 30), "2.0 GiB");
  EXPECT_EQ(format_bytes(UINT64_MAX), "16.0 EiB");
  EXPECT_EQ(format_count(950), "950");
  EXPECT_EQ(format_count(12345), "12.3k");
  EXPECT_EQ(format_count(999950), "1.00M");
  EXPECT_EQ(format_count(1.2e9), "1.20G");
  EXPECT_EQ(format_count(0.123456), "0.123");
  EXPECT_EQ(format_rate(8800, "tok"), "8.80k tok/s");
  EXPECT_EQ(format_rate(3), "3/s");
  EXPECT_EQ(format_number(0.123456), "0.1235");
  EXPECT_EQ(format_number(2), "2");
  EXPECT_EQ(format_number(-0.0), "0");
  EXPECT_EQ(format_number(-std::numeric_limits<double>::infinity()), "-inf");
}

TEST(TableText, AlignsByDisplayWidth) {
  Table table({{"method"}, {"hard", Align::right}, {"note", Align::left, 6}});
  table.add({"luffy", "0.71", "\u4f60\u597d"})
      .add({"\u4f60\u597d", "-", "a long note"})
      .rule()
      .add({"e\u0301"});
  EXPECT_EQ(table.text(),
            "method  hard  note\n"
            "------  ----  ------\n"
            "luffy   0.71  \u4f60\u597d\n"
            "\u4f60\u597d       -  a lon\u2026\n"
            "------  ----  ------\n"
            "e\u0301\n");
  EXPECT_EQ(table.rows(), 3u);
  EXPECT_THROW(table.add({"1", "2", "3", "4"}), BugError);
}

TEST(TableMarkdown, EscapesBarsAndControlCharacters) {
  Table table({{"a|b"}, {"n", Align::right}});
  table.add({"x|y\nz\x1b", "1"});
  EXPECT_EQ(table.markdown(), "| a\\|b | n |\n|---|---:|\n| x\\|y\\nz\\x1b | 1 |\n");
}

TEST(Sparkline, SpansTheRange) {
  const std::vector<double> ramp{0, 1, 2, 3, 4, 5, 6, 7};
  EXPECT_EQ(sparkline(ramp), "\u2581\u2582\u2583\u2584\u2585\u2586\u2587\u2588");
  EXPECT_EQ(sparkline(ramp, 4), "\u2581\u2583\u2586\u2588");
  EXPECT_EQ(sparkline(std::vector<double>{0, 1}, 40, std::pair{0.0, 2.0}), "\u2581\u2585");
  EXPECT_EQ(sparkline(std::vector<double>{3, 3, 3}), "\u2585\u2585\u2585");
  EXPECT_EQ(sparkline({}), "");
  const double nan = std::nan(""), inf = std::numeric_limits<double>::infinity();
  EXPECT_EQ(sparkline(std::vector<double>{0, nan, inf, 1}), "\u2581  \u2588");
  EXPECT_EQ(sparkline(std::vector<double>{nan}), " ");
  EXPECT_EQ(sparkline(std::vector<double>(1000, 1.0), 40), sparkline(std::vector<double>(40, 1.0)));
}

// A clock and a screen under the test's control.
struct Screen {
  double now = 100;
  std::string bytes;
  ProgressOptions options(bool live, uint64_t total) {
    ProgressOptions o;
    o.total = total;
    o.is_terminal = [live] { return live; };
    o.width = [] { return size_t{60}; };
    o.now_s = [this] { return now; };
    o.write = [this](const std::string& text) { bytes += text; };
    return o;
  }
  std::string take() { return std::exchange(bytes, ""); }
};

TEST(Progress, RewritesOneLineAtMostTenTimesASecond) {
  Screen screen;
  {
    Progress progress("train", screen.options(true, 200));
    screen.now += 4;
    progress.update(20, "reward 0.31");
    EXPECT_EQ(screen.take(), "\r\x1b[2Ktrain 20/200  10%  reward 0.31  36s left");
    screen.now += 0.05;
    progress.update(21);
    EXPECT_EQ(screen.take(), "");
    screen.now += 0.06;
    progress.update(22, std::string(200, 'x'));
    EXPECT_LE(display_width(screen.take().substr(5)), 59u);
    log::set_sink([&](const std::string& line) { screen.bytes += "<" + line + ">"; });
    log::warn("disk {} full", 3);
    EXPECT_EQ(screen.take(), "\r\x1b[2K<warning: disk 3 full>");
    log::info("again");
    EXPECT_EQ(screen.take(), "<again>");
    progress.finish("200 iterations");
    EXPECT_EQ(screen.take(), "train  200 iterations\n");
    progress.update(200);
    EXPECT_EQ(screen.take(), "");
  }
  log::info("after");
  EXPECT_EQ(screen.take(), "<after>");
  log::set_sink({});
}

TEST(Progress, PrintsPlainLinesOffATerminal) {
  Screen screen;
  Progress progress("fetch", screen.options(false, 0));
  progress.update(1, "a\x1b[0m");
  EXPECT_EQ(screen.take(), "fetch 1  a\\x1b[0m\n");
  screen.now += 9;
  progress.update(2);
  EXPECT_EQ(screen.take(), "");
  screen.now += 2;
  progress.update(3);
  EXPECT_EQ(screen.take(), "fetch 3\n");
  progress.finish("done");
  EXPECT_EQ(screen.take(), "fetch  done\n");
}

TEST(Progress, WipesAnUnfinishedLineAndCanBeQuiet) {
  Screen screen;
  { Progress(std::string("x"), screen.options(true, 2)).update(1); }
  EXPECT_THAT(screen.take(), testing::EndsWith("\r\x1b[2K"));
  auto options = screen.options(true, 2);
  options.quiet = true;
  Progress quiet("x", options);
  quiet.update(1);
  quiet.finish("y");
  EXPECT_EQ(screen.take(), "");
}

TEST(Progress, AResumedJobCountsSpeedFromItsStart) {
  Screen screen;
  auto options = screen.options(false, 100);
  options.start = 50;
  Progress progress("train", options);
  screen.now += 10;
  progress.update(60);
  EXPECT_EQ(screen.take(), "train 60/100  60%  40s left\n");
}

TEST(Log, LevelsAndQuiet) {
  std::vector<std::string> lines;
  log::set_sink([&](const std::string& line) { lines.push_back(line); });
  log::info("a {}", 1);
  log::warn("b");
  log::error("c");
  log::set_quiet(true);
  log::info("d");
  log::warn("e");
  log::set_level(log::Level::silent);
  log::error("f");
  log::set_quiet(false);
  log::set_sink({});
  EXPECT_THAT(lines, testing::ElementsAre("a 1", "warning: b", "error: c", "warning: e"));
}

}  // namespace
}  // namespace rlreason::terminal
