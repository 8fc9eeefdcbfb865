"""A compiled circuit as one int32 array that passes run over, saved and mapped as it is.

    header | nodes: first edge | edges: first literal, free, child | literals | frees | children | of each literal its edges |
    of each variable the edges where it is free | of each option its class

Passes ask of a literal in which edges it is, rather than of an edge its literals: a choice strikes few edges, and a literal is
possible as soon as one edge that is left has it.
"""

from __future__ import annotations

import numpy as np

from engine.kernels.compiled import entry

(H_MAGIC, H_NODES, H_EDGES, H_VARIABLES, H_OPTIONS, H_NODE, H_LITERAL, H_FREE, H_CHILD, H_LITERALS, H_FREES, H_CHILDREN,
 H_IN, H_INS, H_FREE_IN, H_FREE_INS, H_CLASS, HEADER) = range(18)  # fmt: skip
MAGIC = 0x51434B31
ALWAYS, NEVER = -1, -2
"""What an option's class says where it is none: chosen in every configuration, or in no one."""


@entry
def lay_out(edges, items, nodes, variables, classes):
    """The arena of what `search` made: only what the root reaches, and a node of one edge and one use put into that edge."""
    many = len(nodes)
    uses = np.zeros(many, np.int32)
    uses[many - 1] = 1
    for n in range(many - 1, 0, -1):
        if uses[n]:
            for k in range(2):
                e = nodes[n, k]
                if e >= 0:
                    for i in range(edges[e, 1], edges[e, 2]):
                        uses[items[i]] += 1
    number = np.full(many, -1, np.int32)
    own, own_edges, lits, free, children = 0, 0, 0, 0, 0
    for n in range(1, many):
        if uses[n]:
            for k in range(2):
                e = nodes[n, k]
                if e >= 0:
                    lits += edges[e, 0] - (edges[e - 1, 2] if e else 0)
                    free += edges[e, 1] - edges[e, 0]
                    children += edges[e, 2] - edges[e, 1]
            if n == many - 1 or uses[n] > 1 or nodes[n, 1] >= 0:
                number[n] = own
                own += 1
                own_edges += 1 + (nodes[n, 1] >= 0)
            else:
                children -= 1
    sizes = (own + 1, own_edges + 1, own_edges + 1, own_edges + 1, lits, free, children,
             2 * variables + 1, lits, variables + 1, free, len(classes))  # fmt: skip
    total = HEADER
    for size in sizes:
        total += size
    arena = np.zeros(total, np.int32)
    arena[H_MAGIC], arena[H_NODES], arena[H_EDGES] = MAGIC, own, own_edges
    arena[H_VARIABLES], arena[H_OPTIONS] = variables, len(classes)
    at = HEADER
    for k in range(len(sizes)):
        arena[H_NODE + k] = at
        at += sizes[k]
    _fill(arena, edges, items, nodes, uses, number)
    _index(arena, H_LITERAL, H_LITERALS, H_IN, H_INS, 2 * variables)
    _index(arena, H_FREE, H_FREES, H_FREE_IN, H_FREE_INS, variables)
    arena[arena[H_CLASS] : arena[H_CLASS] + len(classes)] = classes
    return arena


@entry
def _fill(arena, edges, items, nodes, uses, number):
    """Nodes, edges and their items; nodes keep their order, children first."""
    edge, tops = 0, np.zeros(3, np.int64)
    pending = np.empty(len(nodes) + 1, np.int64)
    for n in range(1, len(nodes)):
        if number[n] < 0:
            continue
        arena[arena[H_NODE] + number[n]] = edge
        for k in range(2):
            if nodes[n, k] < 0:
                continue
            for part in range(3):
                arena[arena[H_LITERAL + part] + edge] = tops[part]
            pending[0], depth = nodes[n, k], 1
            while depth:  # the edge, and those of nodes that are put into it
                depth -= 1
                e = pending[depth]
                begin = edges[e - 1, 2] if e else 0
                for i in range(begin, edges[e, 1]):
                    part = 0 if i < edges[e, 0] else 1
                    arena[arena[H_LITERALS + part] + tops[part]] = items[i]
                    tops[part] += 1
                for i in range(edges[e, 1], edges[e, 2]):
                    child = items[i]
                    if number[child] >= 0:
                        arena[arena[H_CHILDREN] + tops[2]] = number[child]
                        tops[2] += 1
                    else:
                        pending[depth] = nodes[child, 0]
                        depth += 1
            edge += 1
    arena[arena[H_NODE] + arena[H_NODES]] = edge
    for part in range(3):
        arena[arena[H_LITERAL + part] + edge] = tops[part]


@entry
def _index(arena, starts, what, first, found, count):
    """Of each literal (or variable) the edges it is in, in order."""
    edges = arena[H_EDGES]
    at = arena[first]
    for i in range(arena[what], arena[what] + arena[arena[starts] + edges]):
        arena[at + arena[i] + 1] += 1
    for one in range(count):
        arena[at + one + 1] += arena[at + one]
    top = arena[at : at + count].copy()
    for e in range(edges):
        for i in range(arena[arena[starts] + e], arena[arena[starts] + e + 1]):
            one = arena[arena[what] + i]
            arena[arena[found] + top[one]] = e
            top[one] += 1
