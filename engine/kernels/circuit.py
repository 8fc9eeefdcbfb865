"""Which literals are possible under given choices: one pass up the circuit, one down, and one look at each literal.

Exact: what is said to be possible is chosen in some configuration that the choices allow, and nothing else is.
"""

from __future__ import annotations

from engine.kernels.circuit_layout import (
    H_CHILD,
    H_CHILDREN,
    H_CLASS,
    H_EDGES,
    H_FREE_IN,
    H_FREE_INS,
    H_IN,
    H_INS,
    H_NODE,
    H_NODES,
    H_OPTIONS,
    H_VARIABLES,
    NEVER,
)
from engine.kernels.compiled import compiled

POSSIBLE, FORCED, EXCLUDED = 0, 1, 2
"""What is left of an option: both ways, chosen only, or not chosen only."""


@compiled
def strike(arena, choices, barred, dead):
    """Bar what is opposite to each choice (a literal of an option) and strike the edges that have it; false on contradiction."""
    variables, edges = arena[H_VARIABLES], arena[H_EDGES]
    for i in range(2 * variables):
        barred[i] = 0
    for i in range(edges):
        dead[i] = 0
    first, ins, classes = arena[H_IN], arena[H_INS], arena[H_CLASS]
    for i in range(len(choices)):
        literal = arena[classes + (choices[i] >> 1)]
        if literal < 0:
            if (literal == NEVER) != (choices[i] & 1):
                return False
            continue
        against = literal ^ 1 ^ (choices[i] & 1)
        if barred[against ^ 1]:
            return False
        if barred[against] == 0:
            barred[against] = 1
            for j in range(arena[first + against], arena[first + against + 1]):
                dead[arena[ins + j]] = 1
    return True


@compiled
def rise(arena, dead, holds):
    """Strike the edges that stand on a node without edges; whether the root still has one. holds: int8 [nodes]."""
    nodes, edges_of, child, children = arena[H_NODES], arena[H_NODE], arena[H_CHILD], arena[H_CHILDREN]
    e, c = 0, 0
    for n in range(nodes):
        some = 0
        end = arena[edges_of + n + 1]
        while e < end:
            last = arena[child + e + 1]
            good = 1 - dead[e]
            while c < last:
                good &= holds[arena[children + c]]
                c += 1
            dead[e] = 1 - good
            some |= good
            e += 1
        holds[n] = some
    return holds[nodes - 1] != 0


@compiled
def sink(arena, dead, holds):
    """Strike the edges that no configuration comes by."""
    nodes, edges_of, child, children = arena[H_NODES], arena[H_NODE], arena[H_CHILD], arena[H_CHILDREN]
    for n in range(nodes - 1):
        holds[n] = 0
    for n in range(nodes - 1, -1, -1):
        for e in range(arena[edges_of + n], arena[edges_of + n + 1]):
            if holds[n] == 0:
                dead[e] = 1
            elif dead[e] == 0:
                for c in range(arena[child + e], arena[child + e + 1]):
                    holds[arena[children + c]] = 1


@compiled
def domains(arena, choices, barred, dead, holds, literals, out):
    """Say of each option what is left of it under the choices; false (and nothing said) where no configuration has them all.

    choices: int32, literals of options. Workspace: barred int8 [2 variables], dead int8 [edges], holds int8 [nodes], literals int8
    [2 variables]. out: int8 [options].
    """
    if not strike(arena, choices, barred, dead) or not rise(arena, dead, holds):
        return False
    sink(arena, dead, holds)
    first, ins, frees, free_ins = arena[H_IN], arena[H_INS], arena[H_FREE_IN], arena[H_FREE_INS]
    for v in range(arena[H_VARIABLES]):
        free = 0
        for j in range(arena[frees + v], arena[frees + v + 1]):
            if dead[arena[free_ins + j]] == 0:
                free = 1
                break
        for literal in range(2 * v, 2 * v + 2):
            some = free & (1 - barred[literal])
            if some == 0:
                for j in range(arena[first + literal], arena[first + literal + 1]):
                    if dead[arena[ins + j]] == 0:
                        some = 1
                        break
            literals[literal] = some
    classes = arena[H_CLASS]
    for option in range(arena[H_OPTIONS]):
        literal = arena[classes + option]
        if literal < 0:
            out[option] = EXCLUDED if literal == NEVER else FORCED
        elif literals[literal]:
            out[option] = POSSIBLE if literals[literal ^ 1] else FORCED
        else:
            out[option] = EXCLUDED
    return True


@compiled
def allows(arena, choices, barred, dead, holds):
    """Whether some configuration has all the choices."""
    return strike(arena, choices, barred, dead) and rise(arena, dead, holds)


@compiled
def refused(arena, choices, asked, barred, dead, holds, out):
    """Say of each literal asked whether no configuration has it with all the choices: out, int8 [asked]; false where none has those."""
    if not allows(arena, choices, barred, dead, holds):
        return False
    sink(arena, dead, holds)
    first, ins, frees, free_ins = arena[H_IN], arena[H_INS], arena[H_FREE_IN], arena[H_FREE_INS]
    for i in range(len(asked)):
        literal = arena[arena[H_CLASS] + (asked[i] >> 1)]
        if literal < 0:
            out[i] = (literal == NEVER) != (asked[i] & 1)
            continue
        literal ^= asked[i] & 1
        out[i] = 1
        for j in range(arena[first + literal], arena[first + literal + 1]):
            if dead[arena[ins + j]] == 0:
                out[i] = 0
                break
        if out[i] and barred[literal] == 0:
            for j in range(arena[frees + (literal >> 1)], arena[frees + (literal >> 1) + 1]):
                if dead[arena[free_ins + j]] == 0:
                    out[i] = 0
                    break
    return True
