"""Who gives evidence: those who are asked, or a record of what they said, which is replayed without a network.

A record holds what was said, and nothing that was made of it: today's policy judges it, and signatures in it are verified again.
As that of a fix it is sorted JSON without a secret. Knows inquiries; must not know what they are about.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from pinlint.fix.resolutions import Key, asked, key, once, read, text, texts, unanswered
from pinlint.pins import NoPin
from pinlint.report.escapes import in_json
from pinlint.streams import opened
from pinlint.verify.audit import answering
from pinlint.verify.evidence import Evidence, Inquiry
from pinlint.verify.hosts import Hosts
from pinlint.wire import Failed

__all__ = ["Asked", "evidence"]

_Key = tuple[str, tuple[str, ...], Key]

_HINT = "record it with `pinlint verify --save-resolutions FILE`, online"


class Asked:
    """What gives evidence, for all threads of a run; `requests` is how many were sent for it."""

    def __init__(self, ask: Callable[[Inquiry], Evidence], requests: Callable[[], int]) -> None:
        self._ask = ask
        self._requests = requests
        self._hearing = threading.Lock()
        self.kept: dict[_Key, Evidence] = {}

    def __call__(self, inquiry: Inquiry) -> Evidence:
        """What is said of it."""
        found = self._ask(inquiry)
        with self._hearing:
            self.kept[_key(inquiry)] = found
        return found

    @property
    def requests(self) -> int:
        """How many requests were sent so far."""
        return self._requests()


@contextmanager
def evidence(replayed: str, saved: str, most: int) -> Iterator[Asked]:
    """Who is asked: the record in the file `replayed`, else the hosts themselves, with at most so many requests (0 = any number).
    What is said is recorded in the file `saved`; "" is none. Raises PinlintError for a record that cannot be read or written."""
    if replayed:
        asked_ = Asked(_replay(replayed), lambda: 0)
        yield asked_
    else:
        hosts = Hosts(most)
        asked_ = Asked(lambda inquiry: _of(inquiry, hosts), lambda: hosts.client.requests)
        try:
            yield asked_
        finally:
            hosts.close()
    if saved:
        _write(asked_.kept, saved)


def _of(inquiry: Inquiry, hosts: Hosts) -> Evidence:
    """What those who are asked say."""
    if inquiry.question.problem:
        return Evidence(none=NoPin(inquiry.question.problem))
    try:
        with hosts.client.question():
            return answering(inquiry).evidence(inquiry, hosts)
    except Failed as error:
        return Evidence(none=NoPin(str(error), retry=error.retry, silent=error.silent))


def _key(inquiry: Inquiry) -> _Key:
    return inquiry.check, inquiry.more, key(inquiry.question)


def _write(kept: Mapping[_Key, Evidence], path: str) -> None:
    """The record as a file. Raises PinlintError."""
    entries = []
    for check, more, question in sorted(kept):
        found = kept[check, more, question]
        told: dict[str, object] = {"facts": {name: list(some) for name, some in found.facts.items()}}
        if found.none is not None:
            told["none"] = found.none._asdict()
        entries.append({"check": check, **asked(question), "more": list(more), **told})
    with opened(path) as file:
        file.write(in_json(json.dumps({"version": 2, "evidence": entries}, indent=1)) + "\n")


def _replay(path: str) -> Callable[[Inquiry], Evidence]:
    """What gives the evidence of a record. Raises PinlintError for a file that is none."""
    kept = read(path, "evidence", lambda entries: once(map(_recalled, entries)), _HINT)
    missing = Evidence(none=NoPin(f"{path} holds no answer for it; {_HINT}"))
    return lambda inquiry: kept.get(_key(inquiry), missing)


def _recalled(entry: dict[str, Any]) -> tuple[_Key, Evidence]:
    """Raises KeyError, TypeError or ValueError for what no record holds."""
    fields = ("kind", "name", "source", "asked", "wanted", "context")
    kind, name, source, version, wanted, told = (text(entry[field]) for field in fields)
    question = (kind, name, source, version, texts(entry["written"]), wanted, told)
    facts = {text(fact): texts(some) for fact, some in entry["facts"].items()}
    none = unanswered(entry["none"]) if "none" in entry else None
    return (text(entry["check"]), texts(entry["more"]), question), Evidence(facts, none)
