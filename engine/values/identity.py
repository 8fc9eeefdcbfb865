"""Names things by their content: a bundle of files has one version, the hash of its paths and bytes."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping

ID = re.compile(r"[a-z0-9][a-z0-9-]{0,62}\Z")
"""What a tenant or book id may look like, so that no two store keys collide (docs/ARCHITECTURE.md, State)."""


def version_of(files: Mapping[str, bytes]) -> str:
    """Return the version of a bundle: 32 hex digits of SHA-256 over its sorted paths and bytes, each length-prefixed."""
    digest = hashlib.sha256()
    for path, content in sorted(files.items()):
        for part in (path.encode(), content):
            digest.update(len(part).to_bytes(8, "big"))
            digest.update(part)
    return digest.hexdigest()[:32]
