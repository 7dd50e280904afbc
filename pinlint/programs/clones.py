"""Repositories that scripts clone, and the commit that they go on to check out.

Knows the options of git; must not know what is done with the files. Source: git-clone(1), git-checkout(1), git-fetch(1).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pinlint.ecosystems.git.names import ref_verdict, repository_name
from pinlint.model import Artifact, Fact, Reference
from pinlint.programs.words import behind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinlint.programs.words import Context, Invocation, Word

__all__ = ["clones"]

#: Options that take the next word: of git itself, of `git clone`, of what moves a clone to another commit.
_GLOBAL = frozenset(("-C", "-c", "--git-dir", "--work-tree", "--namespace", "--exec-path", "--config-env"))
_CLONE = frozenset((
    "-b", "--branch", "--depth", "-o", "--origin", "-c", "--config", "--reference", "--reference-if-able", "--filter", "-j",
    "--jobs", "--shallow-since", "--shallow-exclude", "--revision", "--separate-git-dir", "--template", "-u", "--upload-pack",
    "--bundle-uri", "--server-option", "--ref-format",
))  # fmt: skip
_MOVING = frozenset(("-b", "-B", "--orphan", "--conflict", "--depth", "--pathspec-from-file", "-o", "--upload-pack", "-j"))
_FULL = re.compile(r"[0-9a-fA-F]{40}(?:[0-9a-fA-F]{24})?")
_ADDRESS = re.compile(r"(?i)(?:https?|git|ssh|git\+ssh)://|[\w.-]+@[\w.-]+:(?!//)")
_OWN = re.compile(r"\$\{?(?:GITHUB_REPOSITORY|CI_PROJECT_PATH|CI_REPOSITORY_URL)\b|github\.repository|\$\(?(?:Build\.Repository)")
#: How a ref is written that could be a path as well.
_REF = re.compile(r"(?:refs/)?(?:tags|heads)/|(?:(?:refs/)?remotes/)?(?:origin|upstream)/")
_TAGS = re.compile(r"(?:(?:refs/)?tags/)?")
_MOST = 200  # calls behind a clone that are looked at
_ROLE = "cloned repository"


def clones(context: Context) -> Iterator[Reference | Fact]:
    """Every repository that scripts clone from elsewhere, at the ref that they come to."""
    git = [(call, *_read(call.words)) for call in context.calls if call.program == "git" and call.script is not None]
    for number, (call, verb, words, _) in enumerate(git):
        if verb == "clone":
            yield from _clone(context, call, words, git[number + 1 : number + _MOST])


def _read(words: list[Word]) -> tuple[str, list[Word], str]:
    """(the subcommand of git, the words behind it, the folder that -C names)."""
    at, folder = 0, ""
    while at < len(words) and words[at].text.startswith("-"):
        if words[at].text == "-C" and at + 1 < len(words):
            folder = words[at + 1].text
        at += 2 if words[at].text in _GLOBAL else 1
    return (words[at].text, words[at + 1 :], folder) if at < len(words) else ("", [], folder)


def _options(words: list[Word], valued: frozenset[str]) -> tuple[list[Word], dict[str, Word]]:
    operands, given = [], {}
    at, ended = 0, False
    while at < len(words):
        word = words[at]
        at += 1
        if ended or not word.text.startswith("-"):
            operands.append(word)
        elif word.text == "--":
            ended = True
        else:
            name, equals, value = word.text.partition("=")
            if equals:
                given[name] = word._replace(text=value, exact=False)
            elif name in valued and at < len(words):
                given[name] = words[at]
                at += 1
    return operands, given


def _clone(
    context: Context, call: Invocation, words: list[Word], later: list[tuple[Invocation, str, list[Word], str]]
) -> Iterator[Reference | Fact]:
    operands, given = _options(words, _CLONE)
    if not operands or not (_ADDRESS.match(operands[0].text) or operands[0].text.startswith("$")):
        return
    source = operands[0]
    address = source.text
    name = repository_name(address)
    folder = operands[1].text if len(operands) > 1 else name.rpartition("/")[2]
    command = "build" if call.script is not None and call.script.setting == "image" else "hand"
    artifact = Artifact("git", name, re.sub(r"//[^/@]*@", "//", address) if "://" in address else "")
    made = Reference(artifact, "", (), "unknown", source.span, _ROLE, "a variable says what is cloned", command=command)
    if _OWN.search(address) or _is_own(name, context):
        yield made._replace(verdict="local", why="it is this repository")
        return
    if any(verb == "push" and _concerns(other, folder) for _, verb, _, other in later):
        yield made._replace(verdict="local", why="it is pushed to, so it is meant to be the newest")
        return
    if re.match(r"(?i)(?:http|git)://", address):
        yield Fact("insecure-transport", source.span, f"{name} is cloned without TLS")
    ref = _checked_out(later, folder) or given.get("--revision") or given.get("-b") or given.get("--branch")
    if address.startswith("$"):
        yield made
    elif ref is None:
        verdict, digests, why = ref_verdict("")
        yield made._replace(verdict=verdict, digests=digests, why=why)
    elif not ref.clear:
        yield made._replace(version=ref.text[:100], span=ref.span, why="a variable says which ref is cloned")
    else:
        verdict, digests, why = ref_verdict(ref.text, name)
        yield made._replace(version=ref.text, verdict=verdict, digests=digests, why=why, span=ref.span)


def _is_own(name: str, context: Context) -> bool:
    from pinlint.semantics.own_repository import is_own  # few scripts clone anything

    return is_own(name, context.tree)


def _concerns(folder: str, clone: str) -> bool:
    """Whether a call in this folder ("" = wherever the script is) may be about the clone."""
    return not folder or folder.rstrip("/").rpartition("/")[2] == clone.rstrip("/").rpartition("/")[2]


def _checked_out(later: list[tuple[Invocation, str, list[Word], str]], clone: str) -> Word | None:
    """The commit, or else the ref, to which a later call moves the clone, until another is made."""
    weaker: Word | None = None
    for _, verb, words, folder in later:
        if verb == "clone":
            break
        if verb not in ("checkout", "reset", "switch", "fetch", "pull") or not _concerns(folder, clone):
            continue
        operands, given = _options(words, _MOVING)
        if verb in ("fetch", "pull"):
            operands = operands[1:]
        elif "-b" in given or "-B" in given:
            operands = operands[:1]
        for word in operands[:1]:
            if _FULL.fullmatch(word.text) or (not word.clear and verb != "fetch"):
                return word
            if verb in ("checkout", "switch") and word.text not in (".", "FETCH_HEAD", "HEAD") and _names_ref(word.text):
                weaker = weaker or behind(word, len(_TAGS.match(word.text)[0]))  # type: ignore[index]
    return weaker


def _names_ref(text: str) -> bool:
    return "/" not in text or _REF.match(text) is not None
