"""Whatever strangers send is read and answered: any octets, proper requests with a few octets changed, and what a
fuzzer finds that looks where the code goes."""

import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.contract.house import SCALE, scaled
from tests.fuzz.parsers import PARSERS, Parser, feed

EXAMPLES = scaled(100_000, least=500)
CHANGES = (
    b"",
    b"\0",
    b"&",
    b"=",
    b"%",
    b"%zz",
    b"+",
    b"[",
    b"]",
    b";",
    b"<",
    b"&amp;",
    b"\xff",
    b"--frontier",
    b"9" * 40,
)


@st.composite
def changed(draw: st.DrawFn, parser: Parser) -> bytes:
    """A request that is read, with some of it put elsewhere, doubled, left out or made into something else."""
    data = draw(st.sampled_from(parser.samples))
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(data)))
        end = draw(st.integers(start, min(len(data), start + 30)))
        data = data[:start] + draw(st.sampled_from(CHANGES) | st.binary(max_size=8)) + data[end:]
    return data


@pytest.mark.timeout(3600)
@pytest.mark.parametrize("name", PARSERS)
def test_a_request_with_a_few_octets_changed_is_answered(name: str) -> None:
    parser = PARSERS[name]()

    @settings(
        max_examples=EXAMPLES, deadline=None, derandomize=SCALE < 1, suppress_health_check=list(HealthCheck)
    )
    @given(changed(parser) | st.binary(max_size=300))
    def answered(data: bytes) -> None:
        feed(parser, data)

    answered()


@pytest.mark.parametrize("name", PARSERS)
def test_the_requests_to_begin_with_are_read(name: str) -> None:
    parser = PARSERS[name]()
    for sample in parser.samples:
        feed(parser, sample)


@pytest.mark.timeout(3600)
@pytest.mark.skipif(sys.platform != "linux", reason="atheris has wheels for Linux")
@pytest.mark.parametrize("name", PARSERS)
def test_a_fuzzer_that_sees_where_the_code_goes_finds_nothing(name: str, tmp_path: Path) -> None:
    parser = PARSERS[name]()
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    for number, sample in enumerate(parser.samples):
        (corpus / f"sample-{number}").write_bytes(sample)
    command = [sys.executable, "-m", "tests.fuzz.atheris_run", name, f"-runs={scaled(100_000, least=1000)}"]
    bounds = ["-seed=1", "-timeout=10", "-rss_limit_mb=512", "-max_len=4096", f"-artifact_prefix={tmp_path}/"]
    done = subprocess.run(
        [*command, *bounds, str(corpus)],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        check=False,
        timeout=3500,
    )
    said = done.stderr.decode(errors="replace")
    assert done.returncode == 0, said[-3000:]
    assert "DONE" in said
