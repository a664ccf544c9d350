"""For all tests: how many examples a property is tried with."""

import os

from hypothesis import settings

SCALE = float(os.environ.get("GONETS_TEST_SCALE", "0.05"))

settings.register_profile("gonets", max_examples=round(30 + 970 * SCALE**2), deadline=None)
settings.load_profile("gonets")
