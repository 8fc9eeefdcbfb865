"""Keeps what must survive, in Redis or Valkey: one script call per change, everything checked before the first write."""
