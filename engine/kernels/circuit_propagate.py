"""Unit propagation over weighted bounds: what the compiler and the solver stand on.

A bound says: the weights of its literals that hold come to `reach` at least. Two counters tell all about it: `slack`, what can still
be lost (below 0: refuted), and `need`, what is still missing (0 or less: holds whatever follows). A literal that weighs more than
the slack must hold. Of each bound literals are in order of weight, so the scan ends early, and is not begun while slack is wide.
"""

from __future__ import annotations

import numpy as np

from engine.kernels.compiled import compiled, entry

OPEN, HOLDS, FAILS = 0, 1, 2
"""What `state` says of a literal."""
TAIL, HEAD, WORK, MARKS = range(4)
"""What a search notes: the end of the trail, how much of it is propagated, steps done."""


@entry
def occurrences(starts, literals, weights, variables):
    """Of each literal the bounds it is in: first [2 variables + 1], bound, weight."""
    first = np.zeros(2 * variables + 1, np.int32)
    for i in range(len(literals)):
        first[literals[i] + 1] += 1
    for i in range(2 * variables):
        first[i + 1] += first[i]
    free = first.copy()
    bound, weight = np.empty(len(literals), np.int32), np.empty(len(literals), np.int64)
    for c in range(len(starts) - 1):
        for i in range(starts[c], starts[c + 1]):
            at = free[literals[i]]
            bound[at], weight[at] = c, weights[i]
            free[literals[i]] += 1
    return first, bound, weight


@entry
def counters(starts, weights, reach):
    """The slack and the need of each bound before anything is decided."""
    slack = np.zeros(len(reach), np.int64)
    for c in range(len(reach)):
        for i in range(starts[c], starts[c + 1]):
            slack[c] += weights[i]
        slack[c] -= reach[c]
    return slack, reach.copy()


@compiled
def assume(literal, state, trail, notes):
    """Let an open literal hold; it is propagated later."""
    state[literal], state[literal ^ 1] = HOLDS, FAILS
    trail[notes[TAIL]] = literal
    notes[TAIL] += 1


@compiled
def propagate(starts, literals, weights, first, bound, weight, slack, need, state, trail, notes):
    """Follow the trail to its end; the refuted bound, -1 where none is.

    After a refutation the counters are right for all that is before notes[HEAD], so `undo` can take it back.
    """
    refuted = -1
    while notes[HEAD] < notes[TAIL] and refuted < 0:
        literal = trail[notes[HEAD]]
        notes[HEAD] += 1
        a, b = first[literal], first[literal + 1]
        for j in range(a, b):
            need[bound[j]] -= weight[j]
        notes[WORK] += b - a
        against = literal ^ 1
        a, b = first[against], first[against + 1]
        notes[WORK] += b - a
        for j in range(a, b):
            c = bound[j]
            slack[c] -= weight[j]
            left = slack[c]
            if left < 0:
                refuted = c
            elif need[c] > 0 and left < weights[starts[c]]:
                for i in range(starts[c], starts[c + 1]):
                    if weights[i] <= left:
                        break
                    if state[literals[i]] == OPEN:
                        assume(literals[i], state, trail, notes)
    return refuted


@compiled
def undo(mark, first, bound, weight, slack, need, state, trail, notes):
    """Take back the trail down to `mark`."""
    for at in range(mark, notes[TAIL]):
        literal = trail[at]
        against = literal ^ 1
        state[literal], state[against] = OPEN, OPEN
        if at < notes[HEAD]:
            for j in range(first[literal], first[literal + 1]):
                need[bound[j]] += weight[j]
            for j in range(first[against], first[against + 1]):
                slack[bound[j]] += weight[j]
    notes[TAIL] = mark
    notes[HEAD] = min(notes[HEAD], mark)


@compiled
def begin(starts, literals, weights, slack, need, state, trail, notes):
    """Let hold what single bounds force before anything is decided; false where one cannot be reached at all."""
    for c in range(len(need)):
        if slack[c] < 0:
            return False
        if need[c] > 0:
            for i in range(starts[c], starts[c + 1]):
                if weights[i] <= slack[c]:
                    break
                if state[literals[i]] == OPEN:
                    assume(literals[i], state, trail, notes)
                elif state[literals[i]] == FAILS:
                    return False
    return True
