#include "datasets/tasks/grid4.h"

#include "datasets/tasks/answer.h"
#include "datasets/tasks/problem.h"

namespace rlreason::data {
namespace {

constexpr std::string_view kDigits = "1234";

size_t row_of(size_t field) { return field / 4; }
size_t column_of(size_t field) { return field % 4; }
size_t box_of(size_t field) { return field / 8 * 2 + field % 4 / 2; }

// Units 0-3 are rows, 4-7 columns, 8-11 boxes.
bool in_unit(size_t field, size_t unit) {
  return unit < 4   ? row_of(field) == unit
         : unit < 8 ? column_of(field) == unit - 4
                    : box_of(field) == unit - 8;
}
std::string name_of_unit(size_t unit) {
  return fmt::format("{} {}", unit < 4 ? "row" : unit < 8 ? "column" : "box", unit % 4 + 1);
}

std::string fault_of(const Grid4& puzzle, std::string_view answer) {
  const auto grid = grid4_from(answer);
  if (!grid || written(*grid).find('.') != std::string::npos)
    return "it is not a grid of 16 digits 1 to 4";
  for (size_t i = 0; i < 16; ++i) {
    if (puzzle[i] != '.' && puzzle[i] != (*grid)[i])
      return fmt::format("{} was given", name_of_field(i));
    if (!allowed(*grid, i, (*grid)[i])) return fmt::format("{} repeats a digit", name_of_field(i));
  }
  return "";
}

Verdict judge(const Question& question, std::string_view response) {
  const auto puzzle = grid4_from(question.gold);
  if (!puzzle) return unscored("sudoku", "the gold is not a grid of 16 digits and points");
  return judge_marked("sudoku", response, [&](std::string& answer) {
    std::string fault = fault_of(*puzzle, answer);
    if (const auto grid = grid4_from(answer)) answer = written(*grid);
    return fault;
  });
}

std::string reference(const Question& question) {
  auto grid = grid4_from(question.gold);
  if (!grid) return "";
  for (size_t i = 0; i < 16; ++i)
    if ((*grid)[i] != '.' && !allowed(*grid, i, (*grid)[i])) return "";
  return filled(*grid, nullptr) ? "# " + written(*grid) : "";
}

const RegisterVerifier kEntry{
    {.name = "sudoku",
     .version = "1",
     .summary = "the 4 x 4 grid after the last '#' is complete and keeps the given digits",
     .verify = judge,
     .reference = reference}};

}  // namespace

std::optional<Grid4> grid4_from(std::string_view text) {
  Grid4 grid{};
  size_t count = 0;
  for (const char c : text) {
    if (c == '/' || c == ' ') continue;
    if (count == 16 || (c != '.' && kDigits.find(c) == std::string_view::npos)) return std::nullopt;
    grid[count++] = c;
  }
  return count == 16 ? std::optional(grid) : std::nullopt;
}

std::string written(const Grid4& grid) {
  std::string out;
  for (size_t i = 0; i < 16; ++i) out += (i > 0 && i % 4 == 0 ? "/" : "") + std::string(1, grid[i]);
  return out;
}

std::string name_of_field(size_t field) {
  return fmt::format("r{}c{}", row_of(field) + 1, column_of(field) + 1);
}

bool allowed(const Grid4& grid, size_t field, char digit) {
  for (size_t i = 0; i < 16; ++i) {
    const bool meets = row_of(i) == row_of(field) || column_of(i) == column_of(field) ||
                       box_of(i) == box_of(field);
    if (i != field && meets && grid[i] == digit) return false;
  }
  return true;
}

std::optional<Deduction> next_deduction(const Grid4& grid) {
  for (size_t field = 0; field < 16; ++field) {
    if (grid[field] != '.') continue;
    std::string fits, others;
    for (const char digit : kDigits) (allowed(grid, field, digit) ? fits : others) += digit;
    if (fits.size() == 1) return Deduction{field, fits[0], "not " + others};
  }
  for (size_t unit = 0; unit < 12; ++unit)
    for (const char digit : kDigits) {
      std::vector<size_t> fits;
      bool there = false;
      for (size_t field = 0; field < 16; ++field) {
        if (!in_unit(field, unit)) continue;
        there = there || grid[field] == digit;
        if (grid[field] == '.' && allowed(grid, field, digit)) fits.push_back(field);
      }
      if (!there && fits.size() == 1)
        return Deduction{fits[0], digit, "only in " + name_of_unit(unit)};
    }
  return std::nullopt;
}

bool filled(Grid4& grid, std::vector<std::string>* steps) {
  size_t field = 0;
  while (field < 16 && grid[field] != '.') ++field;
  if (field == 16) return true;
  for (const char digit : kDigits) {
    if (!allowed(grid, field, digit)) continue;
    if (steps) steps->push_back(fmt::format("{}={}", name_of_field(field), digit));
    grid[field] = digit;
    if (filled(grid, steps)) return true;
    grid[field] = '.';
  }
  if (steps) steps->push_back(name_of_field(field) + " none no");
  return false;
}

}  // namespace rlreason::data
