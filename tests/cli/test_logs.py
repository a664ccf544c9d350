"""The log of a process, in a process of its own: it is set up once and for all."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

_PROGRAM = """
import logging, sys, warnings
from structlog import get_logger
log = get_logger()
from gonets.cli.logs import open_log
from gonets.config import LogConfig
open_log(LogConfig(level=sys.argv[1], json=sys.argv[2] == "json"))
log.info("part sent", action="part_sent", part=1001, path=__import__("pathlib").Path("/x"))
log.warning("link down", action="link_down", connector="sim")
logging.getLogger("asyncio").error("a task %s", "died")
logging.getLogger("uvicorn").info("chatter")
"""


_FAILING = """
import logging, sys
from structlog import get_logger
from gonets.cli.logs import open_log
from gonets.config import LogConfig
open_log(LogConfig(level=sys.argv[1], json=sys.argv[2] == "json"))

def verify(password):
    raise RuntimeError("broken")

for log in (get_logger(), logging.getLogger("asyncio")):
    try:
        verify("P@ss" + "w0rd")
    except RuntimeError:
        log.exception("step failed")
"""


_BROKEN_FORM = """
import sys
from gonets.cli.logs import open_log
from gonets.config import LogConfig
from gonets.wire import multipart
open_log(LogConfig(level=sys.argv[1], json=sys.argv[2] == "json"))
try:
    multipart.parse(b"pass=secret", "multipart/form-data; boundary=x")
except multipart.Broken:
    pass
else:
    raise AssertionError
"""


def logged(level: str, form: str, tmp_path: Path, source: str = _PROGRAM) -> list[str]:
    program = tmp_path / "program.py"
    program.write_text(source)
    done = subprocess.run(
        [sys.executable, str(program), level, form], capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout == ""
    return done.stderr.splitlines()


def test_each_event_is_one_json_object_on_the_error_output(tmp_path: Path) -> None:
    first, second, third = (json.loads(line) for line in logged("info", "json", tmp_path))
    assert first.pop("timestamp").endswith("Z")
    assert first == {"event": "part sent", "action": "part_sent", "part": 1001, "path": "/x", "level": "info"}
    assert second["connector"] == "sim"
    assert (third["event"], third["level"]) == ("a task died", "error")


@pytest.mark.parametrize("form", ["json", "lines"])
def test_what_is_under_the_level_is_not_logged(form: str, tmp_path: Path) -> None:
    first, second = logged("warning", form, tmp_path)
    assert "link down" in first
    assert "a task died" in second
    assert "\x1b" not in first


@pytest.mark.parametrize("form", ["json", "lines"])
def test_a_traceback_tells_where_and_holds_no_values(form: str, tmp_path: Path) -> None:
    written = "\n".join(logged("info", form, tmp_path, _FAILING))
    assert written.count("program.py") >= 2
    assert written.count("broken") >= 2
    assert "P@ssw0rd" not in written


@pytest.mark.parametrize("form", ["json", "lines"])
def test_a_form_that_a_client_broke_is_not_worth_a_line(form: str, tmp_path: Path) -> None:
    assert logged("debug", form, tmp_path, _BROKEN_FORM) == []


@pytest.mark.parametrize("form", ["json", "lines"])
def test_a_full_disk_under_the_log_stops_nobody(form: str, tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    program.write_text(_PROGRAM + '\nprint("went on")\n')
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, str(program), "info", form],
            check=False,
            stdout=subprocess.PIPE,
            stderr=full,
            text=True,
            timeout=60,
        )
    assert done.stdout == "went on\n"
