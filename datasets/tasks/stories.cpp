#include "datasets/tasks/stories.h"

namespace rlreason::data {

const std::vector<Story>& stories() {
  static const std::vector<Story> all = {
      {.name = "bags",
       .sentences = "{N} has {a} {I}. {N} buys {b} bags with {c} {I} each.",
       .question = "How many {I} does {N} have now?",
       .request = "Find the number of {I} that {N} has now.",
       .equations = {"t=b*c", "t=a+t"},
       .clauses = {{{"Then {N} gives {d} {I} to {M}.", '-', 'd'},
                    {"Later {N} finds {e} more {I}.", '+', 'e'}}},
       .noop = "{M} likes {n} of the {I} best.",
       .things = {"apples", "marbles", "shells"}},
      {.name = "wage",
       .sentences = "{N} earns {a} dollars an hour and works {b} hours a day for {c} days.",
       .question = "How many dollars does {N} have in the end?",
       .request = "Find how many dollars {N} has in the end.",
       .equations = {"t=a*b", "t=t*c"},
       .clauses = {{{"{N} spends {d} dollars on {I}.", '-', 'd'},
                    {"{M} pays back {e} dollars to {N}.", '+', 'e'}}},
       .noop = "The way to work takes {n} minutes.",
       .things = {"lunch", "books", "paint"}},
      {.name = "seats",
       .sentences = "A hall has {a} rows with {b} {I} each. {c} {I} are taken.",
       .question = "How many {I} are free?",
       .request = "Find how many {I} are free.",
       .equations = {"t=a*b", "t=t-c"},
       .clauses = {{{"{N} takes {d} more {I} for guests.", '-', 'd'},
                    {"{M} brings {e} new {I}, all of them free.", '+', 'e'}}},
       .noop = "{n} of the {I} are green.",
       .things = {"seats", "chairs", "stools"}},
      {.name = "boxes",
       .sentences =
           "{N} bakes {a} trays with {b} {I} each and packs all of them into boxes of {c}.",
       .question = "How many boxes does {N} have?",
       .request = "Find how many boxes {N} has.",
       .equations = {"t=a*b", "t=t/c"},
       .clauses = {{{"Then {N} sells {d} boxes.", '-', 'd'},
                    {"{M} brings {e} more boxes.", '+', 'e'}}},
       .noop = "Each tray bakes for {n} minutes.",
       .things = {"rolls", "pies", "buns"}},
      {.name = "ride",
       .sentences =
           "{N} rides {a} miles an hour for {b} hours and then {c} miles an hour for 2 hours.",
       .question = "How many miles away from the start is {N}?",
       .request = "Find how many miles {N} is away from the start.",
       .equations = {"t=a*b", "u=c*2", "t=t+u"},
       .clauses = {{{"Then {N} turns round and rides {d} miles back.", '-', 'd'},
                    {"After a rest {N} goes {e} miles further away.", '+', 'e'}}},
       .noop = "{M} lives {n} miles from the next {I}.",
       .things = {"school", "lake", "shop"}},
      {.name = "ages",
       .sentences = "{N} is {a} years old. {M} is {b} times as old and has a sister of {c} years.",
       .question = "How old are they all together?",
       .request = "Find the sum of all their ages in years.",
       .equations = {"t=a*b", "t=a+t", "t=t+c"},
       .clauses = {{{"Their cousin of {d} years joins them.", '+', 'd'},
                    {"A friend of {e} years comes too.", '+', 'e'}}},
       .noop = "They have {n} {I} at home.",
       .things = {"cats", "dogs", "birds"}},
      {.name = "change",
       .sentences = "{N} has {a} notes of 10 dollars and buys {b} {I} for {c} dollars each.",
       .question = "How many dollars are left?",
       .request = "Find how many dollars are left.",
       .equations = {"t=b*c", "u=a*10", "t=u-t"},
       .clauses = {{{"Then {N} pays {d} dollars for a bus.", '-', 'd'},
                    {"{M} gives {N} {e} dollars.", '+', 'e'}}},
       .noop = "{n} other people stand in the queue.",
       .things = {"pens", "cups", "caps"}},
      {.name = "pages",
       .sentences = "A {I} has {a} parts of 20 pages. {N} reads {b} pages a day for {c} days.",
       .question = "How many pages are left to read?",
       .request = "Find how many pages are left to read.",
       .equations = {"t=b*c", "u=a*20", "t=u-t"},
       .clauses = {{{"On the next day {N} reads {d} pages.", '-', 'd'},
                    {"{M} adds {e} pages of notes that {N} must read.", '+', 'e'}}},
       .noop = "{M} has read {n} pages of it.",
       .things = {"novel", "report", "diary"}},
  };
  return all;
}

const std::vector<std::string_view>& names(bool rare) {
  static const std::vector<std::string_view> common = {"Anna", "Ben",   "Clara", "David",
                                                       "Emma", "Felix", "Grace", "Henry",
                                                       "Ida",  "Jonas", "Lena",  "Max"};
  static const std::vector<std::string_view> unusual = {"Xochitl", "Quillon", "Zephyr", "Wrenna",
                                                        "Vashti",  "Yorick",  "Ulric",  "Oona"};
  return rare ? unusual : common;
}

}  // namespace rlreason::data
