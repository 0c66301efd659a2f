// What stands in the way of a fair comparison, collected by rule and then either one RefusedError or notes.
//
//   Refusals refusals("compare", allow);
//   refusals.add({.rule = "protocol", .row = "b", .seed = 0, .sentence = "...", .mend = "rlreason evaluate ..."});
//   notes = refusals.settle();        throws unless every rule that was added is allowed; findings that only warn are notes
//
// Findings that differ in their seed alone become one line.  Not here: which findings there are (rules.h).
// Errors: UserError for an unknown rule in `allow`; RefusedError from settle().
// Thread safety: one user.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace rlreason::sweep {

struct Finding {
  std::string rule;
  std::string row = {};  // empty: the whole table
  std::optional<uint64_t> seed = {};
  std::string sentence;
  std::string mend = {};  // a command that can be pasted, or what to do; a line for each way out
  bool warns = false;     // a note in any case, never a refusal
};

struct Note {
  std::string rule, row;  // row empty: the whole table
  std::string sentence;   // "luffy, seeds 0, 1: ..."
  bool waived = false;    // refused without --allow
};

class Refusals {
 public:
  Refusals(std::string name, std::set<std::string> allow);
  void add(Finding finding);
  std::vector<Note> settle() const;

 private:
  std::string name_;
  std::set<std::string> allow_;
  std::vector<Finding> found_;
};

}  // namespace rlreason::sweep
