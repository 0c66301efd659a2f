#include <gmock/gmock.h>

#include <cmath>

#include "core/digest.h"
#include "core/process/publish.h"
#include "tests/core/process_support.h"

namespace rlreason::process {
namespace {

namespace fs = std::filesystem;
using test::Scratch;
using test::sentence_of;
using ::testing::HasSubstr;

Fill writing(const std::string& name, const std::string& text) {
  return [=](const fs::path& directory) {
    auto file = OutputFile::create(directory / name);
    file.write(text);
    file.close();
  };
}

TEST(Publish, TheManifestListsWhatIsThere) {
  const Scratch scratch;
  const Manifest published =
      publish_directory(scratch / "a/b/d", writing("x", "hello"), {{"rows", 3}});
  const Manifest read = read_manifest(scratch / "a/b/d");
  ASSERT_EQ(read.files.size(), 1U);
  EXPECT_EQ(read.files[0].name, "x");
  EXPECT_EQ(read.files[0].bytes, 5);
  EXPECT_EQ(read.files[0].sha256, sha256("hello"));
  EXPECT_EQ(read.facts.at("rows"), 3);
  EXPECT_EQ(read.digest, published.digest);
  EXPECT_EQ(read.bytes(), 5);
}

TEST(Publish, TheDigestFollowsContentAndFactsOnly) {
  const Scratch scratch;
  const auto digest = [&](const char* name, const char* text, int rows) {
    return publish_directory(scratch / name, writing("x", text), {{"rows", rows}}).digest;
  };
  const std::string first = digest("a", "hello", 3);
  EXPECT_EQ(digest("b", "hello", 3), first);
  EXPECT_NE(digest("c", "hellp", 3), first);
  EXPECT_NE(digest("d", "hello", 4), first);
}

TEST(Publish, FactsMayBeCompletedWhileFilling) {
  const Scratch scratch;
  nlohmann::json facts = nlohmann::json::object();
  publish_directory(
      scratch / "d", [&](const fs::path&) { facts["rows"] = 12; }, facts);
  EXPECT_EQ(read_manifest(scratch / "d").facts.at("rows"), 12);
}

TEST(Publish, OddFactsSurvive) {
  const Scratch scratch;
  publish_directory(
      scratch / "d", [](const fs::path&) {},
      {{"nan", std::nan("")}, {"bytes", "\xff\xfe"}, {"tiny", 5e-324}, {"third", 1.0 / 3}});
  EXPECT_EQ(verify_directory(scratch / "d"), std::nullopt);
  EXPECT_EQ(read_manifest(scratch / "d").facts.at("third"), 1.0 / 3);
}

TEST(Publish, ATakenNameIsRefusedAndKept) {
  const Scratch scratch;
  publish_directory(scratch / "d", writing("x", "first"));
  EXPECT_THROW(publish_directory(scratch / "d", writing("x", "second")), RefusedError);
  EXPECT_EQ(read_file(scratch / "d/x"), "first");
  // The name may also be taken while the files are written.
  const auto late = [&](const fs::path& directory) {
    writing("x", "late")(directory);
    make_directory(scratch / "e");
  };
  EXPECT_THROW(publish_directory(scratch / "e", late), RefusedError);
  EXPECT_TRUE(fs::is_empty(scratch / "e"));
  EXPECT_EQ(test::count_temporaries(scratch.path()), 0);
}

TEST(Publish, AFailureWhileFillingLeavesNothing) {
  const Scratch scratch;
  const auto failing = [](const fs::path& directory) {
    writing("x", "text")(directory);
    throw DataError("a row is wrong");
  };
  EXPECT_THROW(publish_directory(scratch / "d", failing), DataError);
  EXPECT_TRUE(fs::is_empty(scratch.path()));
}

TEST(Publish, LinksAndManifestsOfOthersAreRejected) {
  const Scratch scratch;
  const auto linking = [](const fs::path& directory) {
    fs::create_symlink("/etc/passwd", directory / "x");
  };
  EXPECT_THROW(publish_directory(scratch / "d", linking), BugError);
  EXPECT_THROW(publish_directory(scratch / "d", writing("manifest.json", "{}")), BugError);
  EXPECT_TRUE(fs::is_empty(scratch.path()));
}

TEST(Publish, VerifyNamesTheFirstProblem) {
  const Scratch scratch;
  EXPECT_THAT(verify_directory(scratch / "absent").value(), HasSubstr("manifest.json"));
  publish_directory(scratch / "d", writing("x", "hello"));
  fs::rename(scratch / "d/x", scratch / "x");
  EXPECT_THAT(verify_directory(scratch / "d").value(), HasSubstr("found none"));
  fs::create_symlink(scratch / "x", scratch / "d/x");
  EXPECT_THAT(verify_directory(scratch / "d").value(), HasSubstr("regular file"))
      << "a link may change its target later";
  fs::remove(scratch / "d/x");
  fs::create_directory(scratch / "d/x");
  EXPECT_TRUE(verify_directory(scratch / "d"));
}

TEST(Publish, AManifestThatLeavesTheDirectoryIsDamage) {
  const Scratch scratch;
  for (const char* name : {"../x", "/etc/passwd", "a/../../x", "./x", "", "manifest.json"}) {
    const fs::path directory = scratch / nonce();
    make_directory(directory);
    const nlohmann::json files = {{{"name", name}, {"bytes", 1}, {"sha256", ""}}};
    const nlohmann::json manifest = {{"format", "rlreason directory"},
                                     {"version", 1},
                                     {"files", files},
                                     {"facts", nullptr},
                                     {"digest", ""}};
    write_file_atomic(directory / "manifest.json", manifest.dump());
    EXPECT_THAT(sentence_of<DataError>([&] { read_manifest(directory); }),
                HasSubstr("leaves the directory"))
        << name;
  }
  for (const char* text : {"", "[", "[]", "null", "{}", "{\"format\": 3}", "\xff"}) {
    const fs::path directory = scratch / nonce();
    make_directory(directory);
    write_file_atomic(directory / "manifest.json", text);
    EXPECT_THROW(read_manifest(directory), DataError) << text;
  }
}

TEST(Publish, CleaningLeavesTheLivingAlone) {
  const Scratch scratch;
  fs::path alive;
  const auto fill = [&](const fs::path& directory) {
    alive = directory;
    writing("x", "text")(directory);
    EXPECT_EQ(clean_leftovers(scratch.path()), 0) << "its publisher is at work";
    EXPECT_TRUE(fs::exists(directory / "x"));
  };
  make_directories(scratch / "dead.tmp.0123456789abcdef/inner");
  write_file_atomic(scratch / "file.tmp.0123456789abcdef", "dead");
  write_file_atomic(scratch / "other.tmp", "not ours");
  EXPECT_EQ(clean_leftovers(scratch.path()), 2);
  EXPECT_TRUE(fs::exists(scratch / "other.tmp"));
  publish_directory(scratch / "d", fill);
  EXPECT_EQ(verify_directory(scratch / "d"), std::nullopt);
  EXPECT_EQ(clean_leftovers(scratch / "absent"), 0);
}

TEST(Publish, RemoveDirectoryIsFineWhenAbsent) {
  const Scratch scratch;
  remove_directory(scratch / "absent");
  publish_directory(scratch / "d/", writing("x", "text"));
  remove_directory(scratch / "d/");
  EXPECT_TRUE(fs::is_empty(scratch.path()));
}

}  // namespace
}  // namespace rlreason::process
