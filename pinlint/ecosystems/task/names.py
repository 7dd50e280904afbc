"""Tasks of Azure Pipelines: `Name@version`, and how firmly a version asks.

Must not know any file format. Source: learn.microsoft.com/azure/devops/pipelines/process/tasks (task versions): the number before
the first dot chooses the major version, whose updates arrive by themselves; a whole version stays.
"""

from __future__ import annotations

import re

__all__ = ["parse_task", "purl", "task_verdict"]

_EXACT = re.compile(r"\d+\.\d+\.\d+")
_RANGE = re.compile(r"\d+(?:\.\d+)?(?:\.\*)?")


def parse_task(text: str) -> tuple[str, str]:
    """(name, version or "") of a task; the name may be a GUID and may have its publisher before it."""
    name, _, version = text.partition("@")
    return name, version


def task_verdict(version: str) -> tuple[str, str]:
    """(verdict, why) of a task's version."""
    if _EXACT.fullmatch(version):
        return "version", ""
    if _RANGE.fullmatch(version):
        return "range", f"the organisation gets every update of version {version} by itself"
    return ("unknown", f"{version!r} is no version of a task") if version else ("floating", "")


def purl(name: str, version: str) -> str:
    """`pkg:generic/Name@version?repository_url=marketplace.visualstudio.com`: there is no type of its own."""
    return f"pkg:generic/{name}{f'@{version}' if version else ''}?repository_url=marketplace.visualstudio.com"
