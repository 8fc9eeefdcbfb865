"""Resolves pyproject.toml into the three lock files beside this program, for every platform and Python we support.

runtime.txt: what `make setup` needs, the build's own tools included. dev.txt: what tests, lint and types add to it; its
versions never differ from runtime.txt's. fuzz.txt: the coverage-guided fuzzer, for `make guided` alone. All carry hashes and no address, so that any index that has the same files will do.
Run it by `make lock`.
"""

import shutil
import subprocess
from pathlib import Path

HERE = Path(__file__).resolve().parent
OLDEST_PYTHON = "3.11"
FUZZ = HERE / "fuzz.txt"
RUNTIME = HERE / "runtime.txt"
DEV = HERE / "dev.txt"


def resolve(output: Path, *sources: str) -> None:
    """Writes one lock file: newest versions of `sources` that have wheels, with the hashes of all their files."""
    uv = shutil.which("uv", path=str(HERE.parent / ".venv" / "bin")) or "uv"
    universal = ["--universal", "--python-version", OLDEST_PYTHON, "--only-binary", ":all:", "--generate-hashes"]
    bare = ["--no-header", "--no-annotate", "--no-emit-index-url", "--no-emit-find-links", "--quiet"]
    command = [uv, "pip", "compile", *sources, "--upgrade", *universal, *bare, "--output-file", str(output)]
    subprocess.run(command, check=True, cwd=HERE.parent)


if __name__ == "__main__":
    resolve(RUNTIME, "pyproject.toml", "--group", "build")
    resolve(DEV, "--group", "dev", "--constraint", str(RUNTIME))
    resolve(FUZZ, "--group", "fuzz", "--constraint", str(DEV))
