"""Compiles bounds into a d-DNNF: decide, propagate, split what is left into parts, compile each part once.

A node is a choice between edges; an edge is literals that hold, variables that are free, and nodes of variables of their own. By
its making every edge of a node speaks of the same variables, so that passes need no smoothing. Steps and room are bounded, and
counted rather than timed: the same model always compiles, or never does.
"""

from __future__ import annotations

import numpy as np

from engine.kernels.circuit_parts import (
    C_FROM,
    C_TO,
    FOUND,
    OF_TOPS,
    PART,
    TOP_C,
    TOP_FREE,
    TOP_PARTS,
    TOP_V,
    V_FROM,
    V_TO,
    find,
    split,
    write_key,
)
from engine.kernels.circuit_propagate import (
    TAIL,
    WORK,
    assume,
    begin,
    counters,
    occurrences,
    propagate,
    undo,
)
from engine.kernels.compiled import compiled, entry

DONE, IMPOSSIBLE, TOO_LONG, TOO_LARGE = range(4)
"""How a search ended."""
FALSE = 0
"""The node without edges."""
E_FREE, E_NODES, E_END = 0, 1, 2
"""An edge's items: literals from where the edge before it ends, free variables from E_FREE, nodes from E_NODES, to E_END."""
(F_VA, F_VB, F_CA, F_CB, F_ENTRY, F_DECISION, F_PHASE, F_MARK, F_TOP_V, F_TOP_C, F_TOP_PARTS, F_TOP_FREE, F_PART, F_END, F_EDGE,
 F_OTHER, FRAME) = range(17)  # fmt: skip
ROOT = -1


@entry
def search(starts, literals, weights, reach, variables, rank, plain, most_steps, room):
    """Compile; (how it ended, edges, items, the two edges of each node, steps). The last node is the root.

    rank: int32 [variables], decided first where it is least. plain: int8 [bounds], see `write_key`. room: how many int32 of items, keys.
    """
    first, bound, weight = occurrences(starts, literals, weights, variables)
    slack, need = counters(starts, weights, reach)
    state = np.zeros(2 * variables + 2, np.int8)
    trail, notes = np.empty(variables + 1, np.int32), np.zeros(4, np.int64)
    edges, items = np.empty((max(room // 4, 1024), 3), np.int64), np.empty(room, np.int32)
    nodes = np.empty((max(room // 8, 1024), 2), np.int64)
    nodes[FALSE] = -1
    keys, entries = np.empty(room, np.int32), np.empty((max(room // 8, 1024), 3), np.int64)
    slots = np.full(1 << 12, -1, np.int32)
    v_stack, c_stack = (
        np.empty(room + variables, np.int32),
        np.empty(room + len(reach), np.int32),
    )  # what is not touched is no memory
    parts, frees = np.empty((room // 8 + variables, PART), np.int64), np.empty(room, np.int32)
    v_label, c_label = np.zeros(variables, np.int64), np.zeros(len(reach), np.int64)
    queue, tops = np.empty(variables + 1, np.int32), np.zeros(OF_TOPS, np.int64)
    frames = np.zeros((variables + 2, FRAME), np.int64)
    many_edges, many_items, many_nodes, many_entries, key_top = 0, 0, 1, 0, 0
    ended = DONE
    if not begin(starts, literals, weights, slack, need, state, trail, notes) or (
        propagate(starts, literals, weights, first, bound, weight, slack, need, state, trail, notes) >= 0
    ):
        return IMPOSSIBLE, edges[:0], items[:0], nodes[:1], notes[WORK]
    for v in range(variables):
        v_stack[v] = v
    for c in range(len(reach)):
        c_stack[c] = c
    tops[TOP_V], tops[TOP_C] = variables, len(reach)
    frame = frames[0]
    frame[F_VB], frame[F_CB], frame[F_ENTRY], frame[F_PHASE], frame[F_EDGE], frame[F_OTHER] = (
        variables,
        len(reach),
        ROOT,
        2,
        -1,
        -1,
    )
    depth, enter = 0, True  # the root is a branch that nobody decided
    frame[F_TOP_V], frame[F_TOP_C] = variables, len(reach)
    while True:
        frame = frames[depth]
        if notes[WORK] > most_steps:
            ended = TOO_LONG
            break
        if enter:  # split what a branch left
            enter = False
            if not split(frame[F_VA], frame[F_VB], frame[F_CA], frame[F_CB], starts, literals, first, bound, need, state, tops,
                         v_stack, c_stack, parts, frees, v_label, c_label, queue, notes):  # fmt: skip
                ended = TOO_LARGE
                break
            frame[F_PART], frame[F_END] = frame[F_TOP_PARTS], tops[TOP_PARTS]
        fails, pushed = False, False
        while frame[F_PART] < frame[F_END]:
            part = parts[frame[F_PART]]
            if part[FOUND] < 0:
                key_end = write_key(part, v_stack, c_stack, plain, need, keys, key_top)
                if key_end < 0 or many_entries + 1 >= len(entries):
                    ended = TOO_LARGE
                    break
                slot = find(keys, key_top, key_end, slots, entries)
                if slots[slot] >= 0:
                    part[FOUND] = entries[slots[slot], 2]
                else:
                    slots[slot] = many_entries
                    entries[many_entries, 0], entries[many_entries, 1], entries[many_entries, 2] = key_top, key_end, -1
                    key_top = key_end
                    many_entries += 1
                    if 2 * many_entries > len(slots):
                        slots = _wider(slots, keys, entries, many_entries)
                    child = frames[depth + 1]
                    child[F_VA], child[F_VB], child[F_CA], child[F_CB] = (
                        part[V_FROM],
                        part[V_TO],
                        part[C_FROM],
                        part[C_TO],
                    )
                    child[F_ENTRY], child[F_PHASE], child[F_EDGE], child[F_OTHER] = many_entries - 1, 0, -1, -1
                    child[F_DECISION] = _decide(part[V_FROM], part[V_TO], v_stack, rank, first, bound, need)
                    notes[WORK] += part[V_TO] - part[V_FROM]
                    pushed = True
                    break
            if part[FOUND] == FALSE:
                fails = True
                break
            frame[F_PART] += 1
        if ended != DONE:
            break
        if pushed:
            depth += 1
        else:
            if not fails:
                lits, children = notes[TAIL] - frame[F_MARK], frame[F_END] - frame[F_TOP_PARTS]
                free = tops[TOP_FREE] - frame[F_TOP_FREE]
                if many_edges + 1 >= len(edges) or many_items + lits + free + children > len(items):
                    ended = TOO_LARGE
                    break
                for i in range(frame[F_MARK], notes[TAIL]):
                    items[many_items] = trail[i]
                    many_items += 1
                edges[many_edges, E_FREE] = many_items
                for i in range(frame[F_TOP_FREE], tops[TOP_FREE]):
                    items[many_items] = frees[i]
                    many_items += 1
                edges[many_edges, E_NODES] = many_items
                for i in range(frame[F_TOP_PARTS], frame[F_END]):
                    items[many_items] = parts[i, FOUND]
                    many_items += 1
                edges[many_edges, E_END] = many_items
                frame[F_OTHER] = frame[F_EDGE]
                frame[F_EDGE] = many_edges
                many_edges += 1
            if depth > 0:
                undo(frame[F_MARK], first, bound, weight, slack, need, state, trail, notes)
            tops[TOP_V], tops[TOP_C], tops[TOP_PARTS], tops[TOP_FREE] = (
                frame[F_TOP_V], frame[F_TOP_C], frame[F_TOP_PARTS], frame[F_TOP_FREE],
            )  # fmt: skip
        # the next branch of the frame on top, or of those under it that are done
        while True:
            frame = frames[depth]
            if frame[F_PHASE] < 2:
                literal = frame[F_DECISION] ^ frame[F_PHASE]
                frame[F_PHASE] += 1
                frame[F_MARK] = notes[TAIL]
                frame[F_TOP_V], frame[F_TOP_C], frame[F_TOP_PARTS], frame[F_TOP_FREE] = (
                    tops[TOP_V], tops[TOP_C], tops[TOP_PARTS], tops[TOP_FREE],
                )  # fmt: skip
                assume(literal, state, trail, notes)
                if propagate(starts, literals, weights, first, bound, weight, slack, need, state, trail, notes) >= 0:
                    undo(frame[F_MARK], first, bound, weight, slack, need, state, trail, notes)
                    continue
                enter = True
                break
            node = FALSE
            if frame[F_EDGE] >= 0:
                if many_nodes >= len(nodes):
                    ended = TOO_LARGE
                    break
                nodes[many_nodes, 0], nodes[many_nodes, 1] = frame[F_EDGE], frame[F_OTHER]
                node = many_nodes
                many_nodes += 1
            if depth == 0:
                ended = DONE if node else IMPOSSIBLE
                return ended, edges[:many_edges], items[:many_items], nodes[:many_nodes], notes[WORK]
            entries[frame[F_ENTRY], 2] = node
            depth -= 1
            parent = frames[depth]
            parts[parent[F_PART], FOUND] = node
            break
        if ended != DONE:
            break
    return ended, edges[:0], items[:0], nodes[:1], notes[WORK]


@compiled
def _decide(a, b, variables, rank, first, bound, need):
    """The literal to try first: of the variable nearest the middle of the model; of those, the one in most open bounds."""
    best, best_rank, best_many = -1, 0, 0
    for i in range(a, b):
        v = variables[i]
        if best >= 0 and rank[v] > best_rank:
            continue
        many = 0
        for j in range(first[2 * v], first[2 * v + 2]):
            if need[bound[j]] > 0:
                many += 1
        if best < 0 or rank[v] < best_rank or many > best_many:
            best, best_rank, best_many = v, rank[v], many
    return 2 * best


@entry
def _wider(slots, keys, entries, many):
    """The same table with four times the slots."""
    wider = np.full(4 * len(slots), -1, np.int32)
    for e in range(many):
        wider[find(keys, entries[e, 0], entries[e, 1], wider, entries)] = e
    return wider
