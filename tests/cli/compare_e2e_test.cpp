// compare's verbs and reproduce as a user types them: what they answer without any run, and what they refuse.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/cli/program.h"

namespace rlreason::cli_test {
namespace {

using nlohmann::json;

class CompareVerbs : public Program {};

TEST_F(CompareVerbs, PublishedListsPapersAndPrintsTables) {
  const Result list = run({"compare", "published", "--json"});
  ASSERT_EQ(list.code, 0) << list.err;
  EXPECT_GE(json::parse(list.out).size(), 8u);
  const Result luffy = run({"compare", "published", "luffy", "--json"});
  ASSERT_EQ(luffy.code, 0) << luffy.err;
  EXPECT_GT(json::parse(luffy.out)["rows"].size(), 200u);
  const Result table = run({"compare", "published", "luffy", "--markdown"});
  EXPECT_NE(table.out.find("| LUFFY | luffy | 29.4 |"), std::string::npos) << table.out;
  const Result typo = run({"compare", "published", "lufy"});
  EXPECT_EQ(typo.code, 2);
  EXPECT_NE(typo.err.find("did you mean 'luffy'?"), std::string::npos) << typo.err;
}

TEST_F(CompareVerbs, ReproduceSaysWhatIsMissing) {
  const Result real = run({"reproduce", "luffy", "--row", "LUFFY"});
  EXPECT_EQ(real.code, 5);
  EXPECT_NE(real.out.find("weights of Qwen2.5-Math-7B"), std::string::npos);
  const Result dry = run({"reproduce", "luffy", "--row", "LUFFY", "--dry-run", "--json"});
  ASSERT_EQ(dry.code, 0) << dry.err;
  EXPECT_FALSE(json::parse(dry.out)["complete"].get<bool>());
  const Result tiny = run({"reproduce", "luffy", "--setting", "tiny", "--dry-run"});
  EXPECT_EQ(tiny.code, 0) << tiny.err;
  EXPECT_NE(tiny.out.find("setting: tiny"), std::string::npos);
}

TEST_F(CompareVerbs, NonsenseIsOneSentence) {
  EXPECT_EQ(run({"compare"}).code, 2);
  EXPECT_EQ(run({"compare", "verify"}).code, 2);
  const Result two = run({"compare", "quickstart", "--latex", "--csv"});
  EXPECT_EQ(two.code, 2);
  EXPECT_NE(two.err.find("one of --markdown"), std::string::npos) << two.err;
  const Result ending = run({"compare", "quickstart", "--output", "table.pdf"});
  EXPECT_EQ(ending.code, 2);
  EXPECT_NE(ending.err.find("table.pdf"), std::string::npos) << ending.err;
  const Result rule = run({"compare", "quickstart", "--allow", "incomplet"});
  EXPECT_NE(rule.code, 0);
  EXPECT_EQ(run({"compare", "invalidate", "--where", "recipe = \"x\""}).code, 2);
  EXPECT_EQ(run({"reproduce"}).code, 2);
}

}  // namespace
}  // namespace rlreason::cli_test
