"""The proof of the ledger stays affordable: it is what an operator runs on a store that has grown for years."""

import pytest
from sqlalchemy import text

from gonets.stores.money import _CHECKS
from gonets.stores.store import transaction
from tests.contract.house import House


@pytest.mark.parametrize("sentence", _CHECKS)
def test_proving_the_ledger_does_not_read_all_of_it_again_for_every_message(
    house: House, sentence: str
) -> None:
    with transaction(house.store.engine) as connection:
        plan = [row[3] for row in connection.execute(text(f"EXPLAIN QUERY PLAN {_CHECKS[sentence]}"))]
    assert plan
    assert not [step for step in plan if step.startswith("SCAN") and step.endswith("LEFT-JOIN")]
