"""The stages of a deal as pure states and verbs: no clock, id, randomness or I/O; who decides is in tables."""
