"""Reads rule text: parse, name, type, check, format. In: path -> bytes. Out: a `Book`, or diagnostics."""
