"""Configuration, proved on models that nobody here wrote: `pytest tests/configuration --models DIR` runs any folder of them."""
