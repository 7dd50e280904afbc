"""What CircleCI says about an orb: the exact version that a range of versions stands for today.

Source: circleci-cli, api/api.go (`OrbInfo`): a question in GraphQL, `orbVersion(orbVersionRef: "namespace/orb@5.1")`.
"""

from __future__ import annotations

import json
import re
import time
from typing import Any
from urllib.parse import urlsplit

from pinlint.cooldown import Cooldown, moment
from pinlint.ecosystems.orb.configuration import Server, server
from pinlint.http import Client, Failed
from pinlint.logins import refused, strange
from pinlint.pins import NoPin, Pin
from pinlint.question import Question

__all__ = ["Registry"]

_QUESTION = "query($ref: String!) { orbVersion(orbVersionRef: $ref) { version createdAt } }"
_LARGEST = 1024 * 1024
_VERSION = re.compile(r"\d{1,9}\.\d{1,9}\.\d{1,9}")


class Registry:
    """Resolves orbs; one for a run, shared by its threads."""

    def __init__(self, client: Client, where: Server | None = None) -> None:
        self._client = client
        self._server = where or server()

    def resolve(self, question: Question) -> Pin | NoPin:
        """The version that a pipeline gets today; it can never be published again, so it has no digest."""
        name, asked = question.name, question.version
        if asked.startswith("dev:"):
            return NoPin(f"{name}: a development version is never exact; publish it (circleci orb publish promote)")
        try:
            told = self._asked(f"{name}@{asked}")
        except Failed as error:
            return NoPin(f"{name}: {error}", retry=error.retry, silent=error.silent)
        if isinstance(told, NoPin):
            return told._replace(why=f"{name}: {told.why}")
        version, created = str(told.get("version") or ""), moment(str(told.get("createdAt") or ""))
        if not _VERSION.fullmatch(version) or (asked != "volatile" and not f"{version}.".startswith(f"{asked}.")):
            return NoPin(f"{name}: CircleCI answers {version[:40]!r} for {asked}, which is no version of it")
        if question.cooldown and (created is None or created >= (until := question.cooldown.limit(time.time()))):
            fresh = Cooldown.refusal(version, created, until) if created is not None else ""
            known = fresh or f"CircleCI does not say when {version} was made"
            return NoPin(f"{name}: {known}; write an older version")
        return Pin(version, (), self._server.url, unsafe=f"{asked} is {version} today, and newer ones would not come any more")

    def _asked(self, orb: str) -> dict[str, Any] | NoPin:
        url, secret = self._server
        host = urlsplit(url).hostname
        content = json.dumps({"query": _QUESTION, "variables": {"ref": orb}}).encode()
        headers = {"Content-Type": "application/json", "Accept": "application/json"}
        answer = self._client.request("POST", url, headers, content=content, secret=secret, largest=_LARGEST)
        if answer.status != 200:
            return refused(str(host), answer.status, "a private orb needs a token (circleci setup)")
        try:
            told = json.loads(answer.body)["data"]["orbVersion"]
        except (ValueError, KeyError, TypeError, RecursionError):
            return strange(str(host), "no orb")
        if not isinstance(told, dict):
            return NoPin(f"{host} knows no such orb or version, or it is private (circleci setup)")
        return told
