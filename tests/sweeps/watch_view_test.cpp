// The screen of `sweep watch` without a terminal: keys in, actions and lines out.
#include "sweeps/watch_view.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "core/terminal/text.h"

namespace rlreason::sweep {
namespace {

using terminal::Key;
using terminal::KeyKind;
using ::testing::Contains;
using ::testing::HasSubstr;

class WatchViewTest : public ::testing::Test {
 protected:
  WatchViewTest() {
    look_.name = "plan";
    look_.rows = {"base", "LUFFY", "no clip"};
    look_.seeds = {11, 12};
    look_.status = {{"done", "done"}, {"training 4/9", "-"}, {"failed", "-"}};
    look_.notes = {"2 of 12 runs are done"};
    detail_.metrics = {"reward", "loss", "entropy"};
  }
  WatchAction type(const std::string& keys) {
    WatchAction last = WatchAction::none;
    for (const char c : keys) last = view_.press({KeyKind::character, c}, look_, detail_);
    return last;
  }
  WatchAction press(KeyKind kind) { return view_.press({kind}, look_, detail_); }
  std::vector<std::string> lines(terminal::ScreenSize size = {80, 12}) const {
    std::vector<std::string> texts;
    for (const terminal::ScreenLine& line : view_.frame(look_, detail_, size))
      texts.push_back(line.text);
    return texts;
  }
  std::string chosen() const {
    for (const std::string& line : lines())
      if (line.find("> ") != std::string::npos) return line;
    return "none";
  }

  WatchLook look_;
  WatchDetail detail_;
  WatchView view_;
};

TEST_F(WatchViewTest, TheChoiceMovesAndStaysInside) {
  EXPECT_THAT(chosen(), ::testing::StartsWith("base"));
  type("jj");
  EXPECT_THAT(chosen(), HasSubstr("no clip> failed"));
  type("j");  // the last row
  EXPECT_EQ(view_.row(), 2u);
  press(KeyKind::right);
  press(KeyKind::right);
  EXPECT_EQ(view_.seed(), 1u);
  press(KeyKind::up);
  type("kkkk");
  press(KeyKind::left);
  press(KeyKind::left);
  EXPECT_EQ(view_.row(), 0u);
  EXPECT_EQ(view_.seed(), 0u);
}

TEST_F(WatchViewTest, CellsThatAreNotThereAreNotChosen) {
  look_.status[1] = {"", "done"};
  type("j");
  EXPECT_EQ(view_.row(), 0u);
  look_.rows = {"one"};
  look_.status = {{"", "done"}};
  view_.settle(look_);
  EXPECT_EQ(view_.seed(), 1u);
  look_ = {};
  view_.settle(look_);
  type("jklpw");
  EXPECT_EQ(view_.row(), 0u);
  EXPECT_EQ(lines().size(), 12u);
}

TEST_F(WatchViewTest, StoppingIsAskedAndOnlyYesIsYes) {
  EXPECT_EQ(type("s"), WatchAction::none);
  EXPECT_THAT(lines(), Contains(HasSubstr("(y/n)")));
  EXPECT_EQ(type("q"), WatchAction::none);  // an answer, not a key of the page
  EXPECT_THAT(lines(), Contains("nothing was asked"));
  EXPECT_EQ(type("y"), WatchAction::none);
  for (const KeyKind kind : {KeyKind::enter, KeyKind::escape, KeyKind::up}) {
    type("s");
    EXPECT_EQ(press(kind), WatchAction::none);
    EXPECT_EQ(view_.row(), 0u);
  }
  EXPECT_EQ(type("sy"), WatchAction::ask_to_stop);
  EXPECT_EQ(type("y"), WatchAction::none);
  EXPECT_EQ(type("q"), WatchAction::leave);
}

TEST_F(WatchViewTest, CurvesCycleThroughTheMetrics) {
  type("p");
  EXPECT_EQ(view_.page(), WatchPage::curve);
  EXPECT_EQ(view_.metric(detail_.metrics), "reward");
  type("p");
  EXPECT_EQ(view_.metric(detail_.metrics), "loss");
  type("pp");
  EXPECT_EQ(view_.metric(detail_.metrics), "reward");
  type("P");
  EXPECT_EQ(view_.metric(detail_.metrics), "entropy");
  EXPECT_EQ(view_.metric({"loss"}), "loss");  // another training has no entropy
  EXPECT_EQ(view_.metric({}), "");
  detail_.title = "LUFFY/11  entropy";
  for (int i = 0; i < 50; ++i) detail_.curve.emplace_back(i, 0.5 * i);
  EXPECT_EQ(lines()[0], detail_.title);
  EXPECT_THAT(lines(), Contains(HasSubstr("█")));
  EXPECT_THAT(lines()[1], ::testing::StartsWith("24.5"));
}

TEST_F(WatchViewTest, ALogIsReadFromItsEndAndScrolls) {
  for (int i = 1; i <= 40; ++i) detail_.lines.push_back("line " + std::to_string(i));
  detail_.lines[39] = "\x1b[2J\x1b[31mevil\u202e";
  type("l");
  EXPECT_EQ(lines()[9], "\\x1b[2J\\x1b[31mevil\\u{202e}");
  EXPECT_EQ(lines()[1], "line 32");
  press(KeyKind::page_up);
  EXPECT_EQ(lines()[1], "line 22");
  for (int i = 0; i < 20; ++i) press(KeyKind::page_up);
  EXPECT_EQ(lines()[1], "line 1");
  for (int i = 0; i < 20; ++i) press(KeyKind::page_down);
  EXPECT_EQ(lines()[1], "line 32");
  EXPECT_FALSE(view_.of_evaluation());
  type("l");
  EXPECT_TRUE(view_.of_evaluation());
  type("jl");
  EXPECT_FALSE(view_.of_evaluation());
  press(KeyKind::escape);
  EXPECT_EQ(view_.page(), WatchPage::table);
}

TEST_F(WatchViewTest, ReasonsAreFoldedAtTheWidth) {
  type("w");
  detail_.lines = {
      "train missing its nearest relative differs in update.lr 1e-4 there and 3e-4 here"};
  for (size_t columns = 30; columns < 90; columns += 7) {
    std::string all;
    const auto text = lines({columns, 12});
    for (size_t i = 1; i < 10; ++i) {
      EXPECT_LE(terminal::display_width(text[i]), columns);
      all += text[i] + " ";
    }
    for (const char* word : {"missing", "relative", "3e-4", "here"})
      EXPECT_THAT(all, HasSubstr(word));
  }
}

TEST_F(WatchViewTest, TheChosenCellIsOnAnyScreen) {
  look_.rows.clear();
  look_.seeds.clear();
  look_.status.clear();
  for (uint64_t seed = 0; seed < 30; ++seed) look_.seeds.push_back(100 + seed);
  for (int row = 0; row < 60; ++row) {
    look_.rows.push_back("variant number " + std::to_string(row));
    look_.status.emplace_back(30, "training 40/100");
  }
  look_.status[43][21] = "marked";
  for (int i = 0; i < 43; ++i) type("j");
  for (int i = 0; i < 21; ++i) press(KeyKind::right);
  for (const terminal::ScreenSize size : {terminal::ScreenSize{80, 24}, {40, 10}, {200, 80}}) {
    const auto text = lines(size);
    EXPECT_EQ(text.size(), size.lines);
    bool seen = false;
    for (const std::string& line : text)
      seen = seen || terminal::shorten(line, size.columns).find("> marked") != std::string::npos;
    EXPECT_TRUE(seen) << size.columns << "x" << size.lines;
    EXPECT_THAT(text.back(), HasSubstr("q leave"));
  }
}

// Any keys on any screen: no crash, the right number of lines, never a control character.
TEST_F(WatchViewTest, AnythingTypedIsHarmless) {
  look_.rows[1] = "\x1b[31mrow";
  look_.status[1][0] = "failed: \x07\x1b]0;title\x07";
  look_.notes = {"note \x1b[5m", "other"};
  detail_.title = "t\x1b[0m";
  detail_.lines = {"a\x1b", "\xff"};
  detail_.curve = {{0, 1}, {1, NAN}, {2, 3}};
  std::mt19937 random(3);
  const std::string keys = "jklpPwsyq\tx";
  for (int i = 0; i < 3000; ++i) {
    if (random() % 3 == 0)
      press(static_cast<KeyKind>(1 + random() % 10));
    else
      type(std::string(1, keys[random() % keys.size()]));
    const terminal::ScreenSize size{1 + random() % 100, 1 + random() % 30};
    const auto text = lines(size);
    ASSERT_EQ(text.size(), size.lines);
    for (const std::string& line : text)
      for (const char c : line) ASSERT_TRUE(static_cast<unsigned char>(c) >= 0x20 && c != 0x7f);
  }
}

}  // namespace
}  // namespace rlreason::sweep
