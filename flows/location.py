"""Where things lie: one store URL, local or in the cloud, and the three rooms under it.

``<store>/collection`` is the versioned collection (an Icechunk repository), ``<store>/staging`` what ingest
has read and not yet sorted into months, ``<store>/products`` tables and figures.
"""

import os

import icechunk
from fsspec.core import url_to_fs
from fsspec.implementations.local import LocalFileSystem


class StoreError(RuntimeError):
    """The store cannot be opened, read or written; says which and why."""


def join(url: str, *parts: str) -> str:
    """Append path parts to a URL or a local path."""
    return "/".join([url.rstrip("/"), *parts])


def icechunk_storage(url: str) -> icechunk.Storage:
    """Storage of a collection; S3 settings come from the usual ``AWS_*`` environment variables."""
    icechunk.set_logs_filter("error")  # the remark on local stores is answered by our single committer
    scheme, _, rest = url.partition("://")
    if not rest:
        return icechunk.local_filesystem_storage(os.path.abspath(url))
    if scheme == "file":
        return icechunk.local_filesystem_storage(rest)
    bucket, _, prefix = rest.partition("/")
    if scheme == "s3":
        endpoint = os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL")
        return icechunk.s3_storage(
            bucket=bucket,
            prefix=prefix,
            region=os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION") or "us-east-1",
            endpoint_url=endpoint,
            allow_http=bool(endpoint and endpoint.startswith("http://")),
            force_path_style=endpoint is not None,
            from_env=True,
        )
    if scheme == "gs":
        return icechunk.gcs_storage(bucket=bucket, prefix=prefix, from_env=True)
    raise StoreError(f"store {url!r}: scheme {scheme!r} is not known; use a path, file://, s3:// or gs://")


def names_in(url: str) -> set[str]:
    """Names of the files in a folder; empty where there is no folder."""
    fs, path = url_to_fs(url)
    fs.invalidate_cache()
    try:
        return {str(p).rsplit("/", 1)[-1] for p in fs.ls(path, detail=False)}
    except FileNotFoundError:
        return set()


def write_bytes(url: str, content: bytes) -> None:
    """Write a file so that it is seen whole or not at all."""
    fs, path = url_to_fs(url)
    if not isinstance(fs, LocalFileSystem):
        fs.pipe_file(path, content)  # one PUT: an object store shows it when it is complete
        return
    fs.makedirs(path.rsplit("/", 1)[0], exist_ok=True)
    partial = f"{path}.{os.getpid()}.partial"
    with open(partial, "wb") as file:
        file.write(content)
    os.replace(partial, path)


def read_bytes(url: str) -> bytes:
    """The whole content of a file."""
    fs, path = url_to_fs(url)
    content: bytes = fs.cat_file(path)
    return content


def read_range(url: str, start: int, stop: int) -> bytes:
    """Some bytes of a file."""
    fs, path = url_to_fs(url)
    content: bytes = fs.cat_file(path, start=start, end=stop)
    return content
