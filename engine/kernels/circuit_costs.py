"""The cheapest completion, and what each literal would make it cost: one pass up with sums and minima, one down.

Costs are whole micros and may be below 0; what all of them come to fits a word with room to spare, which the caller sees to.
"""

from __future__ import annotations

from engine.kernels.circuit import strike
from engine.kernels.circuit_layout import (
    H_CHILD,
    H_CHILDREN,
    H_CLASS,
    H_EDGES,
    H_FREE,
    H_FREE_IN,
    H_FREE_INS,
    H_FREES,
    H_IN,
    H_INS,
    H_LITERAL,
    H_LITERALS,
    H_NODE,
    H_NODES,
    H_OPTIONS,
    H_VARIABLES,
    NEVER,
)
from engine.kernels.compiled import compiled

NONE = 1 << 62
"""The cost of what is in no configuration."""


@compiled
def weigh(arena, costs, weights, base):
    """Costs of options by literal (int64 [2 options]) as weights of classes (int64 [2 variables]) and of edges (int64 [edges]).

    Returns what the options cost that are never a matter of choice.
    """
    always, classes = 0, arena[H_CLASS]
    for i in range(2 * arena[H_VARIABLES]):
        weights[i] = 0
    for option in range(arena[H_OPTIONS]):
        literal = arena[classes + option]
        if literal < 0:
            always += costs[2 * option + (literal == NEVER)]
        else:
            weights[literal] += costs[2 * option]
            weights[literal ^ 1] += costs[2 * option + 1]
    lits, literals, free, frees = arena[H_LITERAL], arena[H_LITERALS], arena[H_FREE], arena[H_FREES]
    i, f = 0, 0
    for e in range(arena[H_EDGES]):
        total = 0
        last = arena[lits + e + 1]
        while i < last:
            total += weights[arena[literals + i]]
            i += 1
        last = arena[free + e + 1]
        while f < last:
            v = arena[frees + f]
            total += min(weights[2 * v], weights[2 * v + 1])
            f += 1
        base[e] = total
    return always


@compiled
def weigh_few(arena, chosen, micros, weights, base, barred):
    """As `weigh`, of a few literals of options only: what all others cost is nothing. barred: int8 [2 variables], a workspace."""
    classes, variables = arena[H_CLASS], arena[H_VARIABLES]
    first, ins, frees, free_ins = arena[H_IN], arena[H_INS], arena[H_FREE_IN], arena[H_FREE_INS]
    for i in range(2 * variables):
        weights[i], barred[i] = 0, 0
    for e in range(arena[H_EDGES]):
        base[e] = 0
    always = 0
    for i in range(len(chosen)):
        literal = arena[classes + (chosen[i] >> 1)]
        if literal < 0:
            always += micros[i] if (literal == NEVER) == (chosen[i] & 1) else 0
            continue
        literal ^= chosen[i] & 1
        weights[literal] += micros[i]
        for j in range(arena[first + literal], arena[first + literal + 1]):
            base[arena[ins + j]] += micros[i]
    for i in range(len(chosen)):
        literal = arena[classes + (chosen[i] >> 1)]
        if literal >= 0 and barred[literal >> 1] == 0:
            v = literal >> 1
            barred[v] = 1
            more = min(weights[2 * v], weights[2 * v + 1])
            for j in range(arena[frees + v], arena[frees + v + 1]):
                base[arena[free_ins + j]] += more
    return always


@compiled
def least(arena, choices, weights, base, barred, dead, total, value):
    """What the cheapest configuration with the choices costs, of what is a matter of choice; NONE where there is none.

    total: int64 [edges], the least that an edge and all below it cost. value: int64 [nodes], the same of a node.
    """
    if not strike(arena, choices, barred, dead):
        return NONE
    edges = arena[H_EDGES]
    for e in range(edges):
        total[e] = base[e]
    frees, free_ins = arena[H_FREE_IN], arena[H_FREE_INS]
    for i in range(len(choices)):  # a free variable that is chosen costs what the choice costs, not the cheaper side
        literal = arena[arena[H_CLASS] + (choices[i] >> 1)]
        if literal < 0:
            continue
        literal ^= choices[i] & 1
        more = weights[literal] - weights[literal ^ 1]
        if more > 0 and barred[literal ^ 1] == 1:
            barred[literal ^ 1] = 2
            for j in range(arena[frees + (literal >> 1)], arena[frees + (literal >> 1) + 1]):
                total[arena[free_ins + j]] += more
    edges_of, child, children = arena[H_NODE], arena[H_CHILD], arena[H_CHILDREN]
    e, c = 0, 0
    for n in range(arena[H_NODES]):
        best = NONE
        end = arena[edges_of + n + 1]
        while e < end:
            last = arena[child + e + 1]
            if dead[e]:
                c = last
                total[e] = NONE
            else:
                sum_ = total[e]
                some = True
                while c < last:
                    more = value[arena[children + c]]
                    some &= more != NONE
                    sum_ += more if more != NONE else 0
                    c += 1
                total[e] = sum_ if some else NONE
                best = min(best, total[e])
            e += 1
        value[n] = best
    return value[arena[H_NODES] - 1]


@compiled
def every(arena, choices, weights, base, always, barred, dead, total, value, above, best, prices):
    """The least total with each literal of each option: prices, int64 [2 options]; returns the least of all, NONE where none.

    above: int64 [nodes], the least that what is around a node costs. best: int64 [2 variables]. always: what is no matter
    of choice, added to each.
    """
    cheapest = least(arena, choices, weights, base, barred, dead, total, value)
    if cheapest == NONE:
        return NONE
    nodes, edges_of, child, children = arena[H_NODES], arena[H_NODE], arena[H_CHILD], arena[H_CHILDREN]
    for n in range(nodes):
        above[n] = NONE
    above[nodes - 1] = 0
    for n in range(nodes - 1, -1, -1):
        around = above[n]
        for e in range(arena[edges_of + n], arena[edges_of + n + 1]):
            if around == NONE or total[e] == NONE:
                total[e] = NONE
                continue
            whole = around + total[e]
            total[e] = whole
            for c in range(arena[child + e], arena[child + e + 1]):
                below = arena[children + c]
                above[below] = min(above[below], whole - value[below])
    first, ins, frees, free_ins = arena[H_IN], arena[H_INS], arena[H_FREE_IN], arena[H_FREE_INS]
    for v in range(arena[H_VARIABLES]):
        free = NONE
        for j in range(arena[frees + v], arena[frees + v + 1]):
            free = min(free, total[arena[free_ins + j]])
        if free != NONE:
            yes, no = weights[2 * v], weights[2 * v + 1]
            free -= no if barred[2 * v] else yes if barred[2 * v + 1] else min(yes, no)
        for literal in range(2 * v, 2 * v + 2):
            found = NONE
            if free != NONE and barred[literal] == 0:
                found = free + weights[literal]
            for j in range(arena[first + literal], arena[first + literal + 1]):
                found = min(found, total[arena[ins + j]])
            best[literal] = found
    classes = arena[H_CLASS]
    for option in range(arena[H_OPTIONS]):
        literal = arena[classes + option]
        if literal < 0:
            never = literal == NEVER
            prices[2 * option] = NONE if never else cheapest + always
            prices[2 * option + 1] = cheapest + always if never else NONE
        else:
            yes, no = best[literal], best[literal ^ 1]
            prices[2 * option] = NONE if yes == NONE else yes + always
            prices[2 * option + 1] = NONE if no == NONE else no + always
    return cheapest + always


@compiled
def trace(arena, weights, barred, total, value, holds, literals, out):
    """The configuration that `least` priced: out, int8 [options], 1 where chosen. Of equals the first edge, and not chosen.

    holds: int8 [nodes]. literals: int8 [2 variables].
    """
    nodes, edges_of, child, children = arena[H_NODES], arena[H_NODE], arena[H_CHILD], arena[H_CHILDREN]
    lits, lit, free, frees = arena[H_LITERAL], arena[H_LITERALS], arena[H_FREE], arena[H_FREES]
    for n in range(nodes):
        holds[n] = 0
    for i in range(2 * arena[H_VARIABLES]):
        literals[i] = 0
    holds[nodes - 1] = 1
    for n in range(nodes - 1, -1, -1):
        if holds[n] == 0:
            continue
        e = arena[edges_of + n]
        while total[e] != value[n]:
            e += 1
        for i in range(arena[lits + e], arena[lits + e + 1]):
            literals[arena[lit + i]] = 1
        for i in range(arena[free + e], arena[free + e + 1]):
            v = arena[frees + i]
            yes = barred[2 * v] == 0 and (barred[2 * v + 1] != 0 or weights[2 * v] < weights[2 * v + 1])
            literals[2 * v + (0 if yes else 1)] = 1
        for c in range(arena[child + e], arena[child + e + 1]):
            holds[arena[children + c]] = 1
    classes = arena[H_CLASS]
    for option in range(arena[H_OPTIONS]):
        literal = arena[classes + option]
        out[option] = (literal != NEVER) if literal < 0 else literals[literal]
