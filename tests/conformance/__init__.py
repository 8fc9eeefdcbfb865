"""Published figures, each run through a book and the engine: `pytest tests/conformance --vectors FILE` takes other files."""
