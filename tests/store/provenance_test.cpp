// What an attempt ran with: read from a real git folder, kept by the store, compared with the present program.
#include "core/store/provenance.h"

#include <sys/stat.h>

#include <fstream>

#include "core/build_info.h"
#include "core/digest.h"
#include "core/process/self.h"
#include "core/process/spawn.h"
#include "core/runlog/provenance.h"
#include "tests/store/fixture.h"

namespace rlreason::store {
namespace {

using runlog::Kind;
using runlog::Writer;

class Provenance : public StoreTest {
 protected:
  void git(const std::vector<std::string>& words) const {
    std::vector<std::string> argv = {"git",         "-C", repository().string(), "-c",
                                     "user.name=t", "-c", "user.email=t@t"};
    argv.insert(argv.end(), words.begin(), words.end());
    auto child = process::spawn(
        {.argv = argv, .out = process::Output::none(), .err = process::Output::none()});
    const auto status = child.wait(std::chrono::seconds(20));
    ASSERT_TRUE(status && status->ok()) << words.front();
  }
  std::filesystem::path repository() const { return folder / "code"; }
  void write(const std::string& name, const std::string& text) const {
    std::ofstream(repository() / name) << text;
  }
  void make_repository() const {
    std::filesystem::create_directories(repository() / "runs");
    git({"init", "-q"});
    write("recipe.yaml", "lr: 1\n");
    git({"add", "recipe.yaml"});
    git({"commit", "-q", "-m", "first"});
  }
  json state() const { return runlog::code_state(repository(), repository() / "runs"); }
  std::filesystem::path logged(const std::string& uid, const std::vector<json>& codes) const {
    const auto directory = make_run(uid, run_json(uid));
    int64_t n = 0;
    for (const auto& code : codes) {
      json greeting = hello(10 * n);
      if (!code.is_null()) greeting["code"] = code;
      greeting["environment"] = {{"cpu", "c"}, {"threads", 2}};
      greeting["boot_id"] = "b";
      greeting["pid_start"] = 77;
      Writer writer(directory, fmt::format("{:04d}-a", ++n), greeting);
      writer.append(Kind::step, step(10 * n, 0.5));
      writer.close(
          {{"exit_code", n == static_cast<int64_t>(codes.size()) ? 0 : 75}, {"reason", ""}});
    }
    return directory;
  }
  static json program(const std::string& source) {
    json code = {{"source", source}, {"commit", "c-" + source}};
    for (const char* key : {"binary", "git_sha", "git_tree", "diff", "diff_text", "untracked"})
      code[key] = "";
    code["dirty"] = false;
    return code;
  }
};

TEST_F(Provenance, TellsTheProgramAndTheStateOfAGitFolder) {
  make_repository();
  const json clean = state();
  EXPECT_EQ(clean.at("source"), build_info().source);
  EXPECT_EQ(clean.at("source").get<std::string>().size(), 16u);
  EXPECT_EQ(clean.at("binary"), sha256_file(process::own_executable()));
  EXPECT_EQ(clean.at("git_sha").get<std::string>().size(), 40u);
  EXPECT_NE(clean.at("git_sha"), clean.at("git_tree"));
  EXPECT_EQ(clean.at("dirty"), false);
  write("runs/log", "results do not make code dirty");
  EXPECT_EQ(state(), clean);
  write("recipe.yaml", "lr: 2\n");
  const json edited = state();
  EXPECT_EQ(edited.at("dirty"), true);
  EXPECT_NE(edited.at("diff_text").get<std::string>().find("+lr: 2"), std::string::npos);
  EXPECT_EQ(edited.at("diff"), sha256(edited.at("diff_text").get<std::string>()));
  write("recipe.yaml", "lr: 1\n");
  EXPECT_EQ(state(), clean);
  write("new.yaml", "a");
  const json added = state();
  EXPECT_EQ(added.at("dirty"), true);
  write("new.yaml", "b");
  EXPECT_NE(state().at("untracked"), added.at("untracked"));
  write("recipe.yaml", std::string(runlog::kKeptDiffBytes, 'x'));
  EXPECT_EQ(state().at("diff_text"), "");
  EXPECT_NE(state().at("diff"), "");
}

TEST_F(Provenance, OutsideGitThereIsStillAProgram) {
  std::filesystem::create_directories(repository());
  EXPECT_EQ(state().at("git_sha"), "");
  EXPECT_EQ(state().at("dirty"), false);
  EXPECT_NE(state().at("binary"), "");
  EXPECT_EQ(runlog::code_state(folder / "absent", folder).at("git_sha"), "");
}

TEST_F(Provenance, AFolderCannotMakeGitRunPrograms) {
  make_repository();
  const auto script = folder / "evil.sh";
  std::ofstream(script) << "#!/bin/sh\ntouch " << (folder / "ran").string() << "\n";
  ::chmod(script.c_str(), 0755);
  std::ofstream(repository() / ".gitattributes") << "* diff=evil\n";
  for (const char* key :
       {"core.fsmonitor", "diff.external", "diff.evil.textconv", "diff.evil.command"})
    git({"config", key, script.string()});
  write("recipe.yaml", "lr: 3\n");
  EXPECT_EQ(state().at("dirty"), true);
  EXPECT_FALSE(std::filesystem::exists(folder / "ran"));
}

TEST_F(Provenance, IsKeptPerAttempt) {
  json dirty = program("s1");
  dirty["dirty"] = true, dirty["diff_text"] = "+a\n", dirty["diff"] = sha256("+a\n"),
  dirty["git_sha"] = "abc";
  auto store = Store::open(file);
  EXPECT_TRUE(store.ingest(logged("u1", {dirty, program("s2")})).problems.empty());
  const auto rows = provenance(store, "u1");
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_EQ(rows[0].code->git_sha, "abc");
  EXPECT_TRUE(rows[0].code->dirty);
  EXPECT_EQ(diff_text(store, rows[0].code->diff_digest), "+a\n");
  EXPECT_EQ(rows[1].code->source, "s2");
  EXPECT_EQ(rows[1].environment.at("cpu"), "c");
  EXPECT_EQ(rows[1].pid_start, 77);
  set_backend(store, "u1", "slurm", "81_7");
  EXPECT_EQ(provenance(store, "u1")[1].handle, "81_7");
  EXPECT_EQ(provenance(store, "u1")[0].handle, "");
  EXPECT_EQ(store.integrity_problem(), std::nullopt);
}

TEST_F(Provenance, StaleWhenAnyAttemptIsOfAnotherProgram) {
  auto store = Store::open(file);
  store.ingest(logged("same", {program("now"), program("now")}));
  store.ingest(logged("mixed", {program("old"), program("now")}));
  store.ingest(logged("silent", {program("now"), json()}));
  store.register_run(run_json("planned"), folder / "planned");
  EXPECT_EQ(staleness(store, "same", "now").freshness, Freshness::same);
  EXPECT_EQ(staleness(store, "same", "later", "x").reason, "made by c-now, this program is x");
  EXPECT_EQ(staleness(store, "mixed", "now").freshness, Freshness::stale);
  EXPECT_EQ(staleness(store, "silent", "now").freshness, Freshness::unknown);
  EXPECT_EQ(staleness(store, "planned", "now").freshness, Freshness::unknown);
  const auto stale = stale_runs(store, "now", "x");
  ASSERT_EQ(stale.size(), 1u);
  EXPECT_EQ(stale.at("mixed"), "made by c-old, this program is x");
  EXPECT_EQ(stale_runs(store).size(), 3u);  // neither "now" nor "old" is this build
}

TEST_F(Provenance, IllFormedCodeIsAProblemNotACrash) {
  auto store = Store::open(file);
  json wrong = program("s");
  wrong["git_sha"] = 7;
  const auto report = store.ingest(logged("u1", {wrong}));
  ASSERT_EQ(report.problems.size(), 1u);
  EXPECT_NE(report.problems[0].find("git_sha"), std::string::npos);
  EXPECT_EQ(store.curve("u1", "train/loss").size(), 1u);
}

}  // namespace
}  // namespace rlreason::store
