"""Pictures are known by their content."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gonets.wire.pictures import kind_of


@pytest.mark.parametrize(
    ("octets", "kind"),
    [
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "png"),
        (b"\xff\xd8\xff\xe0\0\x10JFIF\0", "jpeg"),
        (b"\xff\xd8\xff\xe1\0\x10Exif\0", "jpeg"),
        (b"GIF87a\x01\0\x01\0", "gif"),
        (b"GIF89a\x01\0\x01\0", "gif"),
        (b"", None),
        (b"\x89PNG", None),
        (b"\x89PNG\n\x1a\n\0", None),
        (b"GIF90a", None),
        (b"gif89a", None),
        (b"BM\x3a\0\0\0", None),
        (b"RIFF\0\0\0\0WEBP", None),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", None),
        (b" \x89PNG\r\n\x1a\n", None),
        (b"picture.png", None),
    ],
)
def test_a_picture_is_known_by_how_it_begins(octets: bytes, kind: str | None) -> None:
    assert kind_of(octets) == kind


@given(st.binary(max_size=40), st.binary(max_size=40))
def test_what_follows_does_not_matter(first: bytes, rest: bytes) -> None:
    kind = kind_of(first)
    assert kind is None or kind_of(first + rest) == kind
