"""What kind of picture some octets are, by how they begin; names and types that clients give them are not asked.

Known are PNG (ISO/IEC 15948 §5.2), JPEG (ITU-T T.81 §B.1.1: an SOI marker and what begins the next) and GIF (GIF89a
§17). Whether the rest of it can be shown is not looked at.
"""

from typing import Final

_HEADS: Final = (
    (b"\x89PNG\r\n\x1a\n", "png"),
    (b"\xff\xd8\xff", "jpeg"),
    (b"GIF87a", "gif"),
    (b"GIF89a", "gif"),
)


def kind_of(octets: bytes) -> str | None:
    """`png`, `jpeg` or `gif`; None: it is none of them."""
    for head, kind in _HEADS:
        if octets.startswith(head):
            return kind
    return None
