"""A record of what registries were asked and answered: made online by one run, reviewed by people, replayed offline by another.

JSON, sorted, so that the difference of two records can be read. It holds no secret: what a project's own files say about where to
ask is only recognised again, by its hash. Knows questions and answers; must not know who answers.
"""

from __future__ import annotations

import hashlib
import json
import re
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

from pinlint.ecosystems.url.names import without_credentials
from pinlint.errors import PinlintError
from pinlint.once import Late
from pinlint.pins import NoPin, Pin
from pinlint.question import Question, Resolve
from pinlint.report.escapes import in_json, in_unicode, logged_out
from pinlint.streams import opened

if TYPE_CHECKING:
    from pinlint.registries import Registries

__all__ = ["Key", "Recorder", "Replay", "asked", "key", "once", "read", "resolver", "text", "texts"]

_VERSION = 2
_HINT = "record it with --save-resolutions FILE, online"
_DIGEST = r"[\w:+/=.-]+"  # whatever a pin writes: hex, base64, with its algorithm

_LISTS = ("digests", "platforms", "requires")

Key = tuple[str, str, str, str, tuple[str, ...], str, str]
_K = TypeVar("_K")
_V = TypeVar("_V")


@contextmanager
def resolver(replayed: str, saved: str) -> Iterator[Resolve]:
    """Who answers: the record in the file `replayed`, else the registries. What is answered is recorded in the file `saved`; "" is
    none. Raises PinlintError for a record that cannot be read or written."""
    if replayed:
        recorder = Recorder(Replay(replayed).resolve)
        yield recorder.resolve
    else:
        registries = Late(_registries)
        recorder = Recorder(lambda question: registries().resolve(question))
        try:
            yield recorder.resolve
        finally:
            if registries.known is not None:
                registries.known.client.close()
    if saved:
        recorder.write(saved)


def _registries() -> Registries:
    from pinlint.registries import Registries  # 100 ms, for which a run has no use in which nothing is to be asked

    return Registries()


class Recorder:
    """Passes questions on and keeps the answers; for all threads of a run."""

    def __init__(self, ask: Resolve) -> None:
        self._ask = ask
        self._hearing = threading.Lock()
        self._answers: dict[Key, Pin | NoPin] = {}

    def resolve(self, question: Question) -> Pin | NoPin:
        """The answer of whoever is asked."""
        answer = self._ask(question)
        with self._hearing:
            self._answers[key(question)] = answer
        return answer

    def write(self, path: str) -> None:
        """The record as a file. Raises PinlintError."""
        answers = [{**asked(key), **_told(self._answers[key])} for key in sorted(self._answers)]
        with opened(path) as file:
            file.write(in_json(json.dumps({"version": _VERSION, "answers": answers}, indent=1)) + "\n")


class Replay:
    """Answers from a record; asks nobody. Raises PinlintError for a file that is no record."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._answers = read(path, "answers", lambda entries: once(map(_recalled, entries)), _HINT)

    def resolve(self, question: Question) -> Pin | NoPin:
        """The answer that was recorded."""
        known = self._answers.get(key(question))
        return known or NoPin(f"{self._path} holds no answer for it; {_HINT}")


def read(path: str, what: str, recalled: Callable[[list[dict[str, Any]]], dict[_K, _V]], hint: str) -> dict[_K, _V]:
    """What the entries of a record in a file are, which holds `what`. Raises PinlintError with the hint for a file that is none."""
    try:
        with open(path, encoding="utf-8") as file:
            record = json.load(file, object_pairs_hook=once)
        if record["version"] != _VERSION:
            raise PinlintError(
                f"{path} is a record of version {record['version']!r}", "record it anew with --save-resolutions FILE"
            )
        return recalled(record[what])
    except OSError as error:
        raise PinlintError(f"{path} cannot be read: {error.strerror}", hint) from None
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise PinlintError(f"{path} is no record of {what}", hint) from None


def key(asked: Question) -> Key:
    """The question as a record has it: what files say about where to ask may hold what nobody else should read, and from a hash a
    short password can be guessed."""
    context = asked.loose, asked.notation, asked.cooldown, _logged_out(asked.directions)
    told = hashlib.sha256(json.dumps(context).encode()).hexdigest() if any(context) else ""
    name, source, version = (in_unicode(without_credentials(text)) for text in (asked.name, asked.source, asked.version))
    return asked.kind, name, source, version, tuple(map(in_unicode, asked.digests)), asked.wanted, told


def _logged_out(told: object) -> object:
    """The texts of nested records without any login."""
    return tuple(map(_logged_out, told)) if isinstance(told, tuple) else logged_out(str(told))


def once(pairs: Iterable[tuple[_K, _V]]) -> dict[_K, _V]:
    """The pairs by their keys. Raises ValueError where one is there twice: whoever reviews a record may have read the other."""
    found: dict[_K, _V] = {}
    for key, value in pairs:
        if found.setdefault(key, value) is not value:
            raise ValueError(key)
    return found


def asked(key: Key) -> dict[str, object]:
    """A question as the fields of an entry."""
    return dict(zip(("kind", "name", "source", "asked", "written", "wanted", "context"), key, strict=True))


def _told(answer: Pin | NoPin) -> dict[str, object]:
    """An answer, without what is at its default."""
    defaults = type(answer)._field_defaults
    fields = {name: value for name, value in answer._asdict().items() if name not in defaults or value != defaults[name]}
    return {"pin" if isinstance(answer, Pin) else "none": fields}


def _recalled(entry: dict[str, Any]) -> tuple[Key, Pin | NoPin]:
    """Raises KeyError, TypeError or ValueError for what no record holds."""
    fields = ("kind", "name", "source", "asked", "wanted", "context")
    kind, name, source, asked, wanted, told = (text(entry[field]) for field in fields)
    key = (kind, name, source, asked, texts(entry["written"]), wanted, told)
    if "none" in entry:
        return key, unanswered(entry["none"])
    pin: dict[str, Any] = {field: texts(value) if field in _LISTS else text(value) for field, value in entry["pin"].items()}
    made = Pin(**pin)
    if not all(re.fullmatch(_DIGEST, digest) for digest in made.digests) or not made.version.isprintable() or " " in made.version:
        raise ValueError(made)
    return key, made


def unanswered(none: dict[str, Any]) -> NoPin:
    """Why there is no answer, as a record holds it. Raises TypeError for anything else."""
    made = NoPin(**none)
    if not isinstance(made.retry, bool) or not all(isinstance(one, str) for one in (made.why, made.rule, made.silent)):
        raise TypeError(none)
    return made


def text(value: object) -> str:
    """A text that a record holds. Raises TypeError for anything else."""
    if not isinstance(value, str):
        raise TypeError(value)
    return value


def texts(value: object) -> tuple[str, ...]:
    """A list of texts that a record holds. Raises TypeError for anything else."""
    if not isinstance(value, list):
        raise TypeError(value)
    return tuple(map(text, value))
