"""Configuration: which choices are possible, why the others are not, and what the cheapest completion is. See docs/CONFIGURATION.md."""
