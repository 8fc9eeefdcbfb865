"""In which order to decide: variables that hold the model together first, so that what is left falls into parts.

Variables are taken out one by one, always the one with the fewest neighbours; what a variable leaves behind is a bag of those
neighbours. The bags are a tree; decided first is what lies nearest its middle.
"""

from __future__ import annotations

import numpy as np

from engine.kernels.compiled import entry

EXACT = 4_000
"""Beyond so many entries neighbours are not counted one by one, but by the bags that hold them."""


@entry
def order(starts, literals, variables):
    """Of each variable how far from the middle of the tree of bags it first appears: int32 [variables], 0 first."""
    capacity = 4 * len(literals) + 64 * variables + 1024
    members = np.empty(capacity, np.int32)
    constraints = len(starts) - 1
    begin, end = np.zeros(constraints + variables, np.int64), np.zeros(constraints + variables, np.int64)
    live = np.zeros(constraints + variables, np.uint8)
    of = np.zeros(variables, np.int64)  # how many bags each variable is in
    for c in range(constraints):
        begin[c], end[c], live[c] = starts[c], starts[c + 1], 1
        for i in range(starts[c], starts[c + 1]):
            members[i] = literals[i] >> 1
            of[literals[i] >> 1] += 1
    top = len(literals)
    at = np.zeros(variables + 1, np.int64)
    for v in range(variables):
        at[v + 1] = at[v] + of[v] + 1
    bags = np.empty(at[variables] + 1, np.int32)
    of[:] = 0
    for c in range(constraints):
        for i in range(begin[c], end[c]):
            v = members[i]
            bags[at[v] + of[v]] = c
            of[v] += 1
    degree = np.zeros(variables, np.int64)
    seen = np.full(variables, -1, np.int64)
    stamp = 0
    for v in range(variables):
        stamp += 1
        degree[v] = _neighbours(v, members, begin, end, bags, at, of, seen, stamp)
    gone = np.zeros(variables, np.uint8)
    when = np.zeros(variables, np.int64)
    above = np.full(variables, -1, np.int64)  # the bag (by its variable) that this one hangs on
    turn = np.empty(variables, np.int64)
    for step in range(variables):
        v = -1
        for u in range(variables):
            if gone[u] == 0 and (v < 0 or degree[u] < degree[v]):
                v = u
        gone[v], when[v], turn[step] = 1, step, v
        stamp += 1
        seen[v] = stamp
        if top + degree[v] + 1 > capacity:
            grown = np.empty(2 * capacity + degree[v], np.int32)
            grown[:top] = members[:top]
            members, capacity = grown, len(grown)
        bag = constraints + v
        begin[bag] = top
        for j in range(at[v], at[v] + of[v]):
            c = bags[j]
            for i in range(begin[c], end[c]):
                u = members[i]
                if gone[u] == 0 and seen[u] != stamp:
                    seen[u] = stamp
                    if top >= capacity:
                        grown = np.empty(2 * capacity, np.int32)
                        grown[:top] = members[:top]
                        members, capacity = grown, len(grown)
                    members[top] = u
                    top += 1
            live[c] = 0
        end[bag] = top
        live[bag] = 1
        for i in range(begin[bag], top):
            u = members[i]
            kept = 0
            for j in range(at[u], at[u] + of[u]):
                if live[bags[j]]:
                    bags[at[u] + kept] = bags[j]
                    kept += 1
            bags[at[u] + kept] = bag
            of[u] = kept + 1
        for i in range(begin[bag], top):
            u = members[i]
            stamp += 1
            degree[u] = _neighbours(np.int64(u), members, begin, end, bags, at, of, seen, stamp)
    return _depths(turn, when, members, begin, end, constraints, above, variables)


@entry
def _neighbours(v, members, begin, end, bags, at, of, seen, stamp):
    """How many variables share a bag with v."""
    total = 0
    for j in range(at[v], at[v] + of[v]):
        total += end[bags[j]] - begin[bags[j]]
    if total > EXACT:
        return total
    count = 0
    seen[v] = stamp
    for j in range(at[v], at[v] + of[v]):
        for i in range(begin[bags[j]], end[bags[j]]):
            if seen[members[i]] != stamp:
                seen[members[i]] = stamp
                count += 1
    return count


@entry
def _depths(turn, when, members, begin, end, constraints, above, variables):
    """Root each tree of bags at its middle, the bag whose removal leaves no more than half of it in one piece."""
    size = np.ones(variables, np.int64)
    for step in range(variables):
        v = turn[step]
        for i in range(begin[constraints + v], end[constraints + v]):
            u = members[i]
            if above[v] < 0 or when[u] < when[above[v]]:
                above[v] = u
        if above[v] >= 0:
            size[above[v]] += size[v]
    top = np.empty(variables, np.int64)
    for step in range(variables - 1, -1, -1):
        v = turn[step]
        top[v] = v if above[v] < 0 else top[above[v]]
    heaviest = np.zeros(variables, np.int64)  # the largest piece below each bag
    for v in range(variables):
        if above[v] >= 0:
            heaviest[above[v]] = max(heaviest[above[v]], size[v])
    middle = np.full(variables, -1, np.int64)
    for step in range(variables):
        v = turn[step]
        root = top[v]
        worst = max(heaviest[v], size[root] - size[v])
        if middle[root] < 0 or worst < max(heaviest[middle[root]], size[root] - size[middle[root]]):
            middle[root] = v
    depth = np.full(variables, -1, np.int64)  # of bags
    for root in range(variables):
        if top[root] == root:
            v, far = middle[root], 0
            while v >= 0:  # from the middle up to the old root
                depth[v] = far
                far += 1
                v = above[v]
    for step in range(variables - 1, -1, -1):
        v = turn[step]
        if depth[v] < 0:
            depth[v] = depth[above[v]] + 1
    nearest = np.empty(variables, np.int32)
    for v in range(variables):
        nearest[v] = depth[v]
    for v in range(variables):
        for i in range(begin[constraints + v], end[constraints + v]):
            u = members[i]
            nearest[u] = min(nearest[u], depth[v])
    return nearest
