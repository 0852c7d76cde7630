#include "node/repair.h"

#include "node/lives.h"
#include "node/merge.h"

namespace ocop {

void compare_everything(ChangeLog& log)
{
    begin_life(log.replica(), Rewound::repair, 0);
    Merge merge{log, {}};
    merge.take_back(0);  // whatever we have, from wherever: it is told again
    merge.repair();
    State& state = log.replica().mutable_state();
    state.unequal = 0;
    state.repaired_at = log.replica().environment().clock->now_ms();
}

}  // namespace ocop
