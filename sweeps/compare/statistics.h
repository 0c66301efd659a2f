// The statistics of a comparison over seeds: paired differences by seed, power of the t test, two-level bootstrap.
//
// Pure functions of numbers.  Intervals are two-sided at 95 % unless a level is given.  Not here: metrics of one evaluation
// (evaluators/metrics.h), the t distribution itself (evaluators/intervals.h), sign flips, the corrections and a
// comparison over items of one evaluation (evaluators/paired.h), words (words.h).
// Sources: Student 1908; power of the t test from the noncentral t distribution, integrated over
// the distribution of the standard deviation; percentile bootstrap (Efron 1979) over seeds, then over items in a seed.
// Thread safety: pure but for a locked table of detectable effects; the bootstrap draws by key, so equal input gives equal
// output.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace rlreason::sweep {

struct Interval {
  double low = 0, high = 0;
  bool holds(double value) const { return low <= value && value <= high; }
};

struct MeanInterval {
  int64_t n = 0;
  double mean = 0;
  double sd = 0;                     // 0 when n < 2
  std::optional<double> half_width;  // nothing when n < 2
};

double student_two_sided_p(double t, double degrees);

MeanInterval mean_interval(const std::vector<double>& values, double level = 0.95);

// Over the rows of a table, primary metric only.  Holm bounds the chance that any row is called different and is not;
// Benjamini-Hochberg bounds the expected share of such rows among those called different, and calls more of them.
enum class Correction { holm, benjamini_hochberg };
constexpr const char* kCorrections[] = {"holm", "bh"};           // as plans and command lines say it
Correction parse_correction(const std::string& name);            // UserError
constexpr const char* to_string(Correction correction) { return kCorrections[static_cast<int>(correction)]; }
constexpr const char* name_of(Correction correction) {           // as tables say it
  return correction == Correction::holm ? "Holm" : "Benjamini-Hochberg";
}
std::vector<double> adjusted(const std::vector<double>& p_values, Correction correction);

struct PairedTest {
  MeanInterval difference;  // of row - baseline, by seed
  double p = 1;             // two-sided t; 1 when n < 2, 0 when all differences are equal and not 0
  double sign_flip_p = 1;   // exact: share of the 2^n sign patterns with |mean| at least as large
  double p_adjusted = 1;    // for the number of rows; p until compare() fills it
  double alpha = 0.05;      // of the interval and of the reading
  std::optional<double>
      detectable;  // at 80 % power and alpha, in the units of the metric; nothing when n < 2
};
PairedTest paired_test(const std::vector<double>& differences, double alpha = 0.05);

// Two one-sided t tests (Schuirmann 1987): the larger of the p values of "difference > -margin" and "< margin".  Small says that
// the difference is inside the margin.  REQUIRES: at least two values, margin > 0.
double equivalence_p(const MeanInterval& difference, double margin);

// Power of the two-sided paired t test for an effect in units of the sd, and the effect that reaches `power`.
double t_test_power(double effect, int64_t n, double alpha = 0.05);
double detectable_effect(int64_t n, double alpha = 0.05, double power = 0.8);

using ItemDifferences = std::vector<std::vector<double>>;  // [seed][item]: paired by item in a seed

// Mean of seed means; 95 % percentile interval.  The second form gives each row what the first gives it, and draws the
// random numbers once for all rows of one shape.
Interval two_level_bootstrap(const ItemDifferences& differences, int64_t resamples = 2000);
std::vector<Interval> two_level_bootstraps(const std::vector<ItemDifferences>& rows,
                                           int64_t resamples = 2000);

}  // namespace rlreason::sweep
