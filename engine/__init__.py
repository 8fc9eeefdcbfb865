"""Quotient: rule text -> prices -> cash. One package a form of the data; imports point down (docs/ARCHITECTURE.md)."""
