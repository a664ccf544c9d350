"""`gonets export` and `gonets apply`: the whole platform in one declarative file.

`commands` is what a person calls, `reading` and `writing` are the file's two directions over `document` (where in the
file something stands, by `lines`) and `forms` (single values), `showing` is the difference as it is told.
"""

from gonets.cli.platform.commands import register

__all__ = ["register"]
