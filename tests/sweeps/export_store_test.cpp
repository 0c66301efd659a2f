// Exported tables: every format of one comparison, hostile names and texts, reports in the store, edited and stale files.
#include <map>
#include <sstream>

#include "core/store/invalidations.h"
#include "core/store/neutral.h"
#include "core/store/reports.h"
#include "evaluators/stored_texts.h"
#include "sweeps/compare/markup.h"
#include "sweeps/compare/question.h"
#include "sweeps/compare/report.h"
#include "sweeps/compare/verify.h"
#include "sweeps/experiment.h"
#include "sweeps/run_files.h"
#include "tests/support/strict_html.h"
#include "tests/sweeps/fixture.h"

namespace rlreason::sweep {
namespace {

using testing_support::StrictHtml;
using train::RunKind;

constexpr const char* kHostile =
    "</td><script>alert(1)</script> & \"q\" 'x' \\input{x} $5_% \x1b[31m\xff |";

class ExportTest : public SweepTest {
 protected:
  ExportTest() : store_(store::Store::open(root_ / "store.db")) {
    for (const std::string row : {"alpha", "beta"})
      for (uint64_t seed = 0; seed < 2; ++seed) {
        const double share = row == "alpha" ? 0.5 : 0.25 + 0.125 * static_cast<double>(seed);
        const size_t trained = add(RunKind::train, row, seed, {{"steps", 4}});
        add(RunKind::evaluate, "evaluate " + row, seed,
            {{"suites", {{"hard", share}, {"easy", 0.75}}}}, {{"checkpoint", trained}});
        names_.push_back(graph_.specs[trained].directory());
      }
    PoolOptions pool = options();
    pool.launch.store = &store_;
    throw_for(graph_, run_local(graph_, pool));
    question_.what = names_;
    question_.suites = {"hard", "hard@2", "easy"};
  }

  Exported made(Format format) {
    const Answer found = answer(store_, question_);
    return export_report(store_, found.comparison, found.input, format, question_.to_json(),
                         question_.command());
  }
  fs::path write(const std::string& name, const std::string& text) {
    std::ofstream(root_ / name, std::ios::binary) << text;
    return root_ / name;
  }
  std::vector<VerifiedTable> verified(const std::string& text) {
    return verify_file(store_, write("table.txt", text));
  }
  static std::string with(std::string text, const std::string& from, const std::string& to) {
    const size_t at = text.find(from);
    EXPECT_NE(at, std::string::npos) << from << "\n" << text;
    return at == std::string::npos ? text : text.replace(at, from.size(), to);
  }

  store::Store store_;
  std::vector<std::string> names_;
  Question question_;
};

constexpr Format kAll[] = {Format::markdown, Format::latex, Format::csv, Format::json,
                           Format::html};

TEST_F(ExportTest, EveryFormatNamesItsReportAndIsOk) {
  for (const Format format : kAll) {
    const Exported table = made(format);
    EXPECT_NE(table.text.find(table.id.substr(0, kShownIdDigits)), std::string::npos)
        << to_string(format);
    EXPECT_EQ(table.text.find(report_placeholder()), std::string::npos);
    const auto found = verified(table.text);
    ASSERT_EQ(found.size(), 1u) << to_string(format);
    EXPECT_EQ(found[0].state(), TableState::ok)
        << to_string(format) << ": "
        << (found[0].problems.empty() ? "" : found[0].problems[0].sentence);
    EXPECT_EQ(found[0].runs, 8);
    EXPECT_EQ(made(format).id, table.id);  // the same table is the same report
  }
  EXPECT_EQ(store::reports(store_).size(), 5u);
}

TEST_F(ExportTest, AnEditedNumberIsNamedInEveryFormat) {
  for (const Format format : kAll) {
    const std::string text = made(format).text;
    // beta's mean on hard is (0.25 + 0.375) / 2 = 0.3125
    const std::string number = format == Format::csv || format == Format::json ? "0.3125" : "0.31";
    const auto found = verified(with(text, number, "0.91"));
    ASSERT_EQ(found.size(), 1u);
    EXPECT_EQ(found[0].state(), TableState::edited) << to_string(format);
    const std::string sentence = found[0].problems.at(0).sentence;
    EXPECT_NE(sentence.find("0.91"), std::string::npos) << sentence;
    EXPECT_NE(sentence.find(number), std::string::npos) << sentence;
  }
}

TEST_F(ExportTest, AnyChangedDigitIsSeen) {
  const std::string text = made(Format::latex).text;
  for (size_t i = text.find('\n'); i < text.size(); ++i) {
    if (text[i] < '0' || text[i] > '9') continue;
    std::string changed = text;
    changed[i] = text[i] == '9' ? '0' : static_cast<char>(text[i] + 1);
    EXPECT_EQ(verified(changed)[0].state(), TableState::edited) << "digit at byte " << i;
  }
}

TEST_F(ExportTest, ATableInsideAPaperIsFoundAndLineEndsDoNotMatter) {
  const std::string table = made(Format::latex).text;
  std::string windows;
  for (const char c : "\\section{Results}\nWords 0.99.\n" + table + "\\end{document}\n")
    windows += c == '\n' ? std::string("\r\n") : std::string(1, c);
  EXPECT_EQ(verified(windows).at(0).state(), TableState::ok);
  EXPECT_EQ(verified(table.substr(0, table.size() / 2)).at(0).state(), TableState::edited);
  const auto none = verified("no table here\n");
  EXPECT_EQ(none.at(0).state(), TableState::unknown);
  const auto other = verified("% rlreason report 0123456789ab inputs\n");
  EXPECT_EQ(other.at(0).state(), TableState::unknown);
}

TEST_F(ExportTest, ANumberThatTheStoreNoLongerGivesIsStale) {
  const std::string text = made(Format::csv).text;
  store::InvalidationRow wrong;
  wrong.selector = "recipe = \"beta\"";
  wrong.reason = "advantage used ddof=0";
  wrong.runs = {store_.find_run(names_[2]).uid};
  const std::string uid = store::add_invalidation(store_, wrong);
  const auto found = verified(text);
  ASSERT_EQ(found.at(0).state(), TableState::stale);
  EXPECT_NE(found[0].problems[0].sentence.find("advantage used ddof=0"), std::string::npos);
  store::remove_invalidation(store_, uid);
  EXPECT_EQ(verified(text).at(0).state(), TableState::ok);
}

TEST_F(ExportTest, TheQuestionIsKeptWhole) {
  question_.allow = {"code-drift", "protocol"};
  question_.equivalence = 0.25;
  question_.allow_diff = {"update.*"};
  const Question again = Question::from_json(question_.to_json());
  EXPECT_EQ(again.to_json(), question_.to_json());
  EXPECT_NE(
      question_.command().find("--suites hard,hard@2,easy --allow code-drift,protocol --allow-diff "
                               "'update.*' --equivalence 0.25"),
      std::string::npos)
      << question_.command();
}

// What a browser shows is what was given; nothing of it becomes markup.
TEST_F(ExportTest, HostileTextStaysTextInHtml) {
  Answer found = answer(store_, question_);
  for (ComparedRow& row : found.comparison.rows)
    if (row.label == "beta") row.label = kHostile;
  for (CellFacts& cell : found.input.cells)
    if (cell.row == "beta") cell.row = kHostile;
  for (Curve& curve : found.comparison.curves)
    if (curve.row == "beta") curve.row = kHostile;
  found.comparison.question = found.comparison.name = kHostile;
  found.comparison.notes.push_back({"protocol", kHostile, kHostile, true});
  found.comparison.footnotes.push_back(kHostile);
  // A response of beta that is as bad.
  CellFacts& cell = found.input.cells.at(2);
  store::EvalFacts& facts = cell.suites.at("hard");
  facts.row.texts = {"texts.jsonl.gz"};
  std::vector<eval::StoredText> texts;
  for (const store::ItemFact& item : facts.items)
    for (const store::SampleFact& sample : item.samples) {
      eval::StoredText text;
      text.id = item.id;
      text.sample = sample.sample;
      text.gold = text.text = text.prompt = kHostile;
      texts.push_back(text);
    }
  eval::write_texts(fs::path(cell.evaluation->directory) / "texts.jsonl.gz", texts);

  const std::string page =
      document(found.comparison, found.input, Format::html,
               {.id = "abc", .inputs_digest = "d", .store_uuid = "s", .command = kHostile});
  const StrictHtml read(page);
  EXPECT_EQ(read.count.contains("script"), false);
  EXPECT_NE(read.text.find("</td><script>alert(1)</script> & \"q\" 'x'"), std::string::npos);
  EXPECT_EQ(page.find('\x1b'), std::string::npos);
  EXPECT_EQ(page.find("http://"), std::string::npos);
  EXPECT_EQ(page.find("https://"), std::string::npos);
  EXPECT_GE(read.count.at("svg"), 5);  // dots, two rows of learning curves, two of pass@k
  EXPECT_GE(read.count.at("details"), 2);
  EXPECT_GE(read.count.at("pre"), 4);
  for (const std::string& attribute : read.attributes)
    EXPECT_EQ(attribute.find("nan"), std::string::npos) << attribute;
}

TEST_F(ExportTest, HostileTextStaysTextInLatexCsvAndMarkdown) {
  EXPECT_EQ(latex_escape("a_b & 50% {x} \\y $z #1 ~^<>|"),
            "a\\_b \\& 50\\% \\{x\\} \\textbackslash{}y \\$z \\#1 "
            "\\textasciitilde{}\\textasciicircum{}\\textless{}\\textgreater{}\\textbar{}");
  EXPECT_EQ(csv_text("=cmd|'/c calc'!A1"), "'=cmd|'/c calc'!A1");
  EXPECT_EQ(csv_text("a,\"b\""), "\"a,\"\"b\"\"\"");
  EXPECT_EQ(csv_text("a\nb"), "a\\nb");
  Answer found = answer(store_, question_);
  found.comparison.rows[1].label = kHostile;
  const ReportHead head{
      .id = "abc", .inputs_digest = "d", .store_uuid = "s", .command = "c\n\\input{x}"};
  const std::string tex = document(found.comparison, found.input, Format::latex, head);
  EXPECT_EQ(tex.find("\\input"), tex.find("% made by: c\\n\\input") + 14);  // in the comment only
  std::istringstream lines(document(found.comparison, found.input, Format::csv, head));
  std::string line;
  while (std::getline(lines, line))
    EXPECT_TRUE(line.ends_with(",abc") || line.ends_with(",report")) << line;
  const std::string markdown = document(found.comparison, found.input, Format::markdown, head);
  EXPECT_EQ(markdown.find('\x1b'), std::string::npos);
  EXPECT_EQ(markdown.find("<script"), std::string::npos);
}

TEST_F(ExportTest, WaivedRulesStandInEveryFormat) {
  store::InvalidationRow wrong;
  wrong.selector = "x";
  wrong.reason = "ddof=0";
  wrong.runs = {store_.find_run(names_[2]).uid};
  store::add_invalidation(store_, wrong);
  question_.allow = {"invalidated"};
  for (const Format format : kAll) {
    const std::string text = made(format).text;
    EXPECT_NE(text.find("was invalidated: ddof=0"), std::string::npos) << to_string(format);
    EXPECT_NE(text.find("allowed"), std::string::npos) << to_string(format);
  }
}

TEST_F(ExportTest, TheCorrectionStandsInEveryFormat) {
  const std::map<Format, std::string> holm = {{Format::markdown, "p (Holm)"},
                                              {Format::latex, "p_\\mathrm{Holm}"},
                                              {Format::csv, ",p_holm,"},
                                              {Format::json, "\"p_holm\""},
                                              {Format::html, "p (Holm)"}},
                                      bh = {{Format::markdown, "p (Benjamini-Hochberg)"},
                                            {Format::latex, "p_\\mathrm{BH}"},
                                            {Format::csv, ",p_bh,"},
                                            {Format::json, "\"p_bh\""},
                                            {Format::html, "p (Benjamini-Hochberg)"}};
  for (const Format format : kAll)
    EXPECT_NE(made(format).text.find(holm.at(format)), std::string::npos) << to_string(format);
  question_.correction = "bh";
  EXPECT_EQ(Question::from_json(question_.to_json()).correction, "bh");
  EXPECT_NE(question_.command().find(" --correction bh"), std::string::npos);
  for (const Format format : kAll) {
    const std::string text = made(format).text;
    EXPECT_NE(text.find(bh.at(format)), std::string::npos) << to_string(format);
    EXPECT_EQ(text.find("Holm"), std::string::npos) << to_string(format);
    EXPECT_EQ(verified(text).at(0).state(), TableState::ok) << to_string(format);
  }
  question_.correction = "bonferroni";
  EXPECT_THROW(made(Format::csv), UserError);
}

TEST_F(ExportTest, ANeutralChangeStandsInEveryFormatUntilItIsTakenBack) {
  for (const std::string& name :
       {names_[2], names_[3]}) {  // both of beta, by a program of another day
    json run = read_run(root_ / "runs" / name);
    run["build"] = "rlreason 0.0.1 (commit 0ldf00d, Release)";
    process::write_file_atomic(root_ / "runs" / name / "run.json", run.dump());
  }
  store_ = store::Store::open(root_ / "again.db");
  for (const auto& entry : fs::directory_iterator(root_ / "runs"))
    if (fs::exists(entry.path() / "run.json")) store_.ingest(entry.path());
  const std::string refusal = sentence_of<RefusedError>([&] { made(Format::csv); });
  std::istringstream command(refusal.substr(refusal.find("compare neutral ") + 16));
  std::string a, b;  // as the refusal says
  command >> a >> b;
  const std::string uid = store::add_neutral(store_, {.a = store::find_program(store_, a),
                                                      .b = store::find_program(store_, b),
                                                      .reason = kHostile});
  std::vector<std::string> texts;
  for (const Format format : kAll) {
    const std::string text = texts.emplace_back(made(format).text);
    EXPECT_NE(text.find("declared neutral"), std::string::npos) << to_string(format);
    EXPECT_NE(text.find("alert(1)"), std::string::npos) << to_string(format);
    EXPECT_EQ(text.find('\x1b'), std::string::npos) << to_string(format);
    EXPECT_TRUE(format != Format::html || !StrictHtml(text).count.contains("script"));
    EXPECT_TRUE(format != Format::latex || text.find("\\input") == std::string::npos);
    EXPECT_EQ(verified(text).at(0).state(), TableState::ok) << to_string(format);
  }
  store::remove_neutral(store_, uid);
  for (const std::string& text : texts) {
    const auto found = verified(text);
    ASSERT_EQ(found.at(0).state(), TableState::stale);
    EXPECT_NE(found[0].problems[0].sentence.find("code-drift"), std::string::npos);
  }
}

}  // namespace
}  // namespace rlreason::sweep
