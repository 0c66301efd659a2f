// The HTML report in a real browser: it draws the page, runs nothing, and finds nothing to complain about.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "core/process/io.h"
#include "sweeps/compare/question.h"
#include "sweeps/compare/report.h"
#include "tests/support/program.h"

namespace rlreason::sweep {
namespace {

namespace fs = std::filesystem;

std::string browser() {
  for (const char* name :
       {"/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"})
    if (fs::exists(name)) return name;
  return "";
}

Answer small_answer() {
  Answer answer;
  Comparison& c = answer.comparison;
  c.name = "<script>document.title='ran'</script>";
  c.question = "Is <b>this</b> text?";
  c.metrics = {parse_metric("exam", "")};
  c.seeds = {0, 1, 2};
  for (const char* label : {"all", "without <i>clip</i>"}) {
    ComparedRow row;
    row.label = label;
    RowValue value;
    value.mean = mean_interval({0.5, 0.6, 0.7});
    value.by_seed = {0.5, 0.6, 0.7};
    row.values.push_back(value);
    row.differences.emplace_back();
    c.rows.push_back(row);
    for (uint64_t seed : c.seeds)
      c.curves.push_back({.row = label,
                          .seed = seed,
                          .x = {100, 200, 300},
                          .y = {0.1, 0.3, 0.4},
                          .iterations = {1, 2, 3},
                          .takeoff = {},
                          .axis_is_iterations = false});
  }
  RowDifference difference;
  difference.test = paired_test({-0.1, -0.12, -0.09});
  difference.seeds = c.seeds;
  difference.by_item = Interval{-0.13, -0.08};
  c.rows[1].differences[0] = difference;
  return answer;
}

TEST(HtmlReport, IsDrawnByABrowser) {
  const std::string program = browser();
  if (program.empty()) GTEST_SKIP() << "no Chromium here: apt install chromium";
  const fs::path folder = fs::temp_directory_path() / ("rlr_html_" + process::nonce());
  fs::create_directories(folder);
  const Answer answer = small_answer();
  std::ofstream(folder / "r.html")
      << document(answer.comparison, answer.input, Format::html,
                  {.id = "0123456789ab", .inputs_digest = "d", .store_uuid = "s", .command = "c"});
  const auto run = [&](const std::vector<std::string>& extra) {
    std::vector<std::string> arguments = {"--headless", "--no-sandbox", "--disable-gpu",
                                          "--user-data-dir=" + (folder / "profile").string()};
    arguments.insert(arguments.end(), extra.begin(), extra.end());
    arguments.push_back("file://" + (folder / "r.html").string());
    process::SpawnOptions options = testing_support::program_options("", arguments, folder);
    options.argv.front() = program;
    const process::ExitStatus status = process::spawn(options).wait();
    return testing_support::Finished{status.code, status.signal,
                                     testing_support::text_of(folder / "stdout.txt"),
                                     testing_support::text_of(folder / "stderr.txt")};
  };
  const auto dom = run({"--dump-dom"});
  EXPECT_EQ(dom.code, 0) << dom.err;
  EXPECT_NE(dom.out.find("<title>&lt;script&gt;document.title='ran'&lt;/script&gt;</title>"),
            std::string::npos);
  EXPECT_NE(dom.out.find("without &lt;i&gt;clip&lt;/i&gt;"), std::string::npos);
  EXPECT_NE(dom.out.find("<svg"), std::string::npos);
  const auto shot = run({"--screenshot=" + (folder / "r.png").string(), "--window-size=1000,1400"});
  EXPECT_EQ(shot.code, 0) << shot.err;
  EXPECT_GT(fs::file_size(folder / "r.png"), 20000u);  // an empty page is below 6 kB
  fs::remove_all(folder);
}

}  // namespace
}  // namespace rlreason::sweep
