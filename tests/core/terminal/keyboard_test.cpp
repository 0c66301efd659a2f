// Bytes of a keyboard as keys, and curves drawn over several lines.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>

#include "core/terminal/chart.h"
#include "core/terminal/keys.h"
#include "core/terminal/text.h"

namespace rlreason::terminal {
namespace {

using Keys = std::vector<Key>;
constexpr Key typed(char c) { return {KeyKind::character, c}; }

TEST(Keys, ArrowsAndPagesInBothForms) {
  KeyReader reader;
  EXPECT_EQ(reader.feed("\x1b[A\x1b[B\x1bOC\x1bOD"),
            (Keys{{KeyKind::up}, {KeyKind::down}, {KeyKind::right}, {KeyKind::left}}));
  EXPECT_EQ(reader.feed("\x1b[5~\x1b[6~\x1b[H\x1b[4~\x1b[1;5A"), (Keys{{KeyKind::page_up},
                                                                       {KeyKind::page_down},
                                                                       {KeyKind::home},
                                                                       {KeyKind::end},
                                                                       {KeyKind::up}}));
  EXPECT_EQ(reader.feed("jq\r\t"), (Keys{typed('j'), typed('q'), {KeyKind::enter}, typed('\t')}));
}

TEST(Keys, ASequenceMayComeInPieces) {
  for (const std::string sequence : {"\x1b[A", "\x1bOA", "\x1b[1;2A"}) {
    KeyReader reader;
    Keys keys;
    for (const char c : sequence + "x")
      for (const Key& key : reader.feed(std::string(1, c))) keys.push_back(key);
    EXPECT_EQ(keys, (Keys{{KeyKind::up}, typed('x')})) << sequence.substr(1);
  }
}

TEST(Keys, EscapeAloneIsAKeyOnlyAfterAPause) {
  KeyReader reader;
  EXPECT_EQ(reader.feed("\x1b"), Keys{});
  EXPECT_EQ(reader.pause(), Keys{{KeyKind::escape}});
  EXPECT_EQ(reader.pause(), Keys{});
  EXPECT_EQ(reader.feed("\x1b\x1b[A"), (Keys{{KeyKind::escape}, {KeyKind::up}}));
  EXPECT_EQ(reader.feed("\x1b["), Keys{});
  EXPECT_EQ(reader.pause(), Keys{});  // cut short: nobody's key
  EXPECT_EQ(reader.feed("A"), Keys{typed('A')});
}

// Function keys, mouse reports, Alt, pasted text of any bytes: nothing but keys that were asked for, and no memory of it.
TEST(Keys, RubbishMeansNothing) {
  KeyReader reader;
  EXPECT_EQ(reader.feed("\x1b[15~\x1b[<0;3;4M\x1bq\x1bOP\xc3\xa9\x01\x7f"), Keys{});
  EXPECT_EQ(reader.feed("\x1b[" + std::string(31, '1')), (Keys{typed('1')}));
  std::mt19937 random(7);
  for (int i = 0; i < 200000; ++i) {
    for (const Key& key : reader.feed(std::string(1, static_cast<char>(random() % 256)))) {
      if (key.kind != KeyKind::character) continue;
      ASSERT_TRUE(key.character == '\t' || (key.character >= 0x20 && key.character < 0x7f));
    }
  }
  reader.pause();
  EXPECT_EQ(reader.feed("q"), Keys{typed('q')});
}

std::vector<std::pair<double, double>> line(int count, double (*y)(int)) {
  std::vector<std::pair<double, double>> points;
  for (int i = 0; i < count; ++i) points.emplace_back(i, y(i));
  return points;
}

TEST(Chart, ARisingLineFillsUnderItself) {
  const auto points = line(4, [](int i) { return static_cast<double>(i); });
  EXPECT_EQ(chart(points, 6, 3), (std::vector<std::string>{"3    █",  //
                                                           "    ██",  //
                                                           "0 ▁███",  //
                                                           "  0  3"}));
}

TEST(Chart, ShortCurvesAreWideAndHolesHoldTheLastValue) {
  const std::vector<std::pair<double, double>> points{{0, 1}, {10, 2}};
  EXPECT_EQ(chart(points, 12, 1)[0], "2 ▁▁▁▁▁▁▁▁▁█");
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const std::vector<std::pair<double, double>> holed{{0, 0}, {1, nan}, {2, 4}, {3, nan}};
  EXPECT_EQ(chart(holed, 6, 1)[0], "4 ▁▁██");
}

TEST(Chart, NothingIsWiderThanTheScreen) {
  const auto wild = line(300, [](int i) { return i % 7 == 0 ? NAN : std::sin(i) * 1e-7; });
  for (size_t columns = 0; columns < 90; ++columns)
    for (const std::string& row : chart(wild, columns, 5))
      EXPECT_LE(display_width(row), columns) << row;
  EXPECT_EQ(chart({}, 40, 5), (std::vector<std::string>{"no finite value yet"}));
  const auto flat = line(3, [](int) { return 2.0; });
  EXPECT_EQ(chart(flat, 5, 1)[0], "2 ▄▄▄");
}

}  // namespace
}  // namespace rlreason::terminal
