"""Makes the Python stubs of proto/quotient, beside the .proto files.

hatchling calls it for a wheel and for an editable install; `make proto` runs it as a program. Stubs are never committed:
they belong to the protobuf that is installed, and the two must agree.

    quotient/v1/pricing.proto -> pricing_pb2.py  pricing_pb2.pyi  pricing_pb2_grpc.py
"""

import sys
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
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


def _is_stale(stub: Path, protos: list[Path]) -> bool:
    """Whether no .proto makes this stub any more (its source was renamed or removed)."""
    made = {str(proto)[: -len(".proto")] + suffix for proto in protos for suffix in STUB_SUFFIXES}
    return str(stub) not in made


def generate() -> list[Path]:
    """Runs protoc over every .proto of ours, drops stubs without a source, and returns the .proto files."""
    protos = sorted((HERE / "quotient").rglob("*.proto"))
    if not protos:
        raise RuntimeError(f"no .proto file below {HERE / 'quotient'}")
    for suffix in STUB_SUFFIXES:
        for stub in (HERE / "quotient").rglob(f"*{suffix}"):
            if _is_stale(stub, protos):
                stub.unlink()
    includes = [f"--proto_path={path}" for path in _include_paths()]
    outputs = [f"--{kind}_out={HERE}" for kind in ("python", "pyi", "grpc_python")]
    status = import_module("grpc_tools.protoc").main(["protoc", *includes, *outputs, *map(str, protos)])
    if status != 0:
        raise RuntimeError(f"protoc failed with status {status}")
    return protos


class StubsHook(BuildHookInterface):  # type: ignore[type-arg]
    """What hatchling runs before it builds a wheel or an editable install."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Generates the stubs; `version` is "standard" or "editable", and both need them."""
        if self.target_name == "wheel":
            generate()


if __name__ == "__main__":
    made = generate()
    sys.stdout.write(f"stubs of {len(made)} .proto files are up to date\n")
