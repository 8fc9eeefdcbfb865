"""Choices as a person says them, in words and not as literals: a number that cuts a wide quantity makes another model, in which
they mean the same.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from difflib import get_close_matches

from engine.configure.configured import Configured
from engine.configure.model import ModelError
from engine.configure.said import may_lack, meant, ticks, variable_at
from engine.configure.variables import Variable
from engine.lang.configurable import NONE
from engine.values.kinds import decimal


@dataclass(frozen=True, slots=True)
class Choice:
    """A value of what stands at `path`, or with `tick` its number; not `chosen`: anything but that."""

    path: str
    value: str
    tick: int | None = None
    chosen: bool = True

    def __str__(self) -> str:
        said = (
            self.path
            if self.value == self.path.rpartition(".")[2] and self.tick is None
            else f"{self.path}={self.value}"
        )
        return said if self.chosen else f"not {said}"


def may_be(variable: Variable) -> str:
    """What may be said of a part or attribute."""
    values = [*variable.values] if variable.numbers is None else []
    numbers = [] if variable.numbers is None else [str(variable.numbers)]
    return ", ".join([*values, *numbers, *([NONE] if may_lack(variable) else [])])


def read(made: Configured, text: str) -> tuple[Choice, ...]:
    """`cpu=cpu_x60`, `cards=wifi,antenna`, `copies=60`, `raid`, `desk=none`, `not raid`.

    Raises:
        ModelError: it names nothing that can be chosen.
    """
    said, chosen = text.strip(), True
    if said.startswith("not "):
        said, chosen = said[4:].strip(), False
    path, sign, values = (part.strip() for part in said.partition("="))
    if not sign:
        return (replace(_named(made, path), chosen=chosen),)
    each = [value.strip() for value in values.split(",")]
    return tuple(replace(_valued(made, path, value), chosen=chosen) for value in each)


def _named(made: Configured, name: str) -> Choice:
    variable = variable_at(made, name)
    if variable is not None:
        value = next((v for v in ("yes", name.rpartition(".")[2]) if v in variable.values), None)
        if value is None:
            raise ModelError(f"`{name}` may be {may_be(variable)}: write {name}=...")
        return Choice(name, value)
    paths = sorted({path.removesuffix(f".{name}") for path, variable in made.scope.items() if name in variable.values})
    if len(paths) == 1:
        return Choice(paths[0], name)
    if paths:
        raise ModelError(f"`{name}` is in several parts: write {' or '.join(f'{path}={name}' for path in paths)}")
    raise _unknown(made, name)


def _valued(made: Configured, path: str, value: str) -> Choice:
    variable = variable_at(made, path)
    if variable is None:
        raise _unknown(made, path)
    found = meant(variable, value)
    if found is None and ticks(value) is not None and variable.numbers is not None:
        raise ModelError(f"`{path}` is never {value}: it may be {may_be(variable)}")
    if found is None:
        raise ModelError(f"`{path}` is never `{value}`: it may be {may_be(variable)}{_near(value, variable.values)}")
    if found.number is not None:
        return Choice(path, decimal(found.number), found.number)
    return Choice(path, value if value in variable.values else NONE)


def _unknown(made: Configured, name: str) -> ModelError:
    known = [*made.scope, *(value for variable in made.scope.values() for value in variable.values)]
    return ModelError(f"`{made.bundle.name}` has nothing called `{name}`{_near(name, known)}")


def _near(name: str, known: Iterable[str]) -> str:
    near = get_close_matches(name, list(known), 1)
    return f": did you mean `{near[0]}`?" if near else ""
