"""What a refutation says: the clause it teaches, and the bounds it stands on.

A reason is a bound (0 on), a learned clause (-2 down) or DECIDED; of its literals those count that failed before what it forced.
"""

from __future__ import annotations

import numpy as np

from engine.kernels.circuit_propagate import FAILS, TAIL
from engine.kernels.compiled import compiled

DECIDED = -1


@compiled
def _span(why, starts, ends):
    """Where the literals of a reason lie."""
    if why >= 0:
        return starts[why], starts[why + 1]
    return ends[-2 - why], ends[-1 - why]


@compiled
def learn(
    refuted, depth, starts, literals, state, trail, notes, level, reason, place, learned, ends, used, seen, clause
):
    """Resolve until one literal of this level is left; (how many literals, the level to go back to). The clause's first asserts."""
    many, open_, at, back = 1, 0, notes[TAIL] - 1, 0
    why, before = refuted, notes[TAIL] + 1
    while True:
        a, b = _span(why, starts, ends)
        if why >= 0:
            used[why] = 1
        for i in range(a, b):
            literal = literals[i] if why >= 0 else learned[i]
            v = literal >> 1
            if state[literal] != FAILS or place[v] >= before or seen[v] or level[v] == 0:
                if state[literal] == FAILS and level[v] == 0 and place[v] < before and seen[v] == 0:
                    seen[v] = 2  # holds without assumptions, for reasons that are leant on too
                continue
            seen[v] = 1
            if level[v] == depth:
                open_ += 1
            else:
                clause[many] = literal
                many += 1
        while seen[trail[at] >> 1] != 1 or level[trail[at] >> 1] != depth:
            at -= 1
        v = trail[at] >> 1
        open_ -= 1
        if open_ == 0:
            break
        seen[v] = 0
        why, before = np.int64(reason[v]), place[v]
        at -= 1
    clause[0] = trail[at] ^ 1
    seen[trail[at] >> 1] = 0
    second = 1
    for i in range(1, many):
        seen[clause[i] >> 1] = 0
        if level[clause[i] >> 1] > back:
            back, second = level[clause[i] >> 1], i
    if many > 1:
        clause[1], clause[second] = clause[second], clause[1]
    _roots(starts, literals, state, trail, notes, level, reason, place, learned, ends, used, seen)
    return many, back


@compiled
def _roots(starts, literals, state, trail, notes, level, reason, place, learned, ends, used, seen):
    """Mark the bounds behind what is marked (2) as holding at level 0, and take the marks away."""
    end = 0
    while end < notes[TAIL] and level[trail[end] >> 1] == 0:
        end += 1
    for at in range(end - 1, -1, -1):
        v = trail[at] >> 1
        if seen[v] != 2:
            continue
        seen[v] = 0
        why = np.int64(reason[v])
        if why == DECIDED:
            continue
        if why >= 0:
            used[why] = 1
        a, b = _span(why, starts, ends)
        for i in range(a, b):
            literal = literals[i] if why >= 0 else learned[i]
            if state[literal] == FAILS and place[literal >> 1] < at:
                seen[literal >> 1] = 2


@compiled
def lean(refuted, starts, literals, state, trail, notes, reason, place, learned, ends, used, seen):
    """Mark the bounds behind a refutation by all that is on the trail."""
    if refuted >= 0:
        used[refuted] = 1
    a, b = _span(refuted, starts, ends)
    for i in range(a, b):
        literal = literals[i] if refuted >= 0 else learned[i]
        if state[literal] == FAILS:
            seen[literal >> 1] = 1
    _behind(starts, literals, state, trail, notes, reason, place, learned, ends, used, seen)


@compiled
def lean_on(literal, starts, literals, state, trail, notes, reason, place, learned, ends, used, seen):
    """Mark the bounds behind the failing of a literal."""
    seen[literal >> 1] = 1
    _behind(starts, literals, state, trail, notes, reason, place, learned, ends, used, seen)


@compiled
def _behind(starts, literals, state, trail, notes, reason, place, learned, ends, used, seen):
    for at in range(notes[TAIL] - 1, -1, -1):
        v = trail[at] >> 1
        if seen[v] == 0 or reason[v] == DECIDED:
            continue
        why = np.int64(reason[v])
        if why >= 0:
            used[why] = 1
        a, b = _span(why, starts, ends)
        for i in range(a, b):
            literal = literals[i] if why >= 0 else learned[i]
            if state[literal] == FAILS and place[literal >> 1] < at:
                seen[literal >> 1] = 1
