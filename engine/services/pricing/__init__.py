"""Prices as they are asked for: quotes, bundles in them, what these come to, and why."""
