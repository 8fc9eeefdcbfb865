"""What holds in every configuration, and which literals always go together: found by assuming each one and its opposite in turn.

Sound, and complete enough to make a model small; what it misses, the circuit itself finds.
"""

from __future__ import annotations

import numpy as np

from engine.kernels.circuit_propagate import HOLDS, OPEN, TAIL, assume, begin, counters, occurrences, propagate, undo
from engine.kernels.compiled import entry

MOST_ROUNDS = 4


@entry
def probe(starts, literals, weights, reach, variables):
    """(satisfiable as far as one sees, state of each literal, the literal each variable is the same as).

    state: int8 [2 variables]. same: int32 [variables], 2 v where a variable stands for itself; follow it until it does not move.
    """
    first, bound, weight = occurrences(starts, literals, weights, variables)
    slack, need = counters(starts, weights, reach)
    state = np.zeros(2 * variables, np.int8)
    trail, notes = np.empty(variables + 1, np.int32), np.zeros(4, np.int64)
    same = 2 * np.arange(variables, dtype=np.int32)
    seen = np.zeros(2 * variables, np.int32)
    stamp = 0
    if not begin(starts, literals, weights, slack, need, state, trail, notes):
        return False, state, same
    if propagate(starts, literals, weights, first, bound, weight, slack, need, state, trail, notes) >= 0:
        return False, state, same
    for _ in range(MOST_ROUNDS):
        before = notes[TAIL]
        for v in range(variables):
            if state[2 * v] != OPEN or same[v] != 2 * v:
                continue
            mark = notes[TAIL]
            stamp += 1
            assume(2 * v, state, trail, notes)
            wrong = propagate(starts, literals, weights, first, bound, weight, slack, need, state, trail, notes) >= 0
            for at in range(mark, notes[TAIL]):
                seen[trail[at]] = stamp
            undo(mark, first, bound, weight, slack, need, state, trail, notes)
            if wrong:
                assume(2 * v + 1, state, trail, notes)
                if propagate(starts, literals, weights, first, bound, weight, slack, need, state, trail, notes) >= 0:
                    return False, state, same
                continue
            assume(2 * v + 1, state, trail, notes)
            wrong = propagate(starts, literals, weights, first, bound, weight, slack, need, state, trail, notes) >= 0
            end = notes[TAIL]
            undo(mark, first, bound, weight, slack, need, state, trail, notes)  # the trail's literals still lie there
            if wrong:
                assume(2 * v, state, trail, notes)
                if propagate(starts, literals, weights, first, bound, weight, slack, need, state, trail, notes) >= 0:
                    return False, state, same
                continue
            for at in range(mark + 1, end):
                literal = trail[at]
                if seen[literal ^ 1] == stamp and same[literal >> 1] == (literal & ~1):
                    same[literal >> 1] = 2 * v + (1 if literal & 1 == 0 else 0)
                    seen[literal ^ 1] = 0
            both = 0
            for at in range(mark + 1, end):
                if seen[trail[at]] == stamp:
                    seen[trail[at]] = 0
                    trail[mark + both] = trail[at]
                    both += 1
            for at in range(mark, mark + both):
                state[trail[at]], state[trail[at] ^ 1] = HOLDS, 2
            notes[TAIL] += both
            if (
                both
                and propagate(starts, literals, weights, first, bound, weight, slack, need, state, trail, notes) >= 0
            ):
                return False, state, same
        if notes[TAIL] == before:
            break
    return True, state, same
