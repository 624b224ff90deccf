"""One reader per format. ``open_records(url, source) -> list[Records]``: one file in, its records out.

A reader returns at most one ``Records`` per feature type. It raises ``SourceError`` for a file that it
cannot read, and leaves it to the caller to go on. It reads the file once, through fsspec, on any URL.
"""
