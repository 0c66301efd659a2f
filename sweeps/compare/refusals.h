// What stands in the way of a fair comparison, collected by rule and then either one RefusedError or notes.
//
//   Refusals refusals("compare", allow);               rules: incomplete, protocol, gates
//   refusals.add("protocol", "a and b were judged by different verifiers");
//   notes = refusals.settle();                         throws unless every rule that was added is allowed
//
// Errors: UserError for an unknown rule in `allow`; RefusedError from settle().
// Thread safety: one user.
#pragma once

#include <set>
#include <string>
#include <utility>
#include <vector>

namespace rlreason::sweep {

class Refusals {
 public:
  Refusals(std::string name, std::set<std::string> allow);
  void add(const std::string& rule, const std::string& sentence);
  std::vector<std::string> settle() const;

 private:
  std::string name_;
  std::set<std::string> allow_;
  std::vector<std::pair<std::string, std::string>> found_;
};

}  // namespace rlreason::sweep
