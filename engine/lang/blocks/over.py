"""Makes the node of how something is dealt out over several lines."""

from __future__ import annotations

from typing import cast

from engine.lang import slips
from engine.lang import syntax as s
from engine.lang.blocks.block import Reading
from engine.lang.builder import Builder, Node

OVER = ("spread", "remainder", "at_most", "each_line")


def over_of(r: Reading, b: Builder, nodes: list[Node]) -> s.Over | None:
    """What follows a give over several lines, each once."""
    found: dict[str, Node] = {}
    for node in nodes:
        if found.setdefault(str(node.data), node) is not node:
            r.add(slips.twice(b.over(node), str(node.data).replace("_", " ")))
    if not found:
        return None

    def said(name: str) -> str | None:
        node = found.get(name)
        return None if node is None else " ".join(map(str, cast(Node, node.children[0]).children))

    most = found.get("at_most")
    rate = None
    if most is not None:
        amount, *per = cast("list[Node]", most.children)
        rate = b.per(b.literal(amount), per, b.over(most))
    return s.Over(
        said("spread"), said("remainder"), rate, "each_line" in found, b.over(nodes[0]) if nodes[0].children else b.span
    )
