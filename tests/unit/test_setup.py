"""The set-up's promises: locks that any index can serve, make targets that say what they do, a wheel that lacks nothing."""

import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LOCKS = [ROOT / "requirements" / name for name in ("runtime.txt", "dev.txt")]
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
TARGETS = [
    "setup",
    "demo",
    "serve",
    "proto",
    "fmt",
    "lint",
    "types",
    "test",
    "bench",
    "check",
    "campaign",
    "clean",
    "lock",
]


def entries(lock: Path) -> list[str]:
    """The lock's requirements, each with its continuation lines (hashes) in one string."""
    return lock.read_text().replace("\\\n", " ").splitlines()


def name_of(requirement: str) -> str:
    """`Grpc_IO>=1.8` -> `grpc-io`."""
    found = re.match(r"[A-Za-z0-9._-]+", requirement)
    assert found, requirement
    return re.sub(r"[-_.]+", "-", found[0]).lower()


def pins(lock: Path) -> dict[tuple[str, str], str]:
    """(name, marker) -> version, for every requirement of the lock."""
    found = [re.match(r"(\S+)==(\S+)\s*(?:;\s*(.*?))?\s*--hash", entry) for entry in entries(lock)]
    return {(pin[1], pin[3] or ""): pin[2] for pin in found if pin}


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.stem)
def test_every_pin_has_hashes(lock: Path) -> None:
    assert len(pins(lock)) == len(entries(lock)) > 10
    for entry in entries(lock):
        assert re.search(r"--hash=sha256:[0-9a-f]{64}", entry), entry


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.stem)
def test_locks_name_no_address(lock: Path) -> None:
    assert not re.search(r"://|--(extra-)?index|--find-links|\bfile:| @ ", lock.read_text())


def test_the_development_lock_moves_nothing_of_the_runtime_lock() -> None:
    runtime, dev = (pins(lock) for lock in LOCKS)
    shared = runtime.keys() & dev.keys()
    assert {key: runtime[key] for key in shared} == {key: dev[key] for key in shared}


@pytest.mark.parametrize(
    ("lock", "declared"),
    [
        (LOCKS[0], PYPROJECT["project"]["dependencies"]),
        (LOCKS[0], PYPROJECT["dependency-groups"]["build"]),
        (LOCKS[0], PYPROJECT["build-system"]["requires"]),
        (LOCKS[1], PYPROJECT["dependency-groups"]["dev"]),
    ],
    ids=["runtime", "build group", "build system", "dev"],
)
def test_what_is_declared_is_locked(lock: Path, declared: list[str]) -> None:
    locked = {name for name, _ in pins(lock)}
    assert {name_of(requirement) for requirement in declared} <= locked


def test_make_alone_lists_the_targets_with_a_line_each() -> None:
    listing = subprocess.run(["make"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    described = dict(re.findall(r"^  make (\S+) +(\S.*)$", listing, re.MULTILINE))
    assert set(TARGETS) <= described.keys()


def test_the_readme_gives_ci_its_test_command() -> None:
    readme = (ROOT / "README.md").read_text()
    marked = re.findall(r"^<!-- ci: test -->\n```\w*\n(.+?)\n```$", readme, re.MULTILINE | re.DOTALL)
    assert marked == ["make test"]


def test_the_wheel_holds_all_that_runs(tmp_path: Path) -> None:
    build = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(tmp_path)]
    subprocess.run(build, cwd=ROOT, capture_output=True, check=True)
    (wheel,) = tmp_path.glob("*.whl")
    held = set(zipfile.ZipFile(wheel).namelist())
    sources = [path for path in (ROOT / "engine").rglob("*") if path.is_file() and "__pycache__" not in path.parts]
    assert {path.relative_to(ROOT).as_posix() for path in sources} <= held
    for proto in (ROOT / "proto").rglob("*.proto"):
        stem = proto.relative_to(ROOT / "proto").with_suffix("").as_posix()
        assert {f"{stem}.proto", f"{stem}_pb2.py", f"{stem}_pb2.pyi", f"{stem}_pb2_grpc.py"} <= held
    assert {"engine/lang/grammar.lark", "quotient/v1/pricing_pb2_grpc.py"} <= held
    assert "server.py" not in held
