"""What clients were built against: the wire shape of quotient.v1 as kept in baseline.json.

`python -m tests.wire.compatibility` writes the baseline again after additions; it refuses while something breaks.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from google.protobuf.descriptor import Descriptor, EnumDescriptor, FieldDescriptor, FileDescriptor, ServiceDescriptor

from engine.api.server import SERVICES
from quotient.v1 import quote_changes_pb2

BASELINE = Path(__file__).with_name("baseline.json")
FILES = (*dict.fromkeys(module.DESCRIPTOR for module, _ in SERVICES.values()), quote_changes_pb2.DESCRIPTOR)
"""Of every service, and what they answer with besides."""
Shape = dict[str, dict[str, dict[str, Any]]]


def shape_of(files: tuple[FileDescriptor, ...] = FILES) -> Shape:
    """{full name: {member: what a client depends on}} of every message, enum and service."""
    shape: Shape = {}
    for file in files:
        for message in file.message_types_by_name.values():
            _add_message(shape, message)
        for enum in file.enum_types_by_name.values():
            _add_enum(shape, enum)
        for service in file.services_by_name.values():
            _add_service(shape, service)
    return shape


def breaks(before: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """What a client of `before` would find gone or changed; additions are no breaks."""
    found = []
    for name, members in before.items():
        if name not in now:
            found.append(f"{name} is gone")
            continue
        for member, was in members.items():
            there = now[name].get(member)
            if there is None:
                found.append(f"{name}.{member} is gone")
            elif there != was:
                found.append(f"{name}.{member} was {was} and is {there}")
    return found


def _add_message(shape: Shape, message: Descriptor) -> None:
    shape[message.full_name] = {field.name: _field(field) for field in message.fields}
    for nested in message.nested_types:
        _add_message(shape, nested)
    for enum in message.enum_types:
        _add_enum(shape, enum)


def _field(field: FieldDescriptor) -> dict[str, Any]:
    kind = field.message_type or field.enum_type
    return {
        "number": field.number, "type": field.type, "of": kind.full_name if kind else "",
        "repeated": field.is_repeated, "presence": field.has_presence,
        "oneof": field.containing_oneof.name if field.containing_oneof else "",
    }  # fmt: skip


def _add_enum(shape: Shape, enum: EnumDescriptor) -> None:
    shape[enum.full_name] = {value.name: {"number": value.number} for value in enum.values}


def _add_service(shape: Shape, service: ServiceDescriptor) -> None:
    shape[service.full_name] = {
        method.name: {
            "takes": method.input_type.full_name, "takes_many": method.client_streaming,
            "answers": method.output_type.full_name, "answers_many": method.server_streaming,
        }
        for method in service.methods
    }  # fmt: skip


def read_baseline() -> Shape:
    """The kept shape."""
    shape: Shape = json.loads(BASELINE.read_text())
    return shape


def main() -> int:
    """Keep the present shape, unless it breaks the kept one."""
    now = shape_of()
    found = breaks(read_baseline(), now) if BASELINE.exists() else []
    if found:
        print("\n".join(["not kept: clients would break", *found]), file=sys.stderr)
        return 1
    BASELINE.write_text(json.dumps(now, indent=1, sort_keys=True) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
