"""What every entry of the catalogue is."""

from collections.abc import Iterable
from typing import Any, get_args

from pydantic import BaseModel, ConfigDict


class Entry(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


def entry_at(kind: type[Entry], keys: Iterable[Any]) -> type[Entry]:
    """The kind of the innermost entry that the keys of an error lead into."""
    for key in keys:
        if field := kind.model_fields.get(str(key)):
            kind = next(iter(_entries_in(field.annotation)), kind)
    return kind


def _entries_in(annotation: Any) -> list[type[Entry]]:
    """Kinds of entries in a type: in a mapping, a tuple, or beside None."""
    if isinstance(annotation, type) and issubclass(annotation, Entry):
        return [annotation]
    return [kind for part in get_args(annotation) for kind in _entries_in(part)]
