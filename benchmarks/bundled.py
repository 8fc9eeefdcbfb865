"""Writes a book whose one bundle has about 2,500 options: machines of many modules, rules between neighbours and within groups of them."""

from __future__ import annotations

import random

MODULES, KINDS = 112, 16
"""Parts of which one of so many products is chosen; the first is the default, and goes with everything."""
EXTRAS, OFFERED, EACH = 24, 8, 3
"""Parts of which up to two of so many are chosen, one to so many of each."""
GROUP = 8
"""Modules that share a rule of how many and a sum."""


def book(seed: int = 1) -> dict[str, bytes]:
    """The files of the book."""
    rng = random.Random(seed)
    lines = ['price book plant "Plants"', "  currency EUR", "  units piece pieces", ""]
    goods = [f"m{m}_{k}" for m in range(MODULES) for k in range(KINDS)]
    goods += [f"e{e}_{k}" for e in range(EXTRAS) for k in range(OFFERED)]
    for code in goods:
        lines += [
            f"product {code}",
            f"  price {rng.randint(20, 900)} EUR per piece",
            f"  attribute watts {rng.randint(1, 9)}",
            "",
        ]
    lines += ['bundle plant "Plant"']
    for m in range(MODULES):
        lines.append(f"  part m{m} one of {', '.join(f'm{m}_{k}' for k in range(KINDS))} default m{m}_0")
    for e in range(EXTRAS):
        lines.append(f"  part e{e} up to 2 of {', '.join(f'e{e}_{k}' for k in range(OFFERED))} with 1 to {EACH} each")
    for m in range(1, MODULES):
        for _ in range(3):
            fits = ", ".join(f"m{m}_{k}" for k in (0, *sorted(rng.sample(range(1, KINDS), 5))))
            lines.append(
                f'  m{m - 1} is m{m - 1}_{rng.randrange(1, KINDS)} implies m{m} in {fits} because "Modules must fit"'
            )
    for e in range(EXTRAS):
        near = rng.randrange(e * MODULES // EXTRAS, (e + 1) * MODULES // EXTRAS)
        lines.append(
            f'  require e{e}_{rng.randrange(OFFERED)} when m{near} is m{near}_{rng.randrange(1, KINDS)} because "It needs one"'
        )
        lines.append(f"  forbid e{e}_{rng.randrange(OFFERED)} when m{near} is m{near}_{rng.randrange(1, KINDS)}")
    for first in range(0, MODULES, GROUP):
        some = ", ".join(f"m{m}_{rng.randrange(1, KINDS)}" for m in range(first, first + GROUP))
        lines.append(f'  at most 2 of {some} because "One board has two slots"')
    return {"plant.quo": ("\n".join(lines) + "\n").encode()}
