#include "core/store/filter.h"

#include <algorithm>
#include <map>
#include <optional>

#include "core/error.h"
#include "core/registry.h"
#include "core/store/filter_syntax.h"
#include "core/store/internal.h"
#include "core/store/neutral.h"

namespace rlreason::store {
namespace {

// SQL text made of our own pieces, and what is bound to its question marks in order.
struct Query {
  std::string sql;
  std::vector<FilterValue> bound;
  void bind(FilterValue value) { bound.push_back(std::move(value)); }
};

// Of the program's version line, "rlreason 0.1.0 (commit abc1234, ...".
constexpr const char* kCommit =
    "substr(r.build, instr(r.build, '(commit ') + 8, instr(r.build, ',') - instr(r.build, '(commit ') - 8)";
constexpr const char* kCreated = "strftime('%Y-%m-%dT%H:%M:%S', r.created_ms / 1000, 'unixepoch')";

const std::map<std::string, const char*>& columns() {  // of `run r`; all texts but the numbers
  static const std::map<std::string, const char*> all = {{"uid", "r.uid"},
                                                         {"name", "r.name"},
                                                         {"kind", "r.kind"},
                                                         {"recipe", "r.recipe"},
                                                         {"setting", "r.setting"},
                                                         {"seed", "r.seed"},
                                                         {"identity", "r.identity"},
                                                         {"state", "r.state"},
                                                         {"reason", "r.reason"},
                                                         {"directory", "r.directory"},
                                                         {"iteration", "r.iteration"},
                                                         {"commit", kCommit},
                                                         {"created", kCreated}};
  return all;
}

// Rows beside the run, one of which must fit.
const std::map<std::string, const char*>& related() {
  static const std::map<std::string, const char*> all = {
      {"tag", "EXISTS(SELECT 1 FROM tag x WHERE x.run_id = r.id AND x.tag"},
      {"note", "EXISTS(SELECT 1 FROM note x WHERE x.run_id = r.id AND x.text"},
      {"variant",
       "EXISTS(SELECT 1 FROM variant_run l JOIN variant x ON x.id = l.variant_id WHERE l.run_id = "
       "r.id AND "
       "x.label"},
      {"experiment",
       "EXISTS(SELECT 1 FROM variant_run l JOIN variant v ON v.id = l.variant_id JOIN experiment x "
       "ON "
       "x.id = v.experiment_id WHERE l.run_id = r.id AND x.name"}};
  return all;
}

class Compiler {
 public:
  explicit Compiler(const Store& store) : store_(store), db_(store.connection()) {}
  Query query{"SELECT r.uid FROM run r WHERE ", {}};

  void add(const FilterNode& node) {
    if (node.kind == FilterNode::Kind::comparison) return comparison(node);
    const bool negated = node.kind == FilterNode::Kind::none;
    query.sql += negated ? "NOT (" : "(";
    for (size_t i = 0; i < node.children.size(); ++i) {
      if (i > 0) query.sql += node.kind == FilterNode::Kind::all ? " AND " : " OR ";
      add(node.children[i]);
    }
    query.sql += ")";
  }

 private:
  [[noreturn]] static void fail(const FilterNode& node, const std::string& what) {
    throw UserError("filter: at character {}: {}", node.at, what);
  }

  // "<left> = ?"; never NULL, so that NOT means what it says.
  void compare(const FilterNode& node, const std::string& left) {
    if (node.op == "contains") {
      query.sql += "COALESCE(instr(" + left + ", ?) > 0, 0)";
    } else if (node.op == "in") {
      query.sql += "COALESCE(" + left + " IN (";
      for (size_t i = 0; i < node.values.size(); ++i) query.sql += i == 0 ? "?" : ",?";
      query.sql += "), 0)";
    } else {
      query.sql += "COALESCE(" + left + " " + node.op + " ?, 0)";  // op: one of the grammar's own
    }
    for (const auto& value : node.values) query.bind(value);
  }

  static bool all_numbers(const FilterNode& node) {
    return std::none_of(node.values.begin(), node.values.end(),
                        [](const auto& v) { return std::holds_alternative<std::string>(v); });
  }
  static bool all_texts(const FilterNode& node) {
    return std::all_of(node.values.begin(), node.values.end(),
                       [](const auto& v) { return std::holds_alternative<std::string>(v); });
  }

  void comparison(const FilterNode& node) {
    if (const auto it = columns().find(node.name); it != columns().end()) {
      const bool number = node.name == "seed" || node.name == "iteration";
      if (number ? !all_numbers(node) : !all_texts(node))
        fail(node, fmt::format("required a {} to compare {} with", number ? "number" : "\"text\"",
                               node.name));
      return compare(node, it->second);
    }
    if (const auto it = related().find(node.name); it != related().end())
      return relation(node, it->second);
    if (node.name == "stale" || node.name == "invalid") return condition(node);
    if (metric(node) || suite(node) || parameter(node)) return;
    unknown(node);
  }

  // != means that none is equal, not that some other one is there.
  void relation(const FilterNode& node, const std::string& exists) {
    if (!all_texts(node)) fail(node, "required a \"text\" to compare " + node.name + " with");
    FilterNode inner = node;
    if (node.op == "!=") {
      query.sql += "NOT ";
      inner.op = "=";
    }
    const size_t column = exists.rfind(' ') + 1;
    query.sql += exists.substr(0, column);
    compare(inner, exists.substr(column));
    query.sql += ")";
  }

  void condition(const FilterNode& node) {
    if ((node.op != "=" && node.op != "!=") || !std::holds_alternative<bool>(node.values[0]))
      fail(node, "required " + node.name + " = true or false");
    const bool wanted = std::get<bool>(node.values[0]) == (node.op == "=");
    if (!wanted) query.sql += "NOT ";
    if (node.name == "invalid") {
      query.sql += "EXISTS(SELECT 1 FROM invalidation_run x WHERE x.run_id = r.id)";
      return;
    }
    query.sql +=
        "EXISTS(SELECT 1 FROM attempt a JOIN code c ON c.id = a.code_id WHERE a.run_id = r.id AND "
        "c.source NOT IN (";
    const char* mark = "?";
    for (const auto& source : neutral_changes(store_).sources_like(this_program())) {
      query.sql += mark;
      mark = ",?";
      query.bind(source);
    }
    query.sql += "))";
  }

  std::optional<int64_t> metric_id(const std::string& name) {
    auto statement = db_.prepare("SELECT id FROM metric WHERE name = ?");
    statement.bind(name);
    if (!statement.step()) return std::nullopt;
    return statement.integer(0);
  }

  bool metric(const FilterNode& node) {
    std::string column = "last";
    auto id = metric_id(node.name);
    if (const size_t dot = node.name.rfind('.'); !id && dot != std::string::npos) {
      const std::string part = node.name.substr(dot + 1);
      const std::map<std::string, std::string> parts = {{"last", "last"},
                                                        {"min", "min"},
                                                        {"max", "max"},
                                                        {"mean", "mean"},
                                                        {"nonfinite", "n_nonfinite"}};
      if (!parts.contains(part)) return false;
      column = parts.at(part);
      id = metric_id(node.name.substr(0, dot));
    }
    if (!id) return false;
    numbers_only(node);
    query.sql += fmt::format(
        "EXISTS(SELECT 1 FROM summary x WHERE x.run_id = r.id AND x.metric_id = {} AND ", *id);
    compare(node, "x." + column);
    query.sql += ")";
    return true;
  }

  void numbers_only(const FilterNode& node) {
    if (!all_numbers(node) || node.op == "contains")
      fail(node, "required a number to compare " + node.name + " with");
  }

  bool suite(const FilterNode& node) {
    auto known = db_.prepare("SELECT 1 FROM eval_result WHERE suite = ? LIMIT 1");
    known.bind(node.name);
    if (!known.step()) return false;
    numbers_only(node);
    query.bind(node.name);
    query.sql +=
        "EXISTS(SELECT 1 FROM (SELECT SUM(e.n_right) * 1.0 / SUM(e.n_samples) share FROM "
        "eval_result e JOIN "
        "attempt a ON a.id = e.attempt_id WHERE a.run_id = r.id AND e.suite = ? GROUP BY "
        "e.iteration ORDER BY "
        "e.iteration DESC LIMIT 1) x WHERE ";
    compare(node, "x.share");
    query.sql += ")";
    return true;
  }

  bool parameter(const FilterNode& node) {
    auto known = db_.prepare("SELECT 1 FROM param WHERE path = ? LIMIT 1");
    known.bind(node.name);
    if (!known.step()) return false;
    const bool texts = all_texts(node);
    if (!texts && !all_numbers(node)) fail(node, "required values of one kind");
    query.bind(node.name);
    query.sql += "EXISTS(SELECT 1 FROM param x WHERE x.run_id = r.id AND x.path = ? AND ";
    compare(node, texts ? "x.txt" : "x.num");
    query.sql += ")";
    return true;
  }

  [[noreturn]] void unknown(const FilterNode& node) {
    std::vector<std::string> names = {"tag", "note", "experiment", "variant", "stale", "invalid"};
    for (const auto& [name, column] : columns()) names.push_back(name);
    for (const char* sql : {"SELECT name FROM metric", "SELECT DISTINCT suite FROM eval_result",
                            "SELECT DISTINCT path FROM param LIMIT 5000"}) {
      auto statement = db_.prepare(sql);
      while (statement.step()) names.push_back(statement.text(0));
    }
    fail(node, fmt::format("required a name that this store knows, '{}' came; did you mean '{}'?",
                           node.name.substr(0, 100), nearest(node.name, names)));
  }

  const Store& store_;
  Connection& db_;
};

}  // namespace

std::set<std::string> matching_runs(const Store& store, const std::string& filter) {
  const FilterNode tree = parse_filter(filter);
  Connection& db = store.connection();
  const ReadTransaction snapshot(db);
  Compiler compiler(store);
  compiler.add(tree);
  auto statement = db.prepare(compiler.query.sql);
  for (const auto& value : compiler.query.bound) {
    if (const auto* text = std::get_if<std::string>(&value))
      statement.bind(*text);
    else if (const auto* number = std::get_if<double>(&value))
      statement.bind(*number);
    else
      statement.bind(int64_t{std::get<bool>(value)});
  }
  std::set<std::string> uids;
  while (statement.step()) uids.insert(statement.text(0));
  return uids;
}

std::vector<RunRow> only_matching(const Store& store, std::vector<RunRow> runs,
                                  const std::string& filter) {
  if (filter.empty()) return runs;
  const auto fits = matching_runs(store, filter);
  std::erase_if(runs, [&](const RunRow& row) { return !fits.contains(row.uid); });
  return runs;
}

}  // namespace rlreason::store
