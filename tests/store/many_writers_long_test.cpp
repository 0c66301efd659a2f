// The same as many_writers_store_test.cpp at the size that is promised: 10^5 steps a run; 200 kills.
#include "tests/store/many_writers.h"

namespace rlreason::store {
namespace {

TEST_F(ManyWriters, AHundredThousandStepsEach) { all_at_once(100000); }
TEST_F(ManyWriters, TwoHundredKills) { killed(100000, 200, 0.01); }

}  // namespace
}  // namespace rlreason::store
