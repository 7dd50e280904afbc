"""Packed charts: written here byte by byte, so that they are the same everywhere, and charts that nobody should make."""

from __future__ import annotations

import gzip
import io
import tarfile
from collections.abc import Iterable, Mapping

__all__ = ["manifest", "packed", "tarred"]


def manifest(name: str, version: str = "1.2.3", more: str = "") -> str:
    """A Chart.yaml."""
    return f"apiVersion: v2\nname: {name}\nversion: {version}\n{more}"


def packed(name: str, files: Mapping[str, str | bytes]) -> bytes:
    """A chart in its folder."""
    return tarred((f"{name}/{path}", content) for path, content in files.items())


def tarred(files: Iterable[tuple[str, str | bytes]], **fields: object) -> bytes:
    """An archive of files, with these fields of their headers."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for name, content in files:
            content = content.encode() if isinstance(content, str) else content
            member = tarfile.TarInfo(name)
            member.size = len(content)
            for field, value in fields.items():
                setattr(member, field, value)
            archive.addfile(member, io.BytesIO(content))
    return gzip.compress(out.getvalue(), mtime=0)
