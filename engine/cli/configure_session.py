"""A configuration in the making. Nothing is chosen here that leaves no configuration; what is refused says which choices and rules
refuse it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from engine.cli.configure_answers import Answers, Billed, How
from engine.cli.configure_choices import Choice, read
from engine.configure.complete import Completion
from engine.configure.model import ModelError
from engine.configure.of_book import configured
from engine.configure.variables import Reason
from engine.lang.book import Book
from engine.lang.configurable import Counts
from engine.services.pricing.amounts import Things
from engine.values.kinds import Value, decimal


class Refused(ModelError):
    """A choice that leaves no configuration: the choices before it, and the book's rules, that refuse it."""

    def __init__(self, choice: Choice, choices: tuple[Choice, ...], rules: tuple[Reason, ...], why: str = "") -> None:
        with_them = f" with {', '.join(map(str, choices))}" if choices else ""
        super().__init__(why or f"{choice} cannot be had{with_them}")
        self.choice, self.choices, self.rules = choice, choices, rules


class Session:
    """A bundle of a book, and what was chosen of it so far, oldest first."""

    def __init__(self, book: Book, bundle: str, billed: Billed, facts: Mapping[str, Value] | None = None) -> None:
        self.book, self.bundle, self.billed, self.facts = book, bundle, billed, dict(facts or {})
        self.choices: tuple[Choice, ...] = ()
        self._answers: dict[tuple[Counts, ...], Answers] = {}

    # ------------------------------------------------------------ what is chosen

    def read(self, text: str) -> tuple[Choice, ...]:
        """What a person says, as choices.

        Raises:
            ModelError: it names nothing that can be chosen.
        """
        return read(self.answers.made, text)

    def choose(self, text: str) -> tuple[Choice, ...]:
        """Take what a person says into the choices; what was said of the same single thing before gives way to it.

        Raises:
            ModelError: it names nothing; `Refused`, it leaves no configuration, or is disabled. Nothing is changed then.
        """
        fresh = self.read(text)
        for choice in fresh:
            self._refuse_disabled(choice)
        kept = tuple(old for old in self.choices if not any(self._same(old, new) for new in fresh))
        for choice in fresh:
            self._refuse(choice, kept)
            kept = (*kept, choice)
        self.choices = kept
        return fresh

    def _same(self, old: Choice, new: Choice) -> bool:
        """Whether a choice takes the place of an older one: the same again or its opposite, or another number."""
        return old.path == new.path and (old.value == new.value or (old.tick is not None and new.tick is not None))

    def _refuse_disabled(self, choice: Choice) -> None:
        answers = self.answers
        if not choice.chosen:
            return
        literal = answers.literal(choice)
        how, because = answers.shown(self.choices).get(literal >> 1, ("", None))
        if how == "disable" and not literal & 1:
            raise Refused(choice, (), (), f"{choice} is not offered" + (f": {because}" if because else ""))

    def _refuse(self, choice: Choice, kept: tuple[Choice, ...]) -> None:
        asked = self._with((*kept, choice))
        if not asked.fits((*kept, choice)):
            blamed = asked.blamed(kept, choice)
            raise Refused(choice, blamed, asked.rules((*blamed, choice)))

    def undo(self, text: str = "") -> tuple[Choice, ...]:
        """Take back the last choice, or those that a text names.

        Raises:
            ModelError: there is none such.
        """
        if not self.choices:
            raise ModelError("nothing is chosen yet")
        gone = self.choices[-1:]
        if text:
            gone = tuple(one for one in self.choices if text.strip() in (str(one), one.path, one.value))
        if not gone:
            raise ModelError(f"`{text}` was not chosen; chosen are {', '.join(map(str, self.choices))}")
        self.choices = tuple(one for one in self.choices if one not in gone)
        return gone

    def why(self, text: str) -> Refused | None:
        """Why something cannot be had; None where it can."""
        for choice in self.read(text):
            kept = tuple(old for old in self.choices if not self._same(old, choice))
            try:
                self._refuse_disabled(choice)
                self._refuse(choice, kept)
            except Refused as refused:
                return refused
        return None

    def repair(self, text: str, keep: str = "newest") -> tuple[Choice, ...]:
        """The fewest choices to give up for something; they are given up, and it is chosen.

        Raises:
            ModelError: it can never be had.
        """
        fresh = self.read(text)
        for choice in fresh:
            self._refuse_disabled(choice)
        kept = tuple(old for old in self.choices if not any(self._same(old, new) for new in fresh))
        answers = self._with((*kept, *fresh))
        if not answers.fits(fresh):
            raise Refused(fresh[0], (), answers.rules(fresh), f"{text.strip()} can never be had, whatever is given up")
        gone = answers.given_up(kept, fresh, keep)
        self.choices = (*(one for one in kept if one not in gone), *fresh)
        return gone

    # ------------------------------------------------------------ answers

    @property
    def answers(self) -> Answers:
        """The model as the choices cut it."""
        return self._with(self.choices)

    def _with(self, choices: Sequence[Choice]) -> Answers:
        named = tuple(sorted({(one.path, one.tick) for one in choices if one.tick is not None}))
        cuts = tuple(Counts(path, tick, tick) for path, tick in named)
        if cuts not in self._answers:
            made = configured(self.book, self.bundle, cuts)
            self._answers[cuts] = Answers(Things(self.book, made), self.billed, self.facts)
        return self._answers[cuts]

    def whole(self, how: How) -> tuple[Completion, Answers, bool]:
        """A whole configuration, the model it is of, and whether it is proven to be the best. Wide quantities take their least."""
        choices, answers = self.choices, self.answers
        found, proven = answers.completed(choices, how)
        open_ = [
            made for number, made in enumerate(answers.made.options) if found.chosen[number] and made.low != made.high
        ]
        if open_:
            ticks = {one.path: answers.made.number(one.path, found.chosen, {}) for one in open_}
            least = tuple(Choice(path, decimal(tick), tick) for path, tick in ticks.items())
            choices = (*choices, *least)
            answers = self._with(choices)
            found, proven = answers.completed(choices, how)
        return found, answers, proven
