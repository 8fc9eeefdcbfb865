"""Whole configurations of a bundle as callers send them, columns of bits, and the book's own rules that some of them break."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from engine.configure.configured import Configured
from engine.configure.model import Clause, Model, ModelError, Rule
from engine.configure.validate import validator
from engine.configure.variables import Reason


@dataclass(frozen=True, slots=True)
class Reasoned:
    """Which configurations keep every rule (a bit each), how many, and of some others the rules that they break."""

    valid: bytes
    count: int
    broken: tuple[tuple[int, tuple[Reason, ...]], ...]


class OfBundle:
    """The rules of a bundle without those that say when a wish is not met: callers do not know these options."""

    def __init__(self, made: Configured) -> None:
        self.made, self.count = made, made.shown
        self.known = next((n for n, option in enumerate(made.options) if option.wish), len(made.options))
        kept = [
            (rule, of) for rule, of in zip(made.model.rules, made.reason_of, strict=True) if not self._is_wish(rule)
        ]
        model = Model(made.model.name, made.model.options[: self.known], tuple(rule for rule, _ in kept))
        self._check, self._reason_of = validator(model), [of for _, of in kept]

    def _is_wish(self, rule: Rule) -> bool:
        return isinstance(rule, Clause) and any(literal >> 1 >= self.known for literal in rule.literals)

    def validate(
        self, count: int, ids: Sequence[int], columns: bytes, reasons: int, facts: Sequence[int] = ()
    ) -> Reasoned:
        """Check `count` configurations; `columns` are of the options `ids`, in whole bytes each. `facts` are so in all of them.

        Raises:
            ModelError: a sum counts a number exactly of which columns say the range.
        """
        if any(option.digit for option in self.made.options):
            raise ModelError("a rule counts a wide number exactly, and columns say only its range: complete one by one")
        wide, words = -(-count // 8), -(-count // 64)
        room = np.zeros((self.known, 8 * words), np.uint8)
        room[[fact >> 1 for fact in facts]] = 0xFF
        room[list(ids), :wide] = np.frombuffer(columns, np.uint8).reshape(len(ids), wide)
        whole = room.view(np.dtype("<u8")).astype(np.uint64, copy=False)
        good = self._check.valid(whole).astype("<u8").view(np.uint8)
        bits = np.unpackbits(good, bitorder="little")[:count]
        wrong = np.flatnonzero(bits == 0)[:reasons].tolist()
        valid = np.packbits(bits, bitorder="little").tobytes()
        return Reasoned(valid, int(bits.sum()), tuple((one, self._broken(room, one)) for one in wrong))

    def _broken(self, room: np.ndarray, one: int) -> tuple[Reason, ...]:
        chosen = (room[:, one // 8] >> (one % 8)) & 1
        found = dict.fromkeys(self.made.reasons[self._reason_of[rule]] for rule in self._check.broken(chosen != 0))
        return tuple(sorted(found, key=lambda reason: (not reason.is_rule, reason.span.file, reason.span.line)))
