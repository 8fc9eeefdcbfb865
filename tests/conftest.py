"""How hard Hypothesis tries: dozens of examples in every run, thousands in `make campaign`."""

from hypothesis import HealthCheck, settings

# Kernels load on first use and two test processes share the cores: time says nothing about an example.
SLOW_STARTS = [HealthCheck.too_slow]

settings.register_profile("default", deadline=None, max_examples=60, suppress_health_check=SLOW_STARTS)
settings.register_profile("campaign", deadline=None, max_examples=5_000, suppress_health_check=SLOW_STARTS)
settings.load_profile("default")
