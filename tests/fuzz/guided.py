"""Coverage-guided fuzzing of rule text: atheris changes real books where a change reaches new code of `engine.lang`.

    make guided                                    an hour, from the books of rules/ and tests/golden
    python -m tests.fuzz.guided -max_total_time=60 -runs=0 ...      any option of libFuzzer

It needs atheris, which has wheels for Linux on x86-64; the campaign of Hypothesis (`make campaign`) runs everywhere. What it finds is left in
`.fuzz/`: make a golden book of it.
"""

from __future__ import annotations

import sys
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["engine.lang"]):
    from engine.lang.check import check
    from engine.lang.parse import KEPT

CORPUS = Path(".fuzz") / "corpus"
SEPARATOR = b"\x00=== "
"""Between the files of a bundle in one input: a name follows to the end of the line."""
NAMED = ("E", "W", "P")


def bundle_of(data: bytes) -> dict[str, bytes]:
    """An input as files: the first is rule text, the others have the names they say."""
    first, *others = data.split(SEPARATOR)
    files = {"book.quo": first}
    for part in others:
        name, _, content = part.partition(b"\n")
        files[name.decode("utf-8", "replace")[:80] or "data.csv"] = content
    return files


def one(data: bytes) -> None:
    """Check an input with nothing remembered; every diagnostic has a name and a place that can be shown."""
    KEPT.clear()
    result = check(bundle_of(data))
    for diagnostic in result.diagnostics:
        assert diagnostic.code[0] in NAMED and diagnostic.message
        assert diagnostic.render(result.sources)


def seed() -> None:
    """The first inputs: books as they are."""
    from tests.fuzz.texts import BUNDLES

    CORPUS.mkdir(parents=True, exist_ok=True)
    for number, bundle in enumerate(BUNDLES):
        rules = [text for path, text in bundle.items() if path.endswith(".quo")]
        data = [f"{path}\n{text}" for path, text in bundle.items() if not path.endswith(".quo")]
        inputs = "\x00=== ".join(["\n".join(rules), *data]).encode()
        if len(inputs) < 100_000:
            (CORPUS / f"{number:04d}").write_bytes(inputs)


def main() -> None:
    """Fuzz until libFuzzer's limits, or the first fault."""
    seed()
    options = ["-artifact_prefix=.fuzz/", "-timeout=20", "-max_len=60000", *sys.argv[1:]]
    atheris.Setup([sys.argv[0], *options, str(CORPUS)], one)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
