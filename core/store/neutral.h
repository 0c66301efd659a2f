// Changes of the program that somebody declared neutral: between these two programs nothing changed that matters to results.
//
// A program is the digest of the sources that results depend on; where an older program did not record one, its commit.
// Entries join programs, and what is joined to one program is joined to all that this one is joined to: `stale` and the
// rule code-drift take such programs as one.  Nothing here looks at the code: the reason is a person's word, and whoever
// relies on an entry shows it.
// Words of people come as they were written: whoever prints them makes them harmless.
// Errors: UserError (no reason, an unknown or ambiguous program, a program with itself), StoreError.
// Thread safety: as Store; NeutralChanges is a value.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "core/store/store.h"

namespace rlreason::store {

struct Program {
  std::string source;  // digest of the sources that results depend on; "" where it was not recorded
  std::string commit;  // abbreviated, "-dirty" with local changes; "" unknown
  bool operator==(const Program&) const = default;
  bool known() const { return !source.empty() || !commit.empty(); }
  // What people can paste: the digest, else the commit.
  const std::string& id() const { return source.empty() ? commit : source; }
  std::string text() const;  // "3f9c2e1 (sources 0123456789abcdef)"
};
Program this_program();
// Of a line such as "rlreason 0.1.0 (commit 3f9c2e1, Release, ...)"; nothing known when it names none.
Program program_of_build(const std::string& build_line);

struct NeutralRow {
  std::string uid = {};  // set by add_neutral
  int64_t created_ms = 0;
  Program a = {}, b = {};
  std::string reason = {}, author = {};
};

class NeutralChanges {
 public:
  NeutralChanges() = default;
  // `recorded`: programs with both names; a commit with one digest of sources stands for these.
  explicit NeutralChanges(std::vector<NeutralRow> rows, const std::vector<Program>& recorded = {});

  const std::vector<NeutralRow>& rows() const { return rows_; }  // oldest first
  // The fewest entries that lead from one program to the other, in order; empty when none do, and for one program.
  std::vector<NeutralRow> between(const Program& a, const Program& b) const;
  // Digests of sources that are as good as this program's, its own among them.
  std::set<std::string> sources_like(const Program& program) const;

 private:
  std::string name(const Program& program) const;
  std::map<std::string, size_t> reached(const std::string& from) const;  // name -> entry it was reached by

  std::vector<NeutralRow> rows_;
  std::map<std::string, std::set<std::string>> sources_of_commit_;
};
// "declared neutral: not the sampler (Ada), only the help text"; harmless text.
std::string neutral_words(const std::vector<NeutralRow>& entries);

// Its uid; the entry that is there when the pair was declared with this reason already.
std::string add_neutral(Store& store, const NeutralRow& row);
bool remove_neutral(Store& store, const std::string& uid);  // false: no such one
NeutralChanges neutral_changes(const Store& store);

struct KnownProgram {
  Program program;
  int64_t runs = 0;  // with an attempt of it, or made by it where no attempt says
  std::set<std::string> binaries = {};
};
// Of the runs of this store and of the ledger, and this program; by number of runs.
std::vector<KnownProgram> known_programs(const Store& store);
// By digest, commit, digest of the binary, or a unique beginning of these; or a program's version line.
Program find_program(const Store& store, const std::string& text);

}  // namespace rlreason::store
