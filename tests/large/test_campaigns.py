"""A campaign to a million numbers, through two kills, in bounded memory."""

from pathlib import Path

import pytest

from tests.contract.house import scaled
from tests.stories.durability.campaign import tell


@pytest.mark.timeout(1800)
def test_a_campaign_to_a_million_numbers_reaches_each_once_in_bounded_memory(tmp_path: Path) -> None:
    tell(tmp_path, scaled(1_000_000, 1_000), 1500.0, 200)
