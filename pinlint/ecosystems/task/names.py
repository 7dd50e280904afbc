"""Tasks of Azure Pipelines, `Name@version`, and of Tekton's hubs, `host/name`: how firmly a version asks.

Must not know any file format. Source: learn.microsoft.com/azure/devops/pipelines/process/tasks (task versions): the number before
the first dot chooses the major version, whose updates arrive by themselves; a whole version stays.
tekton.dev/docs/pipelines/hub-resolver (version: one version or a constraint).
"""

from __future__ import annotations

import re

__all__ = ["alike", "hub_verdict", "parse_task", "purl", "task_verdict"]

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


def hub_verdict(version: str) -> tuple[str, str]:
    """(verdict, why) of a version in a hub's catalogue, which names one as `0.10`."""
    if not version:
        return "floating", "it asks for no version, so the newest one comes"
    if re.fullmatch(r"v?\d+(?:\.\d+)*(?:[-+][\w.+-]*)?", version):
        return "version", ""
    return "range", "a range, so the next version that fits comes by itself"


def purl(name: str, version: str) -> str:
    """`pkg:generic/Name@version?repository_url=HOST`: there is no type of its own. Without a host it is Azure's marketplace."""
    from pinlint.ecosystems.url.purls import package_url  # only the inventory names them

    host, slash, last = name.rpartition("/")
    source = host if slash and "." in host else "marketplace.visualstudio.com"
    return package_url("generic", last if source == host else name, version, repository_url=source)


def alike(text: str) -> tuple[str, ...]:
    """A name of a policy; () for what has a version."""
    return (text,) if text and "@" not in text else ()
