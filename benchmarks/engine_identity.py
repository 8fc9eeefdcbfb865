"""What it costs to know a caller: a token that was seen a moment ago, one that is new, and a call that says itself who it is."""

from __future__ import annotations

import time
from collections.abc import Callable

from benchmarks.figures import Figure, interleave
from engine.api.callers import Callers
from engine.identity.apikeys import ApiKeys
from engine.identity.keyring import ALGORITHMS, read_keys
from engine.identity.tokens import Tokens
from engine.identity.verified import Verified
from engine.services.context import Context, Role
from tests.trust import AUDIENCE, ISSUER, jwk, jwks, private_key, token

ROUNDS, CALLS = 41, 200


class _NoKeys:
    """A store of API keys that has none."""

    def find(self, tenant: str, key: str) -> None:
        return None


def measure(command: str) -> list[Figure]:
    """Microseconds a call.

    Raises:
        AssertionError: a token is not taken.
    """
    keys = read_keys(jwks(*(jwk(private_key(one), one, kid=one) for one in ALGORITHMS)), ALGORITHMS)
    tokens = Tokens(keys, ISSUER, AUDIENCE, time.time)
    sent = {one: token(private_key(one), one, {"kid": one}) for one in ALGORITHMS}
    callers = Callers(Verified(tokens, ApiKeys(_NoKeys(), time.time), time.time), True, Role.STOREFRONT)
    open_door = Callers(callers.verified, False, Role.STOREFRONT)
    proven = (("user-agent", "grpc"), ("authorization", f"Bearer {sent['ES256']}"))
    said = (
        ("user-agent", "grpc"),
        ("x-quotient-tenant", "acme"),
        ("x-quotient-role", "seller"),
        ("x-quotient-principal", "ann"),
    )
    assert known(callers, proven) == known(open_door, said)
    sides: dict[str, Callable[[], object]] = {
        "said": lambda: [known(open_door, said) for _ in range(CALLS)],
        "known": lambda: [known(callers, proven) for _ in range(CALLS)],
        **{one: (lambda one=one: tokens.caller(sent[one])) for one in ALGORITHMS},  # type: ignore[misc]
    }
    took = interleave(sides, ROUNDS)
    a_call = {name: took[name] / CALLS / 1_000 for name in ("said", "known")}
    new = {one: took[one] / 1_000 for one in ALGORITHMS}
    told = ", ".join(f"{name} {value:.0f} us" for name, value in new.items())
    return [
        Figure("known_caller_us", a_call["known"], 20, "lower", command, f"a token seen before; a caller that says who it is {a_call['said']:.1f} us"),
        Figure("new_token_us", max(new.values()), None, "lower", command, f"the slowest algorithm, once a minute and worker; {told}"),
    ]  # fmt: skip


def known(callers: Callers, metadata: tuple[tuple[str, str], ...]) -> Context:
    """The context of a call."""
    return callers.context(metadata, float("inf"), _waits)


def _waits() -> bool:
    return True
