"""What stories of whole gateways share."""

from collections.abc import Iterator

import pytest

from tests.processes import Starting
from tests.stories.durability.warm import warm_starts


@pytest.fixture(scope="session")
def starting() -> Iterator[Starting]:
    """A quick way to start gateways: `running(place, starting)`."""
    with warm_starts() as starting:
        yield starting
