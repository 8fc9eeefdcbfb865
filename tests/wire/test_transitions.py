"""Every verb on every status, for every role, over the wire: allowed or refused as the tables of the machines say; and once, however
often it is sent."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from pathlib import Path

import grpc
import pytest

from engine.lifecycle.kinds import MACHINES
from engine.values.roles import Role
from tests.simulation.service import running
from tests.wire.selling import ADMIN, as_role
from tests.wire.stages import NOW, WALKS, Ask, Stages

pytestmark = pytest.mark.service
CASES = [(kind, status, one) for kind, walk in WALKS.items() for status in walk.statuses() for one in walk.verbs]

ALLOWED = [
    (kind, status, one)
    for kind, status, one in CASES
    if status in WALKS[kind].machine.verbs[one].leads and one != "expire"  # which the service does by itself
]


@pytest.fixture(scope="module")
def stages(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stages]:
    folder: Path = tmp_path_factory.mktemp("transitions")
    clock = folder / "clock"
    clock.write_text(str(NOW))
    with running(folder, QUOTIENT_CLOCK_FILE=str(clock)) as service, service.channel() as channel:
        made = Stages(channel, clock)
        made.furnish()
        yield made


def told(ask: Ask, stages: Stages, name: str, role: Role, person: str = "") -> str:
    """OK, or the status it is refused with."""
    try:
        ask(stages, name, as_role(role, person))
    except grpc.RpcError as error:
        return str(error.code().name)
    return "OK"


@pytest.mark.parametrize(("kind", "status", "verb"), CASES)
def test_a_verb_does_what_its_table_says(stages: Stages, kind: str, status: str, verb: str) -> None:
    walk = WALKS[kind]
    rule = walk.machine.verbs[verb]
    target = rule.leads.get(status)
    roles = [role for role in rule.roles if (verb, role) not in walk.elsewhere]
    name = walk.bring(stages, status)
    before = walk.status(stages, name)
    for role in Role:
        if role not in roles or target is None:
            refusal = "FAILED_PRECONDITION" if role in roles else "PERMISSION_DENIED"
            assert told(walk.verbs[verb], stages, name, role) == refusal, role
            assert walk.status(stages, name) == before
    for role in roles if target is not None else ():
        allowed = walk.bring(stages, status)
        assert told(walk.verbs[verb], stages, allowed, role) == "OK", role
        assert walk.status(stages, allowed)[0] == target


@pytest.mark.parametrize(("kind", "status", "verb"), ALLOWED)
def test_a_request_that_is_sent_again_is_answered_again_and_done_once(
    stages: Stages, kind: str, status: str, verb: str
) -> None:
    walk = WALKS[kind]
    name, ask = walk.bring(stages, status), walk.verbs[verb]
    with stages.once(uuid.uuid4().hex):
        first = ask(stages, name, ADMIN)
        after = walk.status(stages, name)
        assert ask(stages, name, ADMIN) == first
        assert walk.status(stages, name) == after
        again = told(ask, stages, name, Role.ADMINISTRATOR, "somebody-else")
        assert again != "ALREADY_EXISTS", "the id is somebody else's, too"


@pytest.mark.parametrize("kind", [kind for kind, walk in WALKS.items() if walk.creates])
def test_new_ones_are_made_by_the_roles_of_the_table(stages: Stages, kind: str) -> None:
    walk = WALKS[kind]
    roles = walk.machine.verbs[walk.creates].roles
    made = {role for role in Role if told(lambda stages, _, who: walk.new(stages, who), stages, "", role) == "OK"}
    assert made == roles


def test_every_verb_is_walked() -> None:
    assert {walk.machine.noun for walk in WALKS.values()} == MACHINES.keys()
    for walk in WALKS.values():
        called = walk.verbs.keys() | walk.on_the_way.keys() | ({walk.creates} - {""})
        assert called == walk.machine.verbs.keys()
