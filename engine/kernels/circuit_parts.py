"""What is left after a decision falls into parts that share no open bound; a part met before is not compiled again.

A part is its open variables and its open bounds, both in order, and what those bounds still need: that is its key.
"""

from __future__ import annotations

import numpy as np

from engine.kernels.circuit_propagate import OPEN, WORK
from engine.kernels.compiled import compiled

V_FROM, V_TO, C_FROM, C_TO, FOUND, PART = range(6)
"""A part: its variables and bounds in the stacks, and the node that it became (-1: not yet)."""
TOP_V, TOP_C, TOP_PARTS, TOP_FREE, STAMP, OF_TOPS = range(6)


@compiled
def split(
    a,
    b,
    c,
    d,
    starts,
    literals,
    first,
    bound,
    need,
    state,
    tops,
    variables,
    bounds,
    parts,
    frees,
    v_label,
    c_label,
    queue,
    notes,
):
    """Put the parts of the open variables in variables[a:b], bounds[c:d] on the stacks; those in no open bound are `frees`.

    False where a stack is full.
    """
    stamp = tops[STAMP]  # labels up to it are of earlier splits
    first_part = tops[TOP_PARTS]
    count = 0
    for i in range(a, b):
        v = variables[i]
        if state[2 * v] != OPEN or v_label[v] > stamp:
            continue
        label = stamp + count + 1
        v_label[v] = label
        queue[0], head, tail, touched = v, 0, 1, 0
        while head < tail:
            u = queue[head]
            head += 1
            for j in range(first[2 * u], first[2 * u + 2]):
                k = bound[j]
                if need[k] > 0 and c_label[k] != label:
                    c_label[k] = label
                    touched += 1
                    for at in range(starts[k], starts[k + 1]):
                        w = literals[at] >> 1
                        if state[2 * w] == OPEN and v_label[w] != label:
                            v_label[w] = label
                            queue[tail] = w
                            tail += 1
                    notes[WORK] += starts[k + 1] - starts[k]
            notes[WORK] += first[2 * u + 2] - first[2 * u]
        if touched == 0:
            if tops[TOP_FREE] >= len(frees):
                return False
            v_label[v] = 0
            frees[tops[TOP_FREE]] = v
            tops[TOP_FREE] += 1
        else:
            if first_part + count >= len(parts):
                return False
            parts[first_part + count, V_TO] = tail
            parts[first_part + count, C_TO] = touched
            parts[first_part + count, FOUND] = -1
            count += 1
    tops[TOP_PARTS] = first_part + count
    v_top, c_top = tops[TOP_V], tops[TOP_C]
    for p in range(first_part, first_part + count):
        v_many, c_many = parts[p, V_TO], parts[p, C_TO]
        parts[p, V_FROM], parts[p, V_TO], parts[p, C_FROM], parts[p, C_TO] = v_top, v_top, c_top, c_top
        v_top += v_many
        c_top += c_many
    if v_top > len(variables) or c_top > len(bounds):
        return False
    tops[TOP_V], tops[TOP_C] = v_top, c_top
    for i in range(a, b):
        v = variables[i]
        if state[2 * v] == OPEN and v_label[v] > stamp:
            p = first_part + v_label[v] - stamp - 1
            variables[parts[p, V_TO]] = v
            parts[p, V_TO] += 1
    for i in range(c, d):
        k = bounds[i]
        if need[k] > 0 and c_label[k] > stamp:
            p = first_part + c_label[k] - stamp - 1
            bounds[parts[p, C_TO]] = k
            parts[p, C_TO] += 1
    tops[STAMP] = stamp + count + 1
    return True


@compiled
def write_key(part, variables, bounds, plain, need, keys, at):
    """Write the key of a part into keys[at:]; where it ends, -1 where there is no room.

    plain [bounds]: 2 where a bound is told by its variables, 1 where its number tells all, 0 where what it needs must be said.
    """
    most = 1 + part[V_TO] - part[V_FROM] + 3 * (part[C_TO] - part[C_FROM])
    if at + most > len(keys):
        return -1
    keys[at] = part[V_TO] - part[V_FROM]
    at += 1
    for i in range(part[V_FROM], part[V_TO]):
        keys[at] = variables[i]
        at += 1
    for i in range(part[C_FROM], part[C_TO]):
        c = bounds[i]
        if plain[c] == 2:
            continue
        keys[at] = c
        at += 1
        if plain[c] == 0:
            keys[at] = need[c] & 0x7FFFFFFF
            keys[at + 1] = need[c] >> 31
            at += 2
    return at


@compiled
def find(keys, a, b, slots, entries):
    """The slot of the part whose key is keys[a:b]: its own, or the free one where it belongs. entries: [key from, to, node]."""
    mix = np.uint64(0xCBF29CE484222325)
    for i in range(a, b):
        mix = (mix ^ np.uint64(np.uint32(keys[i]))) * np.uint64(0x100000001B3)
        mix ^= mix >> np.uint64(29)
    last = len(slots) - 1
    at = np.int64(mix & np.uint64(last))
    while slots[at] >= 0:
        begin, end = entries[slots[at], 0], entries[slots[at], 1]
        if end - begin == b - a:
            same = True
            for i in range(b - a):
                if keys[begin + i] != keys[a + i]:
                    same = False
                    break
            if same:
                return at
        at = (at + 1) & last
    return at
