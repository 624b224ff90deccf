"""Which files under a records URL belong to which source, and what becomes of the others."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from fsspec.core import url_to_fs
from fsspec.implementations.local import LocalFileSystem

from catalogs.schema import Campaign, Source


class RecordsError(ValueError):
    """There are no records at the URL."""


@dataclass(frozen=True)
class SourceFile:
    """A file that a source reads. ``name`` is its path under the records URL; ``token`` changes with it."""

    url: str
    name: str
    source: str
    size: int
    token: str


@dataclass(frozen=True)
class Discovery:
    """Files to read; files that a source declares not to be records; files that no source knows."""

    files: tuple[SourceFile, ...]
    skipped: tuple[tuple[str, str, str], ...]
    """(file, source, reason)"""
    unclaimed: tuple[str, ...]


def discover(records: str, campaign: Campaign, sources: Sequence[Source]) -> Discovery:
    """Find every file under a URL and the source that reads it, by the patterns of the catalogue."""
    listed = _listing(records, campaign.folders)
    if not listed:
        raise RecordsError(f"no files under {records!r}")
    files: list[SourceFile] = []
    skipped: list[tuple[str, str, str]] = []
    unclaimed: list[str] = []
    for name, url, size, token in listed:
        source, reason = _claim(name.rsplit("/", 1)[-1], sources)
        if source is None:
            unclaimed.append(name)
        elif reason:
            skipped.append((name, source.name, reason))
        else:
            files.append(SourceFile(url, name, source.name, size, token))
    return Discovery(tuple(files), tuple(skipped), tuple(unclaimed))


def changed(file: SourceFile) -> bool:
    """True if a local file is no longer the one that was listed; an object store serves whole objects."""
    fs, path = url_to_fs(file.url)
    return isinstance(fs, LocalFileSystem) and _token(fs.info(path)) != file.token


def _claim(file: str, sources: Iterable[Source]) -> tuple[Source | None, str]:
    for source in sources:
        for pattern, reason in source.skip.items():
            if re.search(pattern, file):
                return source, reason
        if any(re.search(pattern, file) for pattern in source.files):
            return source, ""
    return None, ""


def _listing(records: str, folders: Sequence[str]) -> list[tuple[str, str, int, str]]:
    fs, root = url_to_fs(records)
    root = root.rstrip("/")
    if fs.isfile(root):
        below = {root: fs.info(root)}
        root = root.rsplit("/", 1)[0]
    else:
        present = [f"{root}/{f}" for f in folders if fs.isdir(f"{root}/{f}")] or [root]
        below = {path: info for top in present for path, info in fs.find(top, detail=True).items()}
    return [
        (path[len(root) + 1 :], fs.unstrip_protocol(path), int(info.get("size") or 0), _token(info))
        for path, info in sorted(below.items())
    ]


def _token(info: dict[str, object]) -> str:
    """What changes when a file is replaced: ETag of an object store, else the time of modification."""
    return str(next((info[k] for k in ("ETag", "etag", "md5Hash", "mtime", "LastModified") if k in info), ""))
