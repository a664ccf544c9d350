"""SIGKILL in the middle of a campaign, twice: each number gets its message once, and the report adds up."""

from pathlib import Path

import pytest

from tests.contract.house import scaled
from tests.stories.durability.campaign import tell


@pytest.mark.timeout(600)
def test_a_gateway_killed_during_a_campaign_sends_to_everybody_once(tmp_path: Path) -> None:
    tell(tmp_path, scaled(100_000, 1_000), 240.0, 200)
