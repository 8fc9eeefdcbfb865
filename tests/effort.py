"""How often properties are tried: as often as a test says in every run, and in a campaign as many times that as all others are."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

EVERY_RUN, CAMPAIGN = 60, 2_000


def profiles(same: bool) -> None:
    """Make both known, and take that of every run; `same`: with the same examples each time."""
    # kernels load on first use and test processes share the cores: time says nothing about an example
    plain = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
    settings.register_profile("default", plain, max_examples=EVERY_RUN, derandomize=same)
    settings.register_profile("campaign", plain, max_examples=CAMPAIGN, derandomize=False)
    settings.load_profile("default")


def tries(few: int) -> int:
    """How many examples of a property that takes so many in every run."""
    return few * settings.default.max_examples // EVERY_RUN
