"""A stage's whole control flow as one table: which verb leads from which status to which, and which roles may."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

from engine.values.refusal import Refused
from engine.values.roles import Role

Status = TypeVar("Status", bound=str)


@dataclass(frozen=True)
class Verb(Generic[Status]):
    """What a verb does to each status it is allowed in, and who may ask for it."""

    leads: Mapping[Status, Status]
    roles: frozenset[Role]


@dataclass(frozen=True)
class Machine(Generic[Status]):
    """The statuses of a kind of document, from `start` on, and its verbs by name."""

    noun: str
    start: Status
    verbs: Mapping[str, Verb[Status]]

    @property
    def one(self) -> str:
        """The noun with its article."""
        return f"{'an' if self.noun[0] in 'aeiou' else 'a'} {self.noun}"

    def may(self, verb: str, role: Role) -> None:
        """Raise where a role may not.

        Raises:
            Refused: PERMISSION_DENIED.
        """
        allowed = self.verbs[verb].roles
        if role not in allowed:
            who = ", ".join(sorted(allowed))
            raise Refused("PERMISSION_DENIED", "ROLE", f"role {role} may not {verb} {self.one}: {who} may")

    def step(self, status: Status, verb: str) -> Status:
        """The status that a verb leads to.

        Raises:
            Refused: FAILED_PRECONDITION, not from this one; the message says what can be done instead.
        """
        leads = self.verbs[verb].leads
        if status not in leads:
            others = [name for name, one in self.verbs.items() if status in one.leads]
            said = (
                f"{self.one} that is {status} cannot be told to {verb}: it takes {', '.join(others) or 'nothing more'}"
            )
            raise Refused(
                "FAILED_PRECONDITION", "STATUS", said, "name", {"status": status, "allowed": ",".join(others)}
            )
        return leads[status]

    def rows(self) -> Iterator[tuple[str, str, str, str]]:
        """The table as people read it: status, verb, status it leads to, roles."""
        for name, verb in self.verbs.items():
            for source, target in verb.leads.items():
                yield source, name, target, ", ".join(sorted(verb.roles))

    def table(self) -> str:
        """The same in Markdown, a row a verb and where it leads; one that leads from nowhere makes a new one."""
        lines = ["| verb | from | to | roles |", "| --- | --- | --- | --- |"]
        for name, verb in self.verbs.items():
            ways: dict[str, list[str]] = {} if verb.leads else {self.start: ["-"]}
            for source, target in verb.leads.items():
                ways.setdefault("the same" if source == target else target, []).append(source)
            roles = ", ".join(sorted(verb.roles))
            lines.extend(f"| {name} | {', '.join(sources)} | {to} | {roles} |" for to, sources in ways.items())
        return "\n".join(lines) + "\n"
