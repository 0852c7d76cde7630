#include "node/repair.h"

#include "node/compare.h"

namespace ocop {

void begin_repair(ChangeLog& log)
{
    begin_comparing(log, Comparing::mend);
    State& state = log.replica().mutable_state();
    state.unequal = 0;
    state.repaired_at = log.replica().environment().clock->now_ms();
}

}  // namespace ocop
