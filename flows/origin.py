"""Where the numbers of a version come from, as its files say it."""

from datetime import date
from typing import Any, NamedTuple

from catalogs.producer import NOT_STATED, Producer
from catalogs.schema import Source, load
from flows.collection import Collection, Reading

SYNTHETIC = "nobody: the records are synthetic"


class Origin(NamedTuple):
    """What files state beside their numbers."""

    version: str
    released: date
    """Of the version; the date of files' names."""
    source: str
    """What the version was made from."""
    producer: Producer


def origin_of(reading: Reading, version: str, released: date) -> Origin:
    """Origin of the files of a version, as the campaign that made it declares it.

    The licence of files is that of the sources where the campaign states none; synthetic records credit
    nobody.
    """
    kept = reading.ledger("passes").get("campaign")
    content: dict[str, Any] = kept["content"] if kept else {}
    sources = [load(Source, name) for name in content.get("sources", ())]
    said = Producer.model_validate(content.get("producer", {}))
    licence = said.licence or "; ".join(dict.fromkeys(s.licence for s in sources)) or NOT_STATED
    synthetic = any(s.reader == "synthetic" for s in sources)
    credit = SYNTHETIC if synthetic and said.credit == NOT_STATED else said.credit
    source = "; ".join(s.title for s in sources) or NOT_STATED
    return Origin(version, released, source, said.model_copy(update={"licence": licence, "credit": credit}))


def origin_at(collection: Collection, snapshot: str) -> Origin:
    """Origin of the files of a state of a collection; one that is not released bears the date of today."""
    found = next((v for v in collection.versions() if v.snapshot == snapshot), None)
    name, released = (found.name, found.written_at.date()) if found else ("", date.today())
    return origin_of(collection.at(snapshot), name, released)


def stated(origin: Origin) -> dict[str, str]:
    """Attributes of a file that is in no published layout: the source, and what is known of the producer."""
    said = {
        k: getattr(origin.producer, k) for k in ("institution", "references", "credit", "contact", "licence")
    }
    known = {k: text for k, text in said.items() if text != NOT_STATED}
    return {"source": origin.source if origin.source != NOT_STATED else "in situ observations"} | known
