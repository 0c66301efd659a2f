// The ledger task solved another way, for tests: the list is read back from the prompt's text and summed without a modulus.
#pragma once

#include <map>
#include <sstream>
#include <string>
#include <vector>

namespace rlreason::data::reference {

struct Solved {
  char format = '?';
  int operations = 0;
  int answer = -1;
  char first_label = '?';
  std::string terse, verbose;  // the two solutions in the order of the labels
  bool in_order = true;
};

inline std::vector<std::string> words(const std::string& text) {
  std::istringstream stream(text);
  std::vector<std::string> all;
  for (std::string word; stream >> word;) all.push_back(word);
  return all;
}

inline Solved solve(const std::string& prompt) {
  Solved solved;
  std::map<std::string, int> operations;  // sorted by label
  int start = 0;
  std::string pending, last_label;
  for (const std::string& word : words(prompt)) {
    const char c = word[0];
    const bool label = c >= 'a' && c <= 'p', operation = c == '+' || c == '-';
    if (solved.format == '?') {
      solved.format = c;
    } else if (label || operation) {
      if (pending.empty()) {
        pending = word;
        continue;
      }
      const std::string name = label ? word : pending;
      operations[name] = std::stoi(label ? pending : word);
      solved.in_order = solved.in_order && (last_label.empty() || last_label < name);
      last_label = name;
      pending.clear();
    } else if (c != '?') {
      start = std::stoi(word);
    }
  }
  int sum = start;
  const auto rest = [](int value) { return ((value % 31) + 31 * 31) % 31; };
  for (const auto& [label, operand] : operations) {
    sum += operand;
    const std::string value = std::to_string(rest(sum));
    solved.terse += value + " ";
    solved.verbose += label + " " + (operand > 0 ? "+" : "") + std::to_string(operand) + " " + value + " ";
  }
  solved.operations = static_cast<int>(operations.size());
  solved.answer = rest(sum);
  solved.first_label = operations.begin()->first[0];
  solved.terse += "# " + std::to_string(solved.answer);
  solved.verbose += "# " + std::to_string(solved.answer);
  return solved;
}

}  // namespace rlreason::data::reference
