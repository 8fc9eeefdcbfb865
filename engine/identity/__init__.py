"""Finds out who calls: signed tokens, API keys, and the certificates of a channel. It keeps nothing, and knows no role's rights."""
