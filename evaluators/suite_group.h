// Groups of suites by name: a YAML list that `--suite` expands, and whose macro average is reported.
//
//   macro = mean over the suites;  standard error = sqrt(sum of the suites' squared errors) / number of suites
// Not here: suites (suite.h), each suite's own interval (intervals.h).
// Errors: UserError for an unknown name or a malformed file.
// Thread safety: pure functions.
#pragma once

#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "core/config/field.h"

namespace rlreason::eval {

struct SuiteGroup {
  std::string name, summary, source;
  std::vector<std::string> suites;

  static constexpr auto fields() {
    using config::field, config::not_empty;
    using C = SuiteGroup;
    return std::tuple{field(&C::name, "name", "name of the group", not_empty()).required(),
                      field(&C::summary, "summary", "what it covers, in one line"),
                      field(&C::source, "source", "who reports it"),
                      field(&C::suites, "suites", "suites of the group, in order", not_empty()).required()};
  }
};

std::vector<std::string> suite_group_names();  // the built-in ones
SuiteGroup load_suite_group(std::string_view name);
// Suites in order, each once, groups replaced by theirs; a file that lists `suites` is a group.  A name that is neither a
// suite nor a group stays, for load_suite to refuse.
std::vector<std::string> expand_suites(const std::vector<std::string>& names);

}  // namespace rlreason::eval
