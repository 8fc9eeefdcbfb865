"""Makes the Python stubs of proto/quotient, beside the .proto files.

hatchling calls it for a wheel and for an editable install; `make proto` runs it as a program. Stubs are never committed:
they belong to the protobuf that is installed, and the two must agree.

    quotient/v1/pricing.proto -> pricing_pb2.py  pricing_pb2.pyi  pricing_pb2_grpc.py
"""

import os
import sys
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

HERE = Path(__file__).resolve().parent
STUB_SUFFIXES = ("_pb2.py", "_pb2.pyi", "_pb2_grpc.py")


def _include_paths() -> list[Path]:
    """Where protoc finds ours, google/api (annotations) and google/protobuf (timestamps and the like)."""
    google_api = find_spec("google.api")
    if google_api is None or google_api.submodule_search_locations is None:
        raise RuntimeError("googleapis-common-protos is not installed: run `make setup`")
    common = Path(next(iter(google_api.submodule_search_locations))).parents[1]
    tools = Path(str(import_module("grpc_tools").__file__)).parent
    return [HERE, common, tools / "_proto"]


def _run_protoc(protos: list[Path], out: Path) -> None:
    """Writes the stubs of `protos` below `out`; protoc's own words on stderr say what is wrong with a .proto."""
    includes = [f"--proto_path={path}" for path in _include_paths()]
    outputs = [f"--{kind}_out={out}" for kind in ("python", "pyi", "grpc_python")]
    status = import_module("grpc_tools.protoc").main(["protoc", *includes, *outputs, *map(str, protos)])
    if status != 0:
        raise RuntimeError(f"protoc failed with status {status}")


def _stubs_below(folder: Path) -> dict[Path, Path]:
    """Every stub below a folder, by its path relative to it."""
    found = (path for suffix in STUB_SUFFIXES for path in (folder / "quotient").rglob(f"*{suffix}"))
    return {path.relative_to(folder): path for path in found}


def generate() -> int:
    """Brings the stubs of every .proto of ours up to date; returns how many .proto files there are.

    Stubs are made aside and only those that differ are put in place, each in one move: a process that imports them
    meanwhile sees the old or the new file, and what did not change keeps its time. Stubs without a source are dropped.
    """
    protos = sorted((HERE / "quotient").rglob("*.proto"))
    if not protos:
        raise RuntimeError(f"no .proto file below {HERE / 'quotient'}")
    with TemporaryDirectory(dir=HERE, prefix=".stubs-") as aside:
        _run_protoc(protos, Path(aside))
        made, there = _stubs_below(Path(aside)), _stubs_below(HERE)
        for name in made:
            if name not in there or there[name].read_bytes() != made[name].read_bytes():
                os.replace(made[name], HERE / name)
    for name in there.keys() - made.keys():
        there[name].unlink()
    return len(protos)


class StubsHook(BuildHookInterface):  # type: ignore[type-arg]
    """What hatchling runs before it builds a wheel or an editable install."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Generates the stubs; `version` is "standard" or "editable", and both need them."""
        if self.target_name == "wheel":
            generate()


if __name__ == "__main__":
    sys.stdout.write(f"stubs of {generate()} .proto files are up to date\n")
