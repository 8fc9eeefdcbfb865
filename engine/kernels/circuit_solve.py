"""Whether bounds can all be reached under assumptions: search that learns a clause from each refutation.

For what no circuit answers: models that do not compile, and minimal sets of rules. The reason of a literal that a bound forced is
those of the bound's literals that failed before it; so bounds of weights need no clauses of their own. Variables are decided in
the order of the last conflicts they were in. Bounded by conflicts, never by a clock.
"""

from __future__ import annotations

import numpy as np

from engine.kernels.circuit_learn import DECIDED, lean, lean_on, learn
from engine.kernels.circuit_propagate import (
    FAILS,
    HEAD,
    HOLDS,
    OPEN,
    TAIL,
    assume,
    counters,
    occurrences,
)
from engine.kernels.compiled import compiled, entry

YES, NO, UNKNOWN = range(3)
"""What is found: a configuration, that there is none, or nothing within the limit."""
RESTART = 128


@entry
def solve(starts, literals, weights, reach, variables, assumptions, phases, most_conflicts):
    """(found, the state of each literal, which bounds the search leant on).

    phases: int8 [variables], 1 where a variable is first tried as chosen. used: int8 [bounds]; where the answer is NO, the bounds
    marked are enough for it.
    """
    first, bound, weight = occurrences(starts, literals, weights, variables)
    slack, need = counters(starts, weights, reach)
    state, used = np.zeros(2 * variables, np.int8), np.zeros(len(reach), np.int8)
    trail, notes = np.empty(variables + 1, np.int32), np.zeros(4, np.int64)
    level, reason, place = (
        np.zeros(variables, np.int32),
        np.full(variables, DECIDED, np.int32),
        np.zeros(variables, np.int32),
    )
    marks = np.zeros(variables + len(assumptions) + 2, np.int32)  # where each level begins on the trail
    seen, clause = np.zeros(variables, np.int8), np.empty(variables + 1, np.int32)
    learned, ends = np.empty(1024, np.int32), np.zeros(257, np.int64)
    watch, following = np.full(2 * variables, -1, np.int32), np.empty(512, np.int32)
    order = np.arange(variables, dtype=np.int64)  # the last conflict each was in: decided first where it is latest
    heap, where, size = (
        np.arange(variables).astype(np.int32),
        np.arange(variables).astype(np.int32),
        np.array([variables]),
    )
    phase = phases.copy()
    for v in range(variables):
        order[v] = variables - v
    depth, root, clauses, conflicts, clock, until = np.int64(0), np.int64(0), 0, 0, variables + 1, RESTART
    for c in range(len(reach)):
        if slack[c] < 0:
            used[c] = 1
            return NO, state, used
        if need[c] > 0:
            for i in range(starts[c], starts[c + 1]):
                if weights[i] <= slack[c]:
                    break
                if state[literals[i]] == OPEN:
                    _imply(np.int64(literals[i]), c, root, state, trail, notes, level, reason, place)
    while True:
        refuted = _follow(starts, literals, weights, first, bound, weight, slack, need, state, trail, notes, level, reason, place,
                          depth, learned, ends, watch, following)  # fmt: skip
        if refuted != DECIDED:
            conflicts += 1
            if depth == 0 or conflicts > most_conflicts:
                if depth == 0:
                    lean(refuted, starts, literals, state, trail, notes, reason, place, learned, ends, used, seen)
                return (NO if depth == 0 else UNKNOWN), state, used
            many, back = learn(refuted, depth, starts, literals, state, trail, notes, level, reason, place, learned, ends, used,
                                seen, clause)  # fmt: skip
            for i in range(many):
                v = clause[i] >> 1
                order[v] = clock
                if where[v] >= 0:
                    _up(where[v], heap, where, order)
            clock += 1
            depth = _back(
                back,
                depth,
                marks,
                first,
                bound,
                weight,
                slack,
                need,
                state,
                trail,
                notes,
                heap,
                where,
                size,
                order,
                phase,
            )
            if clauses + 2 >= len(ends):
                wider = np.zeros(2 * len(ends), np.int64)
                wider[: len(ends)] = ends
                ends = wider
                links = np.empty(2 * len(ends), np.int32)
                links[: len(following)] = following
                following = links
            while ends[clauses] + many > len(learned):
                more = np.empty(2 * len(learned), np.int32)
                more[: len(learned)] = learned
                learned = more
            begin = ends[clauses]
            for i in range(many):
                learned[begin + i] = clause[i]
            ends[clauses + 1] = begin + many
            if many > 1:
                for side in range(2):
                    following[2 * clauses + side] = watch[clause[side]]
                    watch[clause[side]] = 2 * clauses + side
            _imply(np.int64(clause[0]), -2 - clauses, depth, state, trail, notes, level, reason, place)
            clauses += 1
            continue
        if conflicts >= until:
            until = conflicts + RESTART
            depth = _back(
                root,
                depth,
                marks,
                first,
                bound,
                weight,
                slack,
                need,
                state,
                trail,
                notes,
                heap,
                where,
                size,
                order,
                phase,
            )
        if depth < len(assumptions):
            literal = assumptions[depth]
            if state[literal] == FAILS:
                lean_on(literal, starts, literals, state, trail, notes, reason, place, learned, ends, used, seen)
                return NO, state, used
        else:
            v = -1
            while size[0] > 0:
                v = _pop(heap, where, size, order)
                if state[2 * v] == OPEN:
                    break
                v = -1
            if v < 0:
                return YES, state, used
            literal = 2 * v + (1 - phase[v])
        marks[depth] = notes[TAIL]
        depth += 1
        if state[literal] == OPEN:
            _imply(np.int64(literal), np.int64(DECIDED), depth, state, trail, notes, level, reason, place)


@compiled
def _imply(literal, why, depth, state, trail, notes, level, reason, place):
    """Let an open literal hold for a reason: a bound (0 on), a learned clause (-2 down), or DECIDED."""
    v = literal >> 1
    level[v], reason[v], place[v] = depth, why, notes[TAIL]
    assume(literal, state, trail, notes)


@compiled
def _follow(starts, literals, weights, first, bound, weight, slack, need, state, trail, notes, level, reason, place, depth,
            learned, ends, watch, following):  # fmt: skip
    """Propagate bounds and learned clauses; what is refuted, as `reason` says it, DECIDED where nothing is."""
    refuted = DECIDED
    while notes[HEAD] < notes[TAIL] and refuted == DECIDED:
        literal = trail[notes[HEAD]]
        against = literal ^ 1
        notes[HEAD] += 1
        for j in range(first[literal], first[literal + 1]):
            need[bound[j]] -= weight[j]
        for j in range(first[against], first[against + 1]):
            c = bound[j]
            slack[c] -= weight[j]
            left = slack[c]
            if left < 0:
                refuted = c
            elif need[c] > 0 and left < weights[starts[c]] and refuted == DECIDED:
                for i in range(starts[c], starts[c + 1]):
                    if weights[i] <= left:
                        break
                    if state[literals[i]] == OPEN:
                        _imply(np.int64(literals[i]), c, depth, state, trail, notes, level, reason, place)
        if refuted != DECIDED:
            break
        link, before = watch[against], -1
        while link >= 0:
            k, after = link >> 1, following[link]
            begin, end = ends[k], ends[k + 1]
            if learned[begin] == against:  # keep the one that fails second
                learned[begin], learned[begin + 1] = learned[begin + 1], learned[begin]
            other = learned[begin]
            if state[other] != HOLDS:
                moved = False
                for i in range(begin + 2, end):
                    if state[learned[i]] != FAILS:
                        learned[begin + 1], learned[i] = learned[i], learned[begin + 1]
                        if before < 0:
                            watch[against] = after
                        else:
                            following[before] = after
                        following[link] = watch[learned[begin + 1]]
                        watch[learned[begin + 1]] = link
                        moved = True
                        break
                if moved:
                    link = after
                    continue
                if state[other] == FAILS:
                    return -2 - k
                _imply(np.int64(other), -2 - k, depth, state, trail, notes, level, reason, place)
            before, link = link, after
    return refuted


@compiled
def _back(to, depth, marks, first, bound, weight, slack, need, state, trail, notes, heap, where, size, order, phase):
    """Take back all levels above `to`; returns the depth there."""
    if depth <= to:
        return depth
    mark = marks[to]
    for at in range(notes[TAIL] - 1, mark - 1, -1):
        literal = trail[at]
        v = literal >> 1
        phase[v] = 1 - (literal & 1)
        state[literal], state[literal ^ 1] = OPEN, OPEN
        if at < notes[HEAD]:
            for j in range(first[literal], first[literal + 1]):
                need[bound[j]] += weight[j]
            for j in range(first[literal ^ 1], first[(literal ^ 1) + 1]):
                slack[bound[j]] += weight[j]
        if where[v] < 0:
            where[v], heap[size[0]] = size[0], v
            size[0] += 1
            _up(where[v], heap, where, order)
    notes[TAIL] = mark
    notes[HEAD] = min(notes[HEAD], mark)
    return to


@compiled
def _up(at, heap, where, order):
    v = heap[at]
    while at > 0 and order[heap[(at - 1) >> 1]] < order[v]:
        heap[at] = heap[(at - 1) >> 1]
        where[heap[at]] = at
        at = (at - 1) >> 1
    heap[at], where[v] = v, at


@compiled
def _pop(heap, where, size, order):
    """Take out the variable of the latest conflict."""
    top = heap[0]
    where[top] = -1
    size[0] -= 1
    if size[0] == 0:
        return top
    v, at = heap[size[0]], 0
    while True:
        child = 2 * at + 1
        if child >= size[0]:
            break
        if child + 1 < size[0] and order[heap[child + 1]] > order[heap[child]]:
            child += 1
        if order[heap[child]] <= order[v]:
            break
        heap[at] = heap[child]
        where[heap[at]] = at
        at = child
    heap[at], where[v] = v, at
    return top
