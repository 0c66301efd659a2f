// Eight writing runs, an ingester, a planner and two readers on one store: nothing lost, nothing twice, nobody sees "busy".
#include "tests/store/many_writers.h"

namespace rlreason::store {
namespace {

TEST_F(ManyWriters, ThreeThousandStepsEach) { all_at_once(3000); }
TEST_F(ManyWriters, TwelveKills) { killed(4000, 12, 0.01); }

}  // namespace
}  // namespace rlreason::store
