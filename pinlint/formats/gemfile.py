"""Gemfile and gems.rb: the gems that are written down literally, and whether the lock beside it settles them.

No Ruby is run: what a variable, a loop or a condition decides is left to the lock. Source: bundler, lib/bundler/dsl.rb.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from pinlint.ecosystems.gem.names import requirement_verdict, requirements
from pinlint.ecosystems.git.names import ref_verdict, repository_name
from pinlint.ecosystems.url.names import is_insecure, without_credentials
from pinlint.model import Artifact, Fact, Reference, Span
from pinlint.semantics.gem_locks import lock_at
from pinlint.semantics.ruby_calls import arguments
from pinlint.semantics.shown import is_shown
from pinlint.syntax.ruby import Statement, Token, read
from pinlint.tree import join

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinlint.semantics.gem_locks import Lock
    from pinlint.text import Document
    from pinlint.tree import Tree

__all__ = ["references"]

_USER = "the lock of whoever uses it"
_REPOSITORIES = {
    "git": "",
    "github": "https://github.com/",
    "gitlab": "https://gitlab.com/",
    "bitbucket": "https://bitbucket.org/",
    "gist": "https://gist.github.com/",
}
#: Calls that bring in gems from elsewhere, after which nobody knows whether the Gemfile is all.
_ELSEWHERE = frozenset(("eval_gemfile", "gemspec", "instance_eval", "eval", "load", "require_relative"))


class _Gem(NamedTuple):
    """A gem that is asked for: its name, what is required of it, the options with their texts (None for what is no literal)."""

    name: Token
    required: tuple[Token, ...]
    options: dict[str, Token | None]
    maybe: bool
    literal: bool


def references(document: Document, tree: Tree) -> Iterator[Reference | Fact]:
    """Every gem that is asked for literally; a fact first where the lock is missing or out of step."""
    path = join(document.path, "gems.locked" if document.path.endswith("gems.rb") else "Gemfile.lock")
    statements = read(document.text)
    calls = {statement.call for statement in statements}
    sources = {**_REPOSITORIES, **_own(statements, document.text)}
    gems = [gem for statement in statements if (gem := _gem(statement, sources))]
    lock, locked = lock_at(tree, path), tree.exists(path)
    if lock and (found := _difference(gems, lock)):
        yield Fact("stale-lock", found[0], f"{found[1]}, so a frozen `bundle install` refuses; run `bundle lock` and commit {path}")
    elif not locked and gems and not calls & _ELSEWHERE and not is_shown(document.path):
        yield from _without_lock(document, tree, gems, path)
    yield from _sources(statements)
    for gem in gems:
        yield from _references(gem, path if locked else "", sources)


def _own(statements: list[Statement], text: str) -> dict[str, str]:
    """The addresses of the Gemfile's own kinds of repositories, with what is filled in as it is written; "" of what is computed."""
    found: dict[str, str] = {}
    for statement in statements:
        around = statement.around[-1] if statement.around else None
        if around is None or around.call != "git_source" or statement.tokens[0].text in ("end", "}"):
            continue
        name = next((str(one.text).strip(":\"'") for one in around.tokens[1:] if one.kind != "mark"), "")
        token = statement.tokens[0]
        written = text[token.span.start + 1 : token.span.end - 1] if token.kind == "text" and len(statement.tokens) == 1 else ""
        found[name] = "" if name in found else written
    return found


def _gem(statement: Statement, sources: dict[str, str]) -> _Gem | None:
    """What a call of `gem` asks for, with what the blocks around it say; None for what is none, or has no literal name."""
    if statement.call != "gem":
        return None
    name, required, options, literal = arguments(statement.tokens[1:])
    if name is None or not name.text:
        return None
    for around in statement.around:
        if around.call in (*sources, "path", "source"):
            first, _, more, _ = arguments(around.tokens[1:])
            options = {around.call: first, **more, **options}
    return _Gem(name, required, options, statement.maybe, literal)


def _difference(gems: list[_Gem], lock: Lock) -> tuple[Span, str] | None:
    """Where the Gemfile asks for what the lock was not made for. Told of gems alone that are always asked for, and once."""
    times: dict[str, int] = {}
    for gem in gems:
        times[str(gem.name.text)] = times.get(str(gem.name.text), 0) + 1
    for gem in gems:
        name = str(gem.name.text)
        if gem.maybe or times[name] > 1 or name == "bundler" or not gem.literal or any(one.text is None for one in gem.required):
            continue
        if name not in lock.asked:
            return gem.name.span, f"the lock was made without {name[:100]}"
        wanted, held = requirements(tuple(str(one.text) for one in gem.required)), requirements(lock.asked[name])
        if wanted is not None and held is not None and wanted != held:
            asked = ", ".join(str(one.text) for one in gem.required) or "any version"
            return (
                gem.name.span,
                f"the lock was made for {name[:100]} {', '.join(lock.asked[name])[:60] or 'of any version'}, not {asked[:60]}",
            )
    return None


def _without_lock(document: Document, tree: Tree, gems: list[_Gem], path: str) -> Iterator[Fact]:
    folder = document.path.rpartition("/")[0]
    if any(one.rpartition("/")[0] == folder for one in tree.listed() if one.endswith(".gemspec")):
        return
    fetched = [gem for gem in gems if "path" not in gem.options]
    if fetched:
        missing = f"no {path.rpartition('/')[2]} says which version of {str(fetched[0].name.text)[:100]} is meant"
        yield Fact("missing-lock", fetched[0].name.span, f"{missing}: run `bundle lock` and commit the lock")


def _sources(statements: list[Statement]) -> Iterator[Fact]:
    """Servers without TLS, and several that may answer for any gem."""
    everywhere: list[Token] = []
    for statement in statements:
        token = arguments(statement.tokens[1:])[0] if statement.call == "source" else None
        if token is None or not token.text:
            continue
        if is_insecure(token.text):
            yield Fact("insecure-transport", token.span, f"gems are fetched from {without_credentials(token.text)} without TLS")
        if statement.tokens[-1].text not in ("do", "end", "{", "}") and not statement.maybe and not statement.around:
            everywhere.append(token)
    names = dict.fromkeys(without_credentials(str(token.text)).rstrip("/") for token in everywhere)
    if len(names) > 1:
        why = (
            f"{' and '.join(list(names)[:2])} may both answer for any gem; keep one, and put the gems of others into `source … do`"
        )
        yield Fact("ambiguous-index", everywhere[-1].span, why)


def _references(gem: _Gem, lock: str, sources: dict[str, str]) -> Iterator[Reference | Fact]:
    name, span, options = str(gem.name.text), gem.name.span, gem.options
    if "path" in options:
        yield Reference(Artifact("gem", name), "", (), "local", span, "gem", "a folder of this repository or machine")
        return
    kind = next((key for key in sources if key in options), "")
    if kind:
        yield from _repository(gem, kind, lock, sources[kind])
        return
    texts = [one.text for one in gem.required]
    if not gem.literal or None in texts:
        why = "a variable or a call of Ruby says which version"
        yield Reference(Artifact("gem", name), "", (), "unknown", span, "gem", why, lock)
        return
    verdict, why = requirement_verdict(tuple(str(text) for text in texts))
    place = Span(gem.required[0].span.start, gem.required[-1].span.end) if gem.required else span
    written = ", ".join(str(text) for text in texts)
    yield Reference(Artifact("gem", name), written, (), verdict, place, "gem", why, lock or (_USER if verdict != "unknown" else ""))


def _address(kind: str, source: str, written: str) -> str:
    """Where the repository lies of which a gem says so much; "" where Ruby would have to be run."""
    if source != _REPOSITORIES.get(kind):
        made = re.sub(r"#\{\s*\w+\s*\}", lambda _: written, source)
        return "" if "#{" in made else made
    return f"{source}{written if '/' in written or kind in ('git', 'gist') else f'{written}/{written}'}"


def _repository(gem: _Gem, kind: str, lock: str, source: str) -> Iterator[Reference | Fact]:
    """A gem of a repository, which without a lock is as firm as the ref that is named."""
    token = gem.options[kind]
    address = _address(kind, source, token.text) if token is not None and token.text is not None else ""
    if token is None or not address:
        why = "a variable or a call of Ruby says which repository"
        yield Reference(Artifact("gem", str(gem.name.text)), "", (), "unknown", gem.name.span, "gem", why, lock)
        return
    if is_insecure(address):
        yield Fact("insecure-transport", token.span, f"{gem.name.text} is cloned from {without_credentials(address)} without TLS")
    artifact = Artifact("git", repository_name(address), without_credentials(address))
    key = next((key for key in ("ref", "tag", "branch") if key in gem.options), "")
    at = gem.options.get(key)
    if key and (at is None or at.text is None):
        yield Reference(artifact, "", (), "unknown", token.span, "gem", "a variable or a call of Ruby says which commit", lock)
        return
    if re.match(r"[./~]|file:", address):
        yield Reference(artifact, "", (), "local", token.span, "gem", "a repository on this machine")
        return
    verdict, digests, why = ref_verdict(str(at.text) if at else "", artifact.name)
    if key == "tag" and verdict != "digest":
        verdict, digests, why = "tag", (), ""
    if key == "branch":
        verdict, digests, why = "floating", (), f"{str(at.text if at else '')[:80]} is a branch, which moves with every push"
    place = at.span if at else token.span
    yield Reference(
        artifact, str(at.text) if at else "", () if lock and verdict != "digest" else digests, verdict, place, "gem", why, lock
    )
