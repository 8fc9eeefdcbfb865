"""Literals that always come together on edges are said once: what a literal forces by itself becomes a node of its own.

A part that is left out leaves out all that is in it, on every edge where that happens; so lists of literals are most of a circuit
until they are folded. Passes and counts stay what they are: such a node has one edge, and no choice.
"""

from __future__ import annotations

import numpy as np

from engine.kernels.circuit_propagate import TAIL, assume, begin, counters, occurrences, propagate, undo
from engine.kernels.compiled import entry

LEAST = 4
"""Literals that are worth a node."""


@entry
def closures(starts, literals, weights, reach, variables, room):
    """What each literal forces by itself, itself first: first [2 variables + 1], literals. Beyond `room` literals force nothing."""
    first, bound, weight = occurrences(starts, literals, weights, variables)
    slack, need = counters(starts, weights, reach)
    state = np.zeros(2 * variables, np.int8)
    trail, notes = np.empty(variables + 1, np.int32), np.zeros(4, np.int64)
    ends, forced = np.zeros(2 * variables + 1, np.int64), np.empty(room, np.int32)
    begin(starts, literals, weights, slack, need, state, trail, notes)
    top = 0
    for literal in range(2 * variables):
        assume(literal, state, trail, notes)
        wrong = propagate(starts, literals, weights, first, bound, weight, slack, need, state, trail, notes) >= 0
        if not wrong and top + notes[TAIL] <= room:
            for at in range(notes[TAIL]):
                forced[top + at] = trail[at]
            top += notes[TAIL]
        ends[literal + 1] = top
        undo(0, first, bound, weight, slack, need, state, trail, notes)
    return ends, forced[:top]


@entry
def fold(edges, items, nodes, ends, forced):
    """The same circuit (as `search` makes it) with nodes for what literals force. New nodes come first, as children do."""
    literals = len(ends) - 1
    wanted = np.full(literals, -1, np.int32)  # the node of what a literal forces
    seen = np.full(literals, -1, np.int64)
    many, saved = 0, 0
    for again in range(2):  # first which nodes there are, then the circuit with them
        if again == 1:
            new_nodes = np.full((len(nodes) + many, 2), -1, np.int64)
            new_edges = np.empty((len(edges) + many, 3), np.int64)
            new_items = np.empty(len(items) + saved, np.int32)
            edge, top, node = 0, 0, 1
            for literal in range(literals):
                if wanted[literal] >= 0:
                    wanted[literal] = node
                    for i in range(ends[literal], ends[literal + 1]):
                        new_items[top] = forced[i]
                        top += 1
                    new_edges[edge] = top
                    new_nodes[node, 0] = edge
                    edge += 1
                    node += 1
            first_edge, shift = edge, node - 1
            seen[:] = -1
            for n in range(1, len(nodes)):
                for k in range(2):
                    new_nodes[n + shift, k] = nodes[n, k] + first_edge if nodes[n, k] >= 0 else -1
        for e in range(len(edges)):
            a = edges[e - 1, 2] if e else 0
            for i in range(a, edges[e, 0]):
                seen[items[i]] = 2 * e
            for i in range(a, edges[e, 0]):
                literal = items[i]
                if seen[literal] != 2 * e:
                    continue
                size = ends[literal + 1] - ends[literal]
                whole = size >= LEAST and size <= edges[e, 0] - a
                if whole:
                    for j in range(ends[literal], ends[literal + 1]):
                        if seen[forced[j]] != 2 * e:
                            whole = False
                            break
                if not whole:
                    continue
                if again == 0 and wanted[literal] < 0:
                    wanted[literal] = 0
                    many += 1
                    saved += size
                for j in range(ends[literal], ends[literal + 1]):
                    seen[forced[j]] = 2 * e + 1
                seen[literal] = -2 - e  # told apart below: a node stands for it
            if again == 1:
                for i in range(a, edges[e, 0]):
                    if seen[items[i]] == 2 * e:
                        new_items[top] = items[i]
                        top += 1
                new_edges[edge, 0] = top
                for i in range(edges[e, 0], edges[e, 1]):
                    new_items[top] = items[i]
                    top += 1
                new_edges[edge, 1] = top
                for i in range(edges[e, 1], edges[e, 2]):
                    new_items[top] = items[i] + shift
                    top += 1
                for i in range(a, edges[e, 0]):
                    if seen[items[i]] == -2 - e:
                        new_items[top] = wanted[items[i]]
                        top += 1
                new_edges[edge, 2] = top
                edge += 1
    return new_edges, new_items[:top], new_nodes
