#include "datasets/verifiers/math/reduce.h"

#include <algorithm>

#include "datasets/verifiers/math/names.h"

namespace rlreason::data::math {
namespace {

bool is_plus_minus(const Expression& e) { return e.is(Kind::plus_minus); }
bool is_symbol(const Expression& e) { return e.is(Kind::symbol); }
bool is_matrix(const Expression& e) { return e.is(Kind::matrix); }

// Every +- with the upper or every one with the lower sign.
Expression with_sign(const Expression& e, bool upper) {
  if (e.is(Kind::plus_minus)) {
    Expression value = with_sign(e.items[0], upper);
    return upper ? value : make_negative(std::move(value));
  }
  Expression out = e;
  for (Expression& item : out.items) item = with_sign(item, upper);
  return out;
}

bool is_collection(const Expression& e) { return e.is(Kind::list) || e.is(Kind::set); }

// "2 * 45 degrees" is 90 degrees.
Expression unit_outside(Expression e) {
  if (!e.is(Kind::mul) && !e.is(Kind::add)) return e;
  std::string unit;
  for (Expression& item : e.items)
    if (item.is(Kind::quantity)) {
      unit = item.name;
      Expression inner = std::move(item.items[0]);
      item = std::move(inner);
    }
  return unit.empty() ? e : make_node(Kind::quantity, unit, {std::move(e)});
}

Expression reduced_relation(Expression e) {
  if (e.is(Kind::chain)) {
    const bool equations = std::all_of(e.items.begin(), e.items.end(),
                                       [](const Expression& r) { return r.name == "="; });
    if (!equations) return e;
    Expression first = std::move(e.items.front().items[0]),
               last = std::move(e.items.back().items[1]);
    e = make_node(Kind::relation, "=", {std::move(first), std::move(last)});
  }
  Expression& left = e.items[0];
  Expression& right = e.items[1];
  const bool finite = right.is(Kind::set) || right.is(Kind::list);
  if (e.name == "in" && finite && is_name(left)) e.name = "=";
  if (e.name != "=") return e;
  if (is_name(right) && !is_name(left)) std::swap(left, right);
  if (!has_symbols(left) && !has_symbols(right)) {  // 3 * 4 = 12
    Expression value = std::move(right);
    return value;
  }
  return e;
}

// Items with nested lists opened.
void flatten(Expression& e) {
  std::vector<Expression> items;
  for (Expression& item : e.items) {
    if (is_collection(item))
      for (Expression& inner : item.items) items.push_back(std::move(inner));
    else
      items.push_back(std::move(item));
  }
  e.items = std::move(items);
}

std::pair<size_t, size_t> shape(const Expression& matrix) {
  const size_t cross = matrix.name.find('x');
  return {std::stoul(matrix.name.substr(0, cross)), std::stoul(matrix.name.substr(cross + 1))};
}

// Nothing where the shapes do not fit.
std::optional<Expression> product(const Expression& a, const Expression& b) {
  const auto [rows, inner] = shape(a);
  const auto [other, columns] = shape(b);
  if (inner != other || rows * columns * inner > 512) return std::nullopt;
  Expression out =
      make_node(Kind::matrix, std::to_string(rows) + "x" + std::to_string(columns), {});
  for (size_t i = 0; i < rows; ++i)
    for (size_t j = 0; j < columns; ++j) {
      std::vector<Expression> terms;
      for (size_t k = 0; k < inner; ++k)
        terms.push_back(
            make_node(Kind::mul, "", {a.items[i * inner + k], b.items[k * columns + j]}));
      out.items.push_back(make_node(Kind::add, "", std::move(terms)));
    }
  return out;
}

Expression transpose(const Expression& e) {
  const auto [rows, columns] = shape(e);
  Expression out =
      make_node(Kind::matrix, std::to_string(columns) + "x" + std::to_string(rows), {});
  for (size_t j = 0; j < columns; ++j)
    for (size_t i = 0; i < rows; ++i) out.items.push_back(e.items[i * columns + j]);
  return out;
}

}  // namespace

bool has_symbols(const Expression& e) { return any_of(e, is_symbol); }

bool is_scalar(const Expression& e) {
  switch (e.kind) {
    case Kind::number:
    case Kind::symbol:
    case Kind::constant:
    case Kind::add:
    case Kind::mul:
    case Kind::power:
    case Kind::call:
    case Kind::bound:
    case Kind::percent:
    case Kind::quantity:
    case Kind::based:
      return true;
    case Kind::ratio:
      return e.items.size() == 2;
    default:
      return false;
  }
}

Expression reduced(Expression e) {
  if (e.is(Kind::chain) || e.is(Kind::relation)) {
    e = reduced_relation(std::move(e));
    if (e.is(Kind::chain)) return e;
    if (e.is(Kind::relation)) {
      for (Expression& side : e.items) side = reduced(std::move(side));
      return e;
    }
  }
  if (is_collection(e) || e.is(Kind::tuple)) {
    for (Expression& item : e.items) item = reduced(std::move(item));
    if (is_collection(e)) flatten(e);
    if (is_collection(e) && e.items.size() == 1) {
      Expression only = std::move(e.items[0]);
      return only;
    }
    return e;
  }
  if (any_of(e, is_plus_minus)) {
    Expression upper = with_sign(e, true), lower = with_sign(e, false);
    return make_node(Kind::list, "", {std::move(upper), std::move(lower)});
  }
  return unit_outside(std::move(e));
}

std::optional<std::vector<Expression>> named_values(const Expression& e) {
  if (!is_collection(e) && !e.is(Kind::tuple)) return std::nullopt;
  std::vector<Expression> out;
  for (const Expression& item : e.items) {
    if (!item.is(Kind::relation, "=") || !is_name(item.items[0])) return std::nullopt;
    out.push_back(item.items[1]);
  }
  return out.empty() ? std::nullopt : std::optional(std::move(out));
}

std::optional<Expression> as_matrix(const Expression& e) {
  if (e.is(Kind::matrix)) return e;
  if (!any_of(e, is_matrix)) return std::nullopt;
  if (e.is(Kind::add)) {
    std::optional<Expression> out = as_matrix(e.items[0]);
    for (size_t i = 1; out && i < e.items.size(); ++i) {
      std::optional<Expression> next = as_matrix(e.items[i]);
      if (!next || next->name != out->name) return std::nullopt;
      for (size_t j = 0; j < out->items.size(); ++j)
        out->items[j] =
            make_node(Kind::add, "", {std::move(out->items[j]), std::move(next->items[j])});
    }
    return out;
  }
  const bool transposed = e.is(Kind::power) && e.items[0].is(Kind::matrix) &&
                          e.items[1].is(Kind::symbol) &&
                          (e.items[1].name == "T" || e.items[1].name == "\\top");
  if (transposed) return transpose(e.items[0]);
  if (!e.is(Kind::mul)) return std::nullopt;
  std::optional<Expression> out;
  std::vector<Expression> scale;
  for (const Expression& item : e.items) {
    std::optional<Expression> matrix = as_matrix(item);
    if (matrix && out)
      out = product(*out, *matrix);
    else if (matrix)
      out = std::move(matrix);
    else
      scale.push_back(item);
    if (matrix && !out) return std::nullopt;
  }
  if (!out) return std::nullopt;
  for (Expression& cell : out->items) {
    std::vector<Expression> factors = scale;
    factors.push_back(std::move(cell));
    cell = make_node(Kind::mul, "", std::move(factors));
  }
  return out;
}

}  // namespace rlreason::data::math
