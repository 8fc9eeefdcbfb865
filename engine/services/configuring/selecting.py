"""What callers choose as they say it, read into one order; and the state of an answer, from which the answer can be made again."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from engine.configure.bill import Ready
from engine.configure.chosen import Choice, NotChosen, by_id, by_name, clash, number_of
from engine.configure.configured import Configured
from engine.configure.weights import Said
from engine.services.configuring.bundled import Bundled, Where
from engine.services.refusal import Refused

MOST_CHOICES = 2_000
DEFAULT, ENGINE = "default", "engine"


@dataclass(frozen=True, slots=True)
class Chosen:
    """A choice as a caller says it: `what` an id or a name, `number` in ticks."""

    what: int | str
    number: int | None = None
    rejected: bool = False
    origin: str = ""
    turn: int = 0
    weight: int = 0
    fixed: bool = False


@dataclass(frozen=True, slots=True)
class Selection:
    """A bundle and what is chosen of it."""

    where: Where
    choices: Sequence[Chosen]


def user_choices(choices: Sequence[Chosen]) -> list[Chosen]:
    """Those that stand."""
    _check_many(choices)
    return [one for one in choices if one.origin not in (DEFAULT, ENGINE)]


def read(on: Bundled, choices: Sequence[Chosen]) -> tuple[tuple[Choice, ...], tuple[Choice, ...]]:
    """What users chose and what was proposed to them, each in one order and once."""
    _check_many(choices)
    user, defaults = set[Choice](), set[Choice]()
    for i, said in enumerate(choices):
        choice = choice_of(on, said, f"selection.choices[{i}]")
        if said.origin != ENGINE:
            (defaults if said.origin == DEFAULT else user).add(choice)
    return _sorted(user), _sorted({one for one in defaults if not _barred(one, user)})


def _check_many(choices: Sequence[Chosen]) -> None:
    if len(choices) > MOST_CHOICES:
        message = f"a selection has at most {MOST_CHOICES:,} choices"
        raise Refused("INVALID_ARGUMENT", "TOO_MANY_CHOICES", message, "selection.choices")


def _sorted(choices: set[Choice]) -> tuple[Choice, ...]:
    return tuple(sorted(choices, key=lambda one: (one.literal, -1 if one.number is None else one.number)))


def choice_of(on: Bundled, said: Chosen, field: str) -> Choice:
    read = by_id if isinstance(said.what, int) else by_name
    try:
        return read(on.asker.made, said.what, not said.rejected, said.number)  # type: ignore[arg-type]
    except NotChosen as wrong:
        what = "id" if isinstance(said.what, int) else "name"
        reason = "INVALID_NUMBER" if wrong.part == "number" else "UNKNOWN_OPTION"
        part = "number_micros" if wrong.part == "number" else what
        raise Refused("INVALID_ARGUMENT", reason, str(wrong), f"{field}.{part}") from wrong


def _barred(one: Choice, user: set[Choice]) -> bool:
    """Whether a number that was proposed is none that the user leaves."""
    return one.number is not None and bool(clash([one, *(other for other in user if other.option == one.option)]))


def numbers_of(on: Bundled, user: Sequence[Choice], defaults: Sequence[Choice]) -> Said:
    """The numbers of ranges that are not their first, a user's before one that was proposed; and how many a user has of bundles inside."""
    made, said = on.asker.made, (*user, *defaults)
    ranges = {one.option: number_of(made, one.option, said) for one in said if one.number is not None}
    known = ((n, at) for n, at in ranges.items() if at is not None and _is_its_own(made, n, at, said))
    often = ((made.options[one.option].path, _often(made, one)) for one in user if one.chosen)
    return Said(
        tuple(sorted(known)),
        tuple(
            sorted((path, tick) for path, tick in often if tick is not None and path in on.kept.things.weights.factors)
        ),
    )


def _is_its_own(made: Configured, option: int, number: int, said: Sequence[Choice]) -> bool:
    """Whether a number of a range costs something else than the range; what digits tell, they price where nobody says the number."""
    if made.scope[made.options[option].path].digits:
        return any(one.option == option and one.number == number and one.chosen for one in said)
    return number != made.options[option].low


def _often(made: Configured, choice: Choice) -> int | None:
    """The one number that a choice says."""
    option = made.options[choice.option]
    return option.low if option.low == option.high else choice.number


def on_screen_of(on: Bundled, ids: Sequence[int]) -> tuple[int, ...]:
    wrong = next((i for i, number in enumerate(ids) if number >= on.asker.count), None)
    if wrong is not None:
        message = f"`{on.asker.made.bundle.name}` has options 0 to {on.asker.count - 1}, and no {ids[wrong]}"
        raise Refused("INVALID_ARGUMENT", "UNKNOWN_OPTION", message, f"on_screen_ids[{wrong}]")
    return tuple(sorted(set(ids)))


# ---------------------------------------------------------------- the state of an answer


def name_of(on: Bundled, ready: Ready, asked: Sequence[int]) -> bytes:
    """What an answer hangs on beside choices: version, bundle, prices, and where not all can be known what was asked."""
    digest = hashlib.blake2b(digest_size=12)
    for part in (
        on.version,
        on.asker.made.bundle.name,
        ready.bill.total,
        repr(on.priced_as),
        "" if on.asker.way.exact else repr(asked),
    ):
        digest.update(part.encode() + b"\0")
    return digest.digest()


def written(user: Sequence[Choice], defaults: Sequence[Choice]) -> bytes:
    """Choices as text: three numbers each."""
    return b";".join(
        b",".join(b"%d.%d" % (one.literal, -1 if one.number is None else one.number) for one in some)
        for some in (user, defaults)
    )


def parsed(on: Bundled, written: bytes) -> tuple[tuple[Choice, ...], tuple[Choice, ...]]:
    """What `_written` wrote.

    Raises:
        Refused: INVALID_ARGUMENT, it did not.
    """
    try:
        if len(written) > 64 * MOST_CHOICES:
            raise ValueError
        user, defaults = (
            _sorted({_parsed_one(on, one) for one in some.split(b",") if one}) for some in written.split(b";")
        )
        return user, defaults
    except (ValueError, NotChosen) as error:
        message = "send the `state` of an answer as it came, or nothing"
        raise Refused("INVALID_ARGUMENT", "INVALID_STATE", message, "previous_state") from error


def _parsed_one(on: Bundled, one: bytes) -> Choice:
    literal, number = (int(part[:20]) for part in one.split(b"."))
    return by_id(on.asker.made, literal >> 1, not literal & 1, None if number < 0 else number)
