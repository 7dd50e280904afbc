"""Images that commands put into values: `--set image.tag=1.2` of Helm and Argo CD, `.image.tag = "1.2"` of yq.

Knows which keys of values mean an image, or a part of one; must not know how a command is written. A tag alone goes with the
repository that files of the tree say; where none does, the image is called by the place of its tag (`./chart#image`).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from pinlint.model import Span
from pinlint.programs.image_names import Named, named, named_as, tag_as
from pinlint.programs.words import behind
from pinlint.semantics.said_values import beside, file_at, values_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinlint.programs.options import Given
    from pinlint.programs.words import Invocation, Word
    from pinlint.tree import Tree

__all__ = ["Setting", "given_to", "images"]

_HELM = ("--set", "--set-string", "--set-literal")
_ARGO = ("--helm-set", "--helm-set-string", "-p", "--parameter")
_KEY = re.compile(
    r"(?:^|.*[.\]])(?P<base>[\w-]*[iI]mage)(?:\.(?P<part>registry|repository|repo|name|tag|digest|sha|sha256)"
    r"|(?P<short>Tag|Digest|Repository|Name|Registry))?"
)
_DIGESTS = ("digest", "sha", "sha256")
_NAMES = ("repository", "repo", "image", "newname", "name")


class Setting(NamedTuple):
    """A value that a command sets: where, in dots, and what to."""

    key: str
    word: Word


def given_to(how: str, asked: Given, tree: Tree) -> tuple[list[Setting], str, list[str]]:
    """What a call sets of a chart's values; what to call the chart; the files whose values these go over, the last first."""
    if how == "argocd":
        app = asked.operands[0].text if asked.operands else "app"
        return [_setting(word, 0, word.text) for word in asked.values(*_ARGO)], app, []
    chart = asked.operands[1] if len(asked.operands) > 1 else asked.operands[0] if asked.operands else None
    settings = []
    for word in asked.values(*_HELM):
        at = 0
        for pair in re.split(r"(?<!\\),", word.text):
            settings.append(_setting(word, at, pair))
            at += len(pair) + 1
    if chart is None:
        return settings, "chart", []
    files = [file_at(path, tree) for word in asked.values("-f", "--values") for path in word.text.split(",")]
    return settings, chart.text, [path for path in [*reversed(files), values_of(chart.text, tree)] if path]


def _setting(word: Word, at: int, pair: str) -> Setting:
    key, sign, value = pair.partition("=")
    inner = behind(word, at + len(key) + len(sign))
    span = Span(inner.span.start, inner.span.start + len(value)) if word.exact else word.span
    return Setting(key.strip(), inner._replace(text=value, span=span))


def images(settings: list[Setting], what: str, files: list[str], call: Invocation, tree: Tree) -> Iterator[tuple[Word, Named]]:
    """The images that settings name whole or in parts, each with the word that decides which it is. A digest settles it, whoever
    says it; of an image whose tag stays as it is nothing is said."""
    groups: dict[str, dict[str, Word]] = {}
    for key, word in settings:
        found = _KEY.fullmatch(key)
        if found and word.text:
            part = (found["part"] or found["short"] or "image").lower()
            groups.setdefault(key[: found.end("base")], {})[part] = word
    for group, parts in groups.items():
        known = {part: text for path in reversed(files) for part, text in beside(path, group, tree).items()}
        if any(parts.get(part) or known.get(part) for part in _DIGESTS):
            continue
        name = next((parts[part] for part in _NAMES if part in parts), None)
        tag = parts.get("tag")
        if tag is None:
            if "image" in parts:
                yield parts["image"], named_as(parts["image"], call)
            continue
        followed = tag_as(tag, call)
        text = name.text if name is not None else _joined(known)
        registry = parts["registry"].text if "registry" in parts else known.get("registry", "") if name is None else ""
        text = f"{registry}/{text}" if registry and text else text
        clear = followed.clear and (name is None or name.clear)
        if text:
            whole = followed._replace(text=f"{text}:{followed.text}", clear=clear, exact=False)
            yield whole, named(whole.text)
        elif "@" not in followed.text:
            image = f"{what}#{group}"
            yield followed._replace(exact=False), Named("tag", image, followed.text, f"{image}:{followed.text}")


def _joined(known: dict[str, str]) -> str:
    """The repository that files say; without its tag, if it has one."""
    text = next((known[part] for part in _NAMES if part in known), "")
    return "" if "{{" in text or "@" in text else re.sub(r":[\w.-]*\Z", "", text) if "/" in text or ":" not in text else text
