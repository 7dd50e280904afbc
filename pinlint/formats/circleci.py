"""CircleCI: the images of executors and jobs, and the orbs that a configuration uses.

Source: circleci.com/docs/reference/configuration-reference, /docs/orbs/use, /docs/reference/reusing-config (parameters). The image
of a `machine` is a virtual machine of CircleCI's, no container image.
"""

from __future__ import annotations

import re
from collections import ChainMap
from functools import lru_cache
from typing import TYPE_CHECKING

from pinlint.ecosystems.orb.names import orb_verdict, parse_orb
from pinlint.ecosystems.url.names import is_insecure, url_verdict, without_credentials
from pinlint.model import Artifact, Fact, Reference, Script, Span
from pinlint.programs import fetches
from pinlint.semantics.filled_images import filled_image
from pinlint.semantics.images import image, local_image
from pinlint.semantics.scripts import chosen, plain_values, script, shell_of
from pinlint.syntax.variables import fill
from pinlint.syntax.yaml import literal, read, select, walk

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinlint.syntax.variables import Filled
    from pinlint.syntax.yaml import Node
    from pinlint.text import Document
    from pinlint.tree import Tree

__all__ = ["references"]

_KEYWORDS = (
    "version",
    "jobs",
    "executors",
    "orbs",
    "workflows",
    "commands",
    "docker",
    "machine",
    "macos",
    "steps",
    "parameters",
    "setup",
)
_WRITTEN = re.compile(r"<<\s*([\w.-]+)\s*>>|\$(?:([A-Za-z_]\w*)|\{([A-Za-z_]\w*)\})", re.ASCII)
_OWN_TAG = re.compile(r"[^@]*:[^/@]*(?:<<\s*pipeline\.git\.revision\s*>>|\$\{?CIRCLE_SHA1\b)")
_CALLS = 200  # of one job or executor; more teach nothing new

Values = dict[str, tuple[str, ...]]


def references(document: Document, tree: Tree) -> Iterator[Reference | Fact | Script]:  # noqa: ARG001
    """The orbs of a configuration, then its images and what jobs and commands run; those of inline orbs too. A part of a packed
    configuration is read as well."""
    roots = read(document)
    root = roots[0] if roots else None
    if root is None or root.kind != "mapping" or not any(root.get(key) is not None for key in _KEYWORDS):
        yield Fact("foreign", Span(0, 0), "no configuration of CircleCI: it has neither jobs nor executors nor orbs")
        return
    pipeline = _defaults(root, "pipeline.")
    scopes, seen = [root], {id(root)}  # an inline orb is a configuration in the configuration
    for scope in scopes:
        for orb in select(scope, "orbs", "*"):
            if id(orb) not in seen:
                seen.add(id(orb))
                scopes += [orb] if orb.kind == "mapping" else []
                yield from _orb(orb, document, pipeline)
    for scope in scopes:
        for role, holder, values in _holders(scope):
            for node in select(holder, "docker", "*", "image"):
                if id(node) not in seen and (found := _image(node, document, role, ChainMap(values, pipeline))) is not None:
                    seen.add(id(node))
                    yield found
    if fetches(document.data):
        for scope in scopes:
            yield from _scripts(scope, document, seen)


def _orb(node: Node, document: Document, pipeline: Values) -> Iterator[Reference | Fact]:
    if node.kind != "scalar" or node.is_null or not node.value:
        return
    if node.value.startswith(("https://", "http://")):
        url = without_credentials(node.value)
        if is_insecure(url):
            yield Fact("insecure-transport", node.inner, f"{url} is fetched without TLS")
        verdict, why = url_verdict(url)
        yield Reference(Artifact("url", url), "", (), verdict, node.inner, "orb", why)
        return
    filled = fill(node.value, pipeline, _WRITTEN)
    orb = parse_orb((*filled.texts, *filled.open)[0]) if not filled.open else None
    if orb is None:
        why = _unset(filled) or ("a template fills it in" if not literal(node) else f"{node.value[:60]!r} is no orb")
        yield Reference(Artifact("orb", node.value[:200]), "", (), "unknown", node.inner, "orb", why)
        return
    name, version = orb
    verdict, why = orb_verdict(version)
    as_written = document.text[node.inner.start : node.inner.end] == f"{name}@{version}"
    span = Span(node.inner.end - len(version), node.inner.end) if as_written else node.inner
    yield Reference(
        Artifact("orb", name), version, (), verdict, span, "orb", why, site=span if as_written else None,
        notation="orb-version" if as_written else "",
    )  # fmt: skip


def _scripts(scope: Node, document: Document, seen: set[int]) -> Iterator[Script]:
    """What jobs and commands run, each place once."""
    holders = [(key.value, one) for kind in ("jobs", "commands") for key, one in _pairs(scope, kind)]
    for called, holder in (*holders, ("", scope)):
        shared = plain_values(holder.get("environment"), "<<")
        for step in (node for steps in holder.every("steps") for node in walk(steps)):
            given = step.get("run")
            node = given.get("command") if given is not None and given.kind == "mapping" else given
            if given is None or node is None or node.kind != "scalar" or id(node) in seen:
                continue
            seen.add(id(node))
            own, name = given.get("shell") or holder.get("shell"), given.get("name")
            shell = shell_of(own.value) if own is not None else "powershell" if _on_windows(holder) else "sh"
            step_name = f"{called} {name.value if name is not None else ''}".strip()
            place = Script("", [], shell, "ci", f"job {called}", step_name, foreign="circleci")
            yield script(node, document, place, ChainMap(plain_values(given.get("environment"), "<<"), shared))


def _on_windows(job: Node) -> bool:
    executor = job.get("executor")
    named = executor.get("name") if executor is not None and executor.kind == "mapping" else executor
    machines = [one for one in (named, *select(job, "machine", "image")) if one is not None]
    return any(one.value.startswith("win/") or chosen([one.value]) == "powershell" for one in machines)


def _holders(scope: Node) -> Iterator[tuple[str, Node, Values]]:
    """(role, what has a `docker` list, the values of its parameters) of a configuration."""
    jobs = {key.value: job for key, job in _pairs(scope, "jobs")}
    calls = _calls(select(scope, "workflows", "*", "jobs", "*"))
    used: dict[str, list[Node | None]] = {}
    within: dict[int, Values] = {}
    for name, job in jobs.items():
        values = _passed(job, calls.get(name, []))
        yield "job image", job, values
        executor = job.get("executor")
        called = executor.get("name") if executor is not None and executor.kind == "mapping" else executor
        if called is not None:
            used.setdefault(called.value, []).append(executor)
            within[id(executor)] = values
    for key, executor in _pairs(scope, "executors"):
        yield "executor image", executor, _passed(executor, used.get(key.value, []), within)
    yield "job image", scope, _defaults(scope, "")


def _pairs(scope: Node, key: str) -> Iterator[tuple[Node, Node]]:
    held = scope.get(key)
    return held.items() if held is not None else iter(())


def _calls(entries: Iterator[Node]) -> dict[str, list[Node | None]]:
    """How often, and with what, the workflows call each job: `- test: {tag: x}` or `- test`."""
    calls: dict[str, list[Node | None]] = {}
    for entry in entries:
        if entry.kind == "scalar":
            calls.setdefault(entry.value, []).append(None)
        for key, given in entry.items():
            calls.setdefault(key.value, []).append(given)
    return calls


def _defaults(holder: Node, prefix: str) -> Values:
    held = holder.get("parameters")
    return _declared(held, prefix) if held is not None else {}


@lru_cache(maxsize=16)  # jobs may share their parameters
def _declared(parameters: Node, prefix: str) -> Values:
    return {
        f"{prefix}parameters.{key.value}": (default.value,)
        for key, value in parameters.items()
        if (default := value.get("default")) is not None and default.kind == "scalar" and literal(default)
    }


def _passed(holder: Node, calls: list[Node | None], within: dict[int, Values] | None = None) -> Values:
    """The values of a job's or an executor's parameters: what each call gives, else the default. A matrix gives several."""
    defaults = _defaults(holder, "")
    if not calls:
        return defaults
    values: Values = {}
    for call in calls[:_CALLS]:
        given: Values = dict(defaults)
        for source in () if call is None else (call, *select(call, "matrix", "parameters")):
            for key, value in source.items():
                texts = [one.value for one in (value.elements or [value]) if one.kind == "scalar"]
                if within is not None and call is not None:
                    texts = [text for one in texts for text in fill(one, within.get(id(call), {}), _WRITTEN).texts]
                given[f"parameters.{key.value}"] = tuple(texts)
        for name, texts_ in given.items():
            values[name] = tuple(dict.fromkeys((*values.get(name, ()), *texts_)))
    return values


def _image(node: Node, document: Document, role: str, values: ChainMap[str, tuple[str, ...]]) -> Reference | None:
    if not _WRITTEN.search(node.value) or not literal(node):
        return image(node, document, role)
    filled = fill(node.value, values, _WRITTEN)
    if all(_OWN_TAG.match(text) for text in (*filled.texts, *filled.open)):
        return local_image(node, document, role, "its tag is the commit, so the project makes it itself")
    return filled_image(node, document, role, filled, _unset(filled))


def _unset(filled: Filled) -> str:
    if not filled.missing:
        return ""
    name = filled.missing[0]
    if name.startswith("parameters."):
        return f"{name} has no default in this file"
    if "." in name:
        return f"CircleCI fills in {name} when it runs"
    return f"${name} is set outside of this file"
