"""The jobs of a GitLab pipeline and the values that its variables have in them.

Knows jobs, `extends`, `variables`, `parallel:matrix`, `rules:variables` and `spec:inputs`; must not know what an image is.
Source: docs.gitlab.com/ci/yaml, /ci/variables (precedence), /ci/inputs.
"""

from __future__ import annotations

import re
from collections import ChainMap
from itertools import islice
from typing import TYPE_CHECKING

from pinlint.budget import spend
from pinlint.formats.gitlab_ci.includes import START, mappings, pipeline_paths
from pinlint.syntax.variables import Filled, fill, fill_each
from pinlint.syntax.yaml import literal, select

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pinlint.syntax.yaml import Node
    from pinlint.text import Document
    from pinlint.tree import Tree

__all__ = ["Pipeline"]

#: Top-level keys that are no jobs.
_KEYWORDS = frozenset((
    "default", "include", "stages", "types", "variables", "workflow", "image", "services", "cache", "before_script",
    "after_script", "spec",
))  # fmt: skip
#: `$NAME`, `${NAME}` and `$[[ inputs.name | function ]]`.
_WRITTEN = re.compile(r"\$\$|\$(?:([A-Za-z_]\w*)|\{([A-Za-z_]\w*)\}|\[\[\s*(inputs\.[\w-]+)\s*(?:\|[^\]]*)?\]\])", re.ASCII)
_PREDEFINED = re.compile(
    r"GITLAB_|CI_(?:API|BUILDS|COMMIT|CONCURRENT|DEBUG|DEFAULT|DEPENDENCY_PROXY|DEPLOY|DISPOSABLE|ENVIRONMENT|EXTERNAL|GITLAB|HAS|JOB"
    r"|KUBERNETES|MERGE_REQUEST|NODE|OPEN|PAGES|PIPELINE|PROJECT|REGISTRY|RELEASE|REPOSITORY|RUNNER|SERVER|SHARED|TEMPLATE|TRIGGER)_?"
)
_LEVELS = 11  # of `extends` that GitLab allows
_LINEAGE = 50  # jobs that one job is made of
_CONTEXTS = 200  # jobs that share one image; more teach nothing new

Values = dict[str, tuple[str, ...]]


class Pipeline:
    """What a file says about its jobs, and what the pipeline that it is a part of says about their variables."""

    def __init__(self, document: Document, roots: list[Node], tree: Tree) -> None:
        self._document = document
        self._roots = roots
        self._tree = tree
        self._whole: list[Node] = []  # the documents of the whole pipeline, in the order of their weight
        self._jobs: dict[str, Node] = {}
        self._globals: Values = {}
        self._alone: dict[str, str | None] | None = None
        self._users: dict[int, list[Node]] = {}

    def images(self) -> Iterator[tuple[str, Node]]:
        """(role, the scalar that names an image), each place once however many jobs share it."""
        seen: set[int] = set()
        for root in self._roots:
            jobs = [("job image", job) for job in _jobs(root).values()]
            for role, holder in (("default image", root), *(("default image", node) for node in select(root, "default")), *jobs):
                for found, node in _asked(holder, role):
                    if id(node) not in seen:
                        seen.add(id(node))
                        yield found, node

    def holders(self) -> Iterator[tuple[str, Node]]:
        """(name, what may have scripts) of the file itself: its jobs, and what holds for all of them."""
        for root in self._roots:
            yield from (("default", holder) for holder in (root, *select(root, "default")))
            yield from _jobs(root).items()

    def fill(self, node: Node) -> Filled:
        """What the text of an image becomes in the jobs that use it."""
        self._read()
        contexts = islice((one for job in self._users.get(id(node), ()) for one in self._contexts(job)), _CONTEXTS)
        sets = [ChainMap(one, self._globals) for one in contexts]
        return fill_each(node.value, sets or [self._globals], _WRITTEN)

    def fill_text(self, text: str) -> Filled:
        """What a text becomes in which only variables of the whole pipeline count."""
        self._read()
        return fill(text, self._globals, _WRITTEN)

    def values(self, job: Node) -> Mapping[str, str | None]:
        """The variables of a job that have one value each, which is made of no other; None for the others. Those that all jobs
        share are no copy: they may be very many, as may the jobs."""
        self._read()
        if self._alone is None:
            self._alone = {name: _only(texts) for name, texts in self._globals.items()}
        own: Values = {}
        for values in self._contexts(job):
            for name, texts in values.items():
                own[name] = (*own.get(name, ()), *texts)
        return ChainMap({name: _only(texts) for name, texts in own.items()}, self._alone)

    def unset(self, filled: Filled) -> str:
        """Why a text has variables without a value; "" where it has none."""
        if not filled.missing:
            return ""
        name = filled.missing[0]
        if name.startswith("inputs."):
            return f"{name} has no default in this file"
        if _PREDEFINED.match(name):
            return f"${name} gets its value from GitLab"
        return f"nothing in the repository's pipeline sets ${name}"

    def _read(self) -> None:
        """Reads the whole pipeline, once and only where a variable asks for it."""
        if self._whole:
            return
        path, tree = self._document.path, self._tree
        order = tree.memo("gitlab_ci.pipeline", START, lambda: pipeline_paths(START, tree)) if tree.exists(START) else []
        order = order if path in order else pipeline_paths(path, tree)
        self._whole = [root for one in order for root in (self._roots if one == path else mappings(one, tree))] or self._roots
        for root in self._whole:
            self._jobs.update(_jobs(root))
            self._globals.update(self._variables(root.get("variables")))
            for rule in select(root, "workflow", "rules", "*", "variables"):
                _add(self._globals, self._variables(rule))
        for root in self._roots:
            self._globals.update(_inputs(root))
        self._globals.pop("CI_REGISTRY_IMAGE", None)  # whatever the file says, it is the project's own registry
        self._use()

    def _use(self) -> None:
        """Which jobs run each image. A hidden job runs nowhere; its own values count only where no job extends it."""
        hidden: dict[int, list[Node]] = {}
        outer = [holder for root in reversed(self._whole) for holder in (*select(root, "default"), root)]
        keywords = ("image", "services")
        defaults = {keyword: next((one for one in outer if one.get(keyword) is not None), None) for keyword in keywords}
        for name, job in self._jobs.items():
            users = hidden if name.startswith(".") else self._users
            lineage = self._lineage(job)
            for keyword, default in defaults.items():
                holder = next((one for one in lineage if one.get(keyword) is not None), default)
                for _, node in _asked(holder, "", keyword) if holder is not None else ():
                    users.setdefault(id(node), []).append(job)
        self._users = {**hidden, **self._users}

    def _lineage(self, job: Node) -> list[Node]:
        """A job and what it extends, nearest first."""
        found, level = {id(job): job}, [job]
        for _ in range(_LEVELS):
            above: dict[int, Node] = {}
            for one in level if len(found) < _LINEAGE else ():
                extends = one.get("extends")
                for name in reversed(extends.raw_elements[-_LINEAGE:] or [extends]) if extends is not None else ():
                    parent = self._jobs.get(name.value)
                    if parent is not None and id(parent) not in found and len(found) + len(above) < _LINEAGE:
                        above[id(parent)] = parent
            found.update(above)
            level = list(above.values())
        spend(len(found))
        return list(found.values())

    def _contexts(self, job: Node) -> list[Values]:
        """The values of a job's variables: one set, or one for each entry of its matrix."""
        values: Values = {}
        lineage = self._lineage(job)
        for one in reversed(lineage):
            values.update(self._variables(one.get("variables")))
            for rule in select(one, "rules", "*", "variables"):
                _add(values, self._variables(rule))
        matrix = next((one for one in (list(select(near, "parallel", "matrix", "*")) for near in lineage) if one), [])[:_CONTEXTS]
        return [{**values, **self._variables(entry)} for entry in matrix] or [values]

    def _variables(self, node: Node | None) -> Values:
        """What a mapping of variables says: text, `value:` with a description, the list of a matrix."""
        found: Values = {}
        node = self._followed(node)
        for key, value in node.items() if node is not None else ():
            given = self._followed(value)
            given = given.get("value") if given is not None and given.kind == "mapping" else given
            if given is not None and given.tag != "!reference":
                texts = tuple(one.value for one in (given.elements or [given]) if one.kind == "scalar" and literal(one))
                found[key.value] = texts
        return found

    def _followed(self, node: Node | None) -> Node | None:
        """What `!reference [.job, keyword, …]` stands for."""
        for _ in range(_LEVELS):
            if node is None or node.tag != "!reference" or not node.elements:
                return node
            target = self._jobs.get(node.elements[0].value)
            for step in node.elements[1:]:
                target = target.get(step.value) if target is not None else None
            node = target
        return None


def _jobs(root: Node) -> dict[str, Node]:
    return {key.value: value for key, value in root.items() if value.kind == "mapping" and key.value not in _KEYWORDS}


def _asked(holder: Node, role: str, *keywords: str) -> Iterator[tuple[str, Node]]:
    """(role, the scalar that names an image) for the image and the services that a job or the defaults ask for themselves."""
    for keyword in keywords or ("image", "services"):
        held = holder.get(keyword)
        if held is None or held.tag == "!reference":
            continue
        for node in held.elements if keyword == "services" else [held]:
            name = node.get("name") if node.kind == "mapping" else node
            if name is not None and name.kind == "scalar":
                yield "service image" if keyword == "services" else role, name


def _only(texts: tuple[str, ...]) -> str | None:
    """The value of a variable that has one, which is made of no other."""
    return texts[0] if len(set(texts)) == 1 and "$" not in texts[0] else None


def _inputs(root: Node) -> Values:
    """The defaults of the inputs that a file declares in its header."""
    declared = next(select(root, "spec", "inputs"), None)
    found: Values = {}
    for key, value in declared.items() if declared is not None else ():
        default = value.get("default")
        if default is not None and default.kind == "scalar":
            found[f"inputs.{key.value}"] = (default.value,)
    return found


def _add(values: Values, more: Values) -> None:
    """Values that a rule may set instead."""
    for name, texts in more.items():
        values[name] = (*values.get(name, ()), *texts)[:_CONTEXTS]
