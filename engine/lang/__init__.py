"""Reads rule text: parse, name, type, check, format. In: path -> bytes. Out: a `Book`, or diagnostics."""

from engine.lang.check import Checked, check
from engine.lang.diagnostics import Diagnostic
from engine.lang.format import format_text

__all__ = ["Checked", "Diagnostic", "check", "format_text"]
