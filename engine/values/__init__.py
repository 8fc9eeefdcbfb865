"""The words every layer shares: kinds of value, money, rounding, identity. Imports nothing of the engine."""
