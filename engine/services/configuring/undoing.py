"""What undoing choices weighs, by their age or as callers say, in whatever order they were sent."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from engine.configure.chosen import Choice, clash
from engine.configure.repair import KEEP_NEWEST, KEEP_OLDEST, one_by_one, weights_of
from engine.configure.ways import Way
from engine.services.configuring.selecting import Chosen
from engine.services.refusal import Refused

MOST_WEIGHT = 1_000_000_000
BY_WEIGHT = "weight"


def weights(said: Sequence[tuple[Chosen, Choice]], by: str) -> dict[int, int]:
    """What undoing each choice weighs, the same in whatever order they were sent."""
    if by == BY_WEIGHT:
        found: dict[int, int] = {}
        for one, choice in said:
            if not 0 <= one.weight <= MOST_WEIGHT:
                message = f"a weight is 0 to {MOST_WEIGHT:,}"
                raise Refused("INVALID_ARGUMENT", "INVALID_WEIGHT", message, "selection.choices")
            found[choice.literal] = max(found.get(choice.literal, 1), one.weight)
        return dict(sorted(found.items()))
    turns: dict[int, int] = {}
    for one, choice in said:
        turns[choice.literal] = max(turns.get(choice.literal, one.turn), one.turn)
    oldest_first = sorted(turns, key=lambda literal: (turns[literal], literal))
    return weights_of(oldest_first, KEEP_OLDEST if by == KEEP_OLDEST else KEEP_NEWEST)


def kept_one_by_one(
    way: Way, own: Mapping[int, Choice], weighed: Mapping[int, int], literal: int | None, fixed: Sequence[int]
) -> tuple[int, ...] | None:
    """The choices to undo where some are of several literals, as a number is that a sum counts. None where nothing helps."""
    of: dict[Choice, list[int]] = {}
    for one, choice in own.items():
        of.setdefault(choice, []).append(one)
    kept = [one for part in fixed for one in of[own[part]]]
    undone = one_by_one(
        lambda some: way.conflict(sorted(set(some)), literal) is None,
        weighed,
        kept,
        {one: of[own[one]] for one in weighed},
    )
    return None if undone is None else tuple(sorted(undone))


def twice(said: Sequence[tuple[Chosen, Choice]], by: str) -> list[Choice]:
    """Of numbers of one range that contradict each other, those to undo: all but the newest, or the oldest, or the weightiest."""
    keys: dict[str, Callable[[Chosen], int]] = {BY_WEIGHT: lambda one: one.weight, KEEP_OLDEST: lambda one: -one.turn}
    key = keys.get(by, _turn)
    gone: list[Choice] = []
    kept: list[Choice] = []
    for _, choice in sorted(
        said, key=lambda pair: (pair[0].fixed, key(pair[0]), pair[1].literal, pair[1].number or 0), reverse=True
    ):
        (gone if any(clash((choice, other)) for other in kept) else kept).append(choice)
    return gone


def _turn(one: Chosen) -> int:
    return one.turn
