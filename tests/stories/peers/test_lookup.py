"""A look-up by SMSC.ru's text command: its result as both of the document's parsers in PHP read it."""

import json
import shutil
import subprocess
from typing import Any
from urllib.parse import quote_plus

import pytest

from tests.processes import GatewayProcess
from tests.stories.peers.clients import HERE, PERL, Message, Receipt, run

NAMES = ("id", "stat", "err", "imsi", "msc", "mcc", "mnc", "cn", "net", "rcn", "rnet")

FOUND = {
    "79161230001": ("DELIVRD", "000", "Russian Federation", "", ""),
    "380671230001": ("DELIVRD", "000", "Ukraine", "", ""),
    "79161239901": ("UNDELIV", "001", "Russian Federation", "", ""),
    "79161239915": ("DELIVRD", "000", "Russian Federation", "Belarus", "Velcom"),
}
"""stat, err, country, and the two names abroad, by number."""


def php(line: str) -> Any:
    """What both parsers make of a line."""
    assert shutil.which("php"), "PHP is not installed; on Debian and Ubuntu: apt install php-cli"
    done = subprocess.run(
        ["php", str(HERE / "lookup.php"), line], capture_output=True, text=True, timeout=30, check=False
    )
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def receipts(gateway: GatewayProcess, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Receipt]:
    """By number; the commands are sent in each form that they are seen in."""
    messages = [
        Message(number, number, "__HLR__", "gsm" if index % 2 else "ascii")
        for index, number in enumerate(FOUND)
    ]
    done = run(
        PERL,
        gateway,
        messages,
        tmp_path_factory.mktemp("lookup"),
        system_id="smsc",
        listener="smpp_smsc",
    )
    assert done.said.statuses == {}
    assert done.tap.dissected(tmp_path_factory.mktemp("capture")).complaints == []
    return {receipt.source: receipt for receipt in done.said.receipts}


@pytest.mark.parametrize("number", FOUND)
def test_both_parsers_in_php_read_what_was_found(receipts: dict[str, Receipt], number: str) -> None:
    receipt = receipts[number]
    stat, err, cn, rcn, rnet = FOUND[number]
    read = php(receipt.text)
    assert list(read["query"]) == list(NAMES)
    query = read["query"]
    assert (query["id"], query["stat"], query["err"]) == (receipt.id, stat, err)
    assert (query["cn"], query["rcn"], query["rnet"]) == (cn, rcn, rnet)
    assert bool(query["imsi"]) is bool(query["msc"]) is (stat == "DELIVRD")
    assert query["imsi"].startswith(query["mcc"] + query["mnc"] if query["imsi"] else "")
    assert query["net"]
    # The document's loop leaves the last two names encoded.
    assert read["pattern"] == [
        *(query[name] for name in NAMES[:9]),
        *(quote_plus(query[name]) for name in NAMES[9:]),
    ]


def test_it_says_of_what_type_it_is(receipts: dict[str, Receipt]) -> None:
    assert {(each.type, each.parts) for each in receipts.values()} == {("0004", "0001")}
