"""Bundles as they are configured: what is chosen and undone, what is left then, and what whole ones cost."""
