"""Properties are tried on other examples in each run, but where a change is judged: there on the same."""

import os

from tests.effort import profiles

profiles(same="CI" in os.environ)
