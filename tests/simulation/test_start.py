"""Starting: what cannot be is one clear line, what was left behind is no hindrance, and nothing is left running."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import grpc
import pytest

from engine.bootstrap import Settings, Unstartable
from engine.services.context import Role
from tests.simulation.service import ROOT, activate, alive, book, eventually, health, mug, publish, replaced, running

pytestmark = pytest.mark.service
WRONG = {
    "QUOTIENT_PORT=abc": "QUOTIENT_PORT is `abc`: it must be a whole number from 0 to 65535",
    "QUOTIENT_PORT=65536": "from 0 to 65535",
    "QUOTIENT_PORT=-1": "from 0 to 65535",
    "QUOTIENT_WORKERS=0": "QUOTIENT_WORKERS is `0`: it must be a whole number from 1 to 256",
    "QUOTIENT_WORKERS=": "from 1 to 256",
    "QUOTIENT_METRICS_PORT=x": "QUOTIENT_METRICS_PORT is `x`",
    "QUOTIENT_REDIS_URL=http://localhost": "QUOTIENT_REDIS_URL cannot be read: a store's URL is redis://, rediss://",
    "QUOTIENT_REDIS_URL=redis://": "cannot be read",
    "QUOTIENT_REDIS_URL=redis://u:secret@127.0.0.1:1": "no store answers at redis://...@127.0.0.1:1: ",
    "QUOTIENT_DEFAULT_ROLE=king": "must be one of storefront, seller",
    "QUOTIENT_INSECURE_NETWORK=true": "must be one of nothing, yes",
    "QUOTIENT_HOST=0.0.0.0": "0.0.0.0 is not loopback",
    "QUOTIENT_RULES=/none": "QUOTIENT_RULES is `/none`: it must be a folder",
    f"QUOTIENT_DATA={__file__}/data": "it must be a folder we can write (Not a directory)",
}


def start(folder: Path, *settings: str) -> tuple[int, str, str]:
    """(exit status, stdout, stderr) of a service that is not expected to start."""
    own = {"QUOTIENT_PORT": "0", "QUOTIENT_DATA": str(folder / "data")} | dict(one.split("=", 1) for one in settings)
    done = subprocess.run(
        [sys.executable, str(ROOT / "server.py")], env=os.environ | own, capture_output=True, text=True, timeout=60
    )
    return done.returncode, done.stdout, done.stderr


@pytest.mark.parametrize("setting", WRONG)
def test_a_wrong_setting_is_answered_by_one_line(tmp_path: Path, setting: str) -> None:
    status, out, err = start(tmp_path, setting)
    assert (status, out, err.count("\n")) == (2, "", 1), err
    assert err.startswith("quotient: ")
    assert WRONG[setting] in err
    assert "secret" not in err


@pytest.mark.parametrize("name", ["QUOTIENT_PORT", "QUOTIENT_METRICS_PORT"])
def test_a_port_that_is_taken(tmp_path: Path, name: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        assert start(tmp_path, f"{name}={port}") == (2, "", f"quotient: port {port} is taken: set {name} to another\n")


def test_a_book_of_rules_that_does_not_check(tmp_path: Path) -> None:
    (tmp_path / "rules/shop").mkdir(parents=True)
    (tmp_path / "rules/shop/book.quo").write_text("price book nothing\n")
    status, out, err = start(tmp_path, f"QUOTIENT_RULES={tmp_path / 'rules'}")
    assert (status, out, err.count("\n")) == (2, "", 1), err
    assert re.match(r"quotient: .*/rules/shop: the book does not check: E\d+ book\.quo:1 .*\(`quo check ", err)


def test_two_services_over_one_folder(tmp_path: Path) -> None:
    with running(tmp_path) as service:
        status, _, err = start(tmp_path)
        assert (status, err.count("\n")) == (2, 1)
        assert "set QUOTIENT_DATA to another folder" in err
        with service.channel() as channel:
            assert publish(channel, 1)


def test_who_says_no_role() -> None:
    """An administrator on loopback only; a storefront elsewhere."""
    open_network = {"QUOTIENT_HOST": "0.0.0.0", "QUOTIENT_INSECURE_NETWORK": "yes"}
    assert Settings.from_environment({}).default_role is Role.ADMINISTRATOR
    assert Settings.from_environment(open_network).default_role is Role.STOREFRONT
    assert Settings.from_environment({"QUOTIENT_DEFAULT_ROLE": "seller"}).default_role is Role.SELLER
    with pytest.raises(Unstartable, match="QUOTIENT_DEFAULT_ROLE is `administrator`"):
        Settings.from_environment(open_network | {"QUOTIENT_DEFAULT_ROLE": "administrator"})


def test_the_default_role_is_asked_for(tmp_path: Path) -> None:
    with running(tmp_path, QUOTIENT_DEFAULT_ROLE="storefront") as service, service.channel() as channel:
        with pytest.raises(grpc.RpcError) as refused:
            publish(channel, 1)
        assert refused.value.code() is grpc.StatusCode.PERMISSION_DENIED


def test_a_first_start_that_was_killed_is_made_good(tmp_path: Path) -> None:
    """At any moment: the next start has every book of rules/, active."""
    for name in ("shop", "other"):
        (tmp_path / "rules" / name).mkdir(parents=True)
        (tmp_path / "rules" / name / "book.quo").write_text(book(5))
    env = os.environ | {
        "QUOTIENT_PORT": "0",
        "QUOTIENT_DATA": str(tmp_path / "data"),
        "QUOTIENT_RULES": str(tmp_path / "rules"),
    }
    for part in range(6):
        begun = subprocess.Popen(
            [sys.executable, str(ROOT / "server.py")], env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        time.sleep(0.2 * (part + 1))
        begun.kill()
        begun.wait()
    with running(tmp_path) as service, service.channel() as channel:
        assert mug(channel)[1] == 5
        assert re.search(r"books other@\w{8}, shop@\w{8}$", service.said)


def test_a_plan_that_cannot_be_read_is_made_again(tmp_path: Path) -> None:
    with running(tmp_path) as service:
        with service.channel() as channel:
            version = publish(channel, 3)
            activate(channel, version)
        service.stop()
        (plan,) = (tmp_path / "data/plans").glob("*.plan")
        whole = plan.read_bytes()
        (tmp_path / "data/plans/of-another-release-0.plan").write_bytes(whole)
        for spoiled in (b"", whole[:40], whole[: len(whole) // 2]):
            plan.write_bytes(spoiled)
            service.start()
            with service.channel() as channel:
                assert mug(channel) == (version, 3)
            service.stop()
            assert [path.name for path in (tmp_path / "data/plans").glob("*.plan")] == [plan.name]
        assert plan.read_bytes() == whole


def test_a_store_that_hangs_is_ended_by_the_next_start(tmp_path: Path) -> None:
    with running(tmp_path) as service:
        with service.channel() as channel:
            version = publish(channel, 3)
            activate(channel, version)
        (orphan,) = service.store()
        os.kill(orphan, signal.SIGSTOP)
        service.stop(signal.SIGKILL)
        service.start()
        assert orphan not in alive()
        with service.channel() as channel:
            assert mug(channel) == (version, 3)


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="threads are counted in /proc")
def test_the_process_that_forks_has_one_thread(tmp_path: Path) -> None:
    with running(tmp_path) as service:
        assert len(list(Path(f"/proc/{service.process.pid}/task").iterdir())) == 1
        mapped = Path(f"/proc/{service.process.pid}/maps").read_text()
        assert "cygrpc" not in mapped
        assert "llvmlite" in mapped  # the kernels are loaded before the fork


def test_a_worker_that_always_dies_does_not_spin(tmp_path: Path) -> None:
    """It is started again, later each time; a stop does not wait for it."""
    with running(tmp_path, QUOTIENT_WORKERS="1") as service:
        for _ in range(3):
            before = service.workers()
            os.kill(before[0], signal.SIGKILL)
            assert replaced(service.workers, before)
        with service.channel() as channel:
            assert eventually(lambda: health(channel) == "SERVING")
        os.kill(service.workers()[0], signal.SIGKILL)
        assert service.stop() == 0
