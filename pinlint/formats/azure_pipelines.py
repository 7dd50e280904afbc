"""Azure Pipelines: the containers that jobs and services run in, other repositories, and tasks.

Source: learn.microsoft.com/azure/devops/pipelines/yaml-schema (resources.containers, resources.repositories, jobs.job.container,
task) and /process/templates. Blocks may stand below `${{ if … }}` anywhere, so places are known by what stands beside them.
"""

from __future__ import annotations

import re
from collections import ChainMap
from functools import partial
from typing import TYPE_CHECKING

from pinlint.budget import spend
from pinlint.ecosystems.task.names import parse_task, task_verdict
from pinlint.model import Artifact, Fact, Reference, Script, Span
from pinlint.programs import fetches
from pinlint.semantics.filled_images import filled_image
from pinlint.semantics.git_refs import at_ref, filled_ref
from pinlint.semantics.images import image, local_image, unknown_image
from pinlint.semantics.scripts import EITHER, chosen, plain_values, script, written_for
from pinlint.syntax.variables import fill
from pinlint.syntax.yaml import Unparsable, literal, read, select, walk
from pinlint.text import Unread
from pinlint.tree import join

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinlint.syntax.variables import Filled
    from pinlint.syntax.yaml import Node
    from pinlint.text import Document
    from pinlint.tree import Tree

__all__ = ["included", "references"]

_KEYWORDS = ("steps", "jobs", "stages", "extends", "resources", "variables", "parameters", "job", "container")
_ENTRY = ("trigger", "pr", "schedules", "resources", "pool")  # only a pipeline has these, a template has none
_JOB = ("job", "deployment", "steps", "pool", "strategy")
#: `${{ parameters.x }}`, `${{ variables.x }}`, `$(x)`, `$[ variables['x'] ]`; other expressions are variables that nothing sets.
_WRITTEN = re.compile(
    r"\$\{\{\s*(?:(parameters\.[\w-]+)|variables\.([\w.-]+)|variables\['([^'\]]{1,999})'\])\s*\}\}|\$\{\{([^}]{0,999})\}\}"
    r"|\$\(([\w.-]+)\)|\$\[\s*variables(?:\.([\w.-]+)|\['([^'\]]{1,999})'\])\s*\]|\$\[([^\]]{0,999})\]",
    re.ASCII,
)
_OWN_TAG = re.compile(r"[^@]*:[^/@]*\$\(Build\.(?:BuildId|BuildNumber|SourceVersion)\)", re.IGNORECASE)
#: Tasks that run a script: the input that holds it, and its shell ("" = that of the machine).
_TASKS = {
    "bash": ("script", "sh"),
    "powershell": ("script", "powershell"),
    "cmdline": ("script", ""),
    "azurecli": ("inlinescript", ""),
    "shellscript": ("script", "sh"),
}
_ALIAS = re.compile(r"[\w-]*", re.ASCII)
_USUAL = "azure-pipelines.yml"
_FILES = 200  # that one pipeline may be made of
_VALUES = 50  # of one variable; more teach nothing new
_HOSTS = {"github": "github.com", "bitbucket": "bitbucket.org"}

Values = dict[str, tuple[str, ...]]
#: What the vendor's schema takes for true, in any case.
_TRUE = ("true", "y", "yes", "on")


class _Pipeline:
    """What the file defines: aliases of containers, parameters and variables; what the files around it define, where it matters."""

    def __init__(self, root: Node, document: Document, tree: Tree) -> None:
        self._document = document
        self._tree = tree
        self._around: Values | None = None
        self.nodes = [node for node in walk(root) if node.kind == "mapping"]
        self.containers = [entry for entry in self._listed(root, "containers") if entry.get("container") is not None]
        self.containers += [node for held in self._each("containers") for node in _named(held)]  # of 1ES templates
        self.repositories = [entry for entry in self._listed(root, "repositories") if entry.get("type") or entry.get("repository")]
        self.aliases = {alias.value for entry in self.containers if (alias := entry.get("container")) is not None}
        named = document.path.rpartition("/")[2].startswith("azure-pipelines")
        self.entry = named or any(root.get(key) is not None for key in _ENTRY)
        self.deployments = [
            node for node in self.nodes if node.get("deployment") is not None and node.get("environment") is not None
        ]
        self.conditional = {id(value) for node in self.nodes for key, value in node.pairs if key.value.startswith("${{")}
        self._values: Values = {}
        _define(self._values, root.get("parameters"), "parameters.", "default")
        for held in self._each("variables"):
            _define(self._values, held, "", "value")
        for strategy in self._each("strategy"):
            for row in select(strategy, "matrix", "*"):
                _define(self._values, row, "", "value")

    def fill(self, node: Node) -> Filled:
        """What the text of a scalar becomes; the templates that the file uses and the pipeline that uses it may say it, too."""
        filled = fill(node.value, self._values, _WRITTEN)
        if not filled.open:
            return filled
        if self._around is None:
            self._around = {}
            for path in _related(self._document.path, self._tree):
                for root in _roots(path, self._tree):
                    _define(self._around, root.get("variables"), "", "value")
        return fill(node.value, {**self._around, **self._values}, _WRITTEN)

    def variables(self) -> dict[str, str | None]:
        """The variables that have one value, as the environment of a step names them."""
        plain = {name: texts[0] for name, texts in self._values.items() if len(texts) == 1 and "$" not in texts[0]}
        return {name.upper().replace(".", "_"): text for name, text in plain.items() if not name.startswith("parameters.")}

    def deployment(self, holder: Node) -> Node | None:
        """The job that deploys to an environment and has these steps among those of its strategy, which run one after another."""
        spend(len(self.deployments))
        return next((one for one in reversed(self.deployments) if one.start <= holder.start and holder.end <= one.end), None)

    def environment(self, deployment: Node) -> str:
        """The environment of such a job, without the resource in it; "" where only a run knows it."""
        held = deployment.get("environment")
        named = held.get("name") if held is not None and held.kind == "mapping" else held
        filled = self.fill(named) if named is not None and named.kind == "scalar" else None
        known = filled is not None and len(filled.texts) == 1 and not filled.open
        return filled.texts[0].partition(".")[0] if known and filled is not None else ""

    def _each(self, key: str) -> list[Node]:
        """What the mappings of the file hold under a key, once however many aliases lead to it."""
        return list({id(held): held for node in self.nodes if (held := node.get(key)) is not None}.values())

    def _listed(self, root: Node, what: str) -> list[Node]:
        held = [held for node in select(root, "resources") if (held := node.get(what)) is not None]
        return [node for one in held for node in walk(one) if node.kind == "mapping"]


def _named(held: Node) -> list[Node]:
    """What a mapping holds that has an `image`."""
    return [value for _, value in held.items() if value.get("image") is not None]


def _define(values: Values, node: Node | None, prefix: str, key: str) -> None:
    """Adds `name: value` pairs, or a list of `name:` and `value:` (of parameters: `default:`)."""
    if node is None:
        return
    pairs = list(node.items())
    pairs += [(name, value) for one in node.elements if (name := one.get("name")) and (value := one.get(key))]
    for name, value in pairs:
        if value.kind == "scalar" and literal(value) and not name.value.startswith("${{"):
            known = values.get(prefix + name.value, ())
            if value.value not in known and len(known) < _VALUES:
                values[prefix + name.value] = (*known, value.value)


def _roots(path: str, tree: Tree) -> list[Node]:
    try:
        return read(tree.read(path))[:1]
    except (Unread, Unparsable):
        return []


def _related(path: str, tree: Tree) -> list[str]:
    """The templates that the file at `path` uses, and those of every pipeline of the usual name that uses it."""
    found = dict.fromkeys(_reached(path, tree))
    for pipeline in tree.memo("azure_pipelines.users", "", partial(_users, tree)).get(path, ()):
        found.update(dict.fromkeys(_reached_once(pipeline, tree)))
        if len(found) > _FILES:
            break
    return list(found)


def _users(tree: Tree) -> dict[str, list[str]]:
    """For each file the pipelines of the usual name that use it."""
    found: dict[str, list[str]] = {}
    for pipeline in tree.named(_USUAL):
        for path in _reached_once(pipeline, tree):
            found.setdefault(path, []).append(pipeline)
    return found


def _reached_once(pipeline: str, tree: Tree) -> list[str]:
    return tree.memo("azure_pipelines.reached", pipeline, partial(_reached, pipeline, tree))


def _reached(start: str, tree: Tree) -> list[str]:
    """A pipeline and its templates, theirs too."""
    found = {start: None}
    waiting = [start]
    while waiting and len(found) < _FILES:
        path = waiting.pop()
        below = tree.memo("azure_pipelines.templates", path, partial(_named_in, path, tree))
        spend(len(below))
        for other in below:
            if other not in found:
                found[other] = None
                waiting.append(other)
    return list(found)


def _named_in(path: str, tree: Tree) -> list[str]:
    return [other for root in _roots(path, tree) for other in _templates(root, path, tree)]


def _templates(root: Node, path: str, tree: Tree) -> list[str]:
    """The templates of the same repository that a file names."""
    named = [node.value for holder in walk(root) if (node := holder.get("template")) is not None]
    paths = [name.removesuffix("@self") for name in dict.fromkeys(named) if "$" not in name]
    found = [name.lstrip("/") if name.startswith("/") else join(path, name) for name in paths if "@" not in name]
    return [name for name in found if name.endswith((".yml", ".yaml")) and tree.exists(name)]


def references(document: Document, tree: Tree) -> Iterator[Reference | Fact | Script]:
    """Containers and repositories that the pipeline declares, then the images and tasks of its jobs, and what their steps run."""
    roots = read(document)
    root = roots[0] if roots else None
    if root is None or not any(root.get(key) is not None for key in _KEYWORDS):
        yield Fact("foreign", Span(0, 0), "no Azure pipeline: it has neither stages, jobs nor steps")
        return
    pipeline = _Pipeline(root, document, tree)
    seen: set[int] = set()
    for entry in pipeline.containers:
        node = entry.get("image")
        if node is not None and (found := _image(node, document, "container resource", pipeline)):
            seen.add(id(node))
            yield found
    for entry in pipeline.repositories:
        yield from _repository(entry, document, pipeline)
    declared = {id(entry) for entry in (*pipeline.containers, *pipeline.repositories)}
    for holder in pipeline.nodes:
        if id(holder) in declared:
            continue
        for role, node in _asked(holder, holder is root or id(holder) in pipeline.conditional):
            if id(node) not in seen:
                seen.add(id(node))
                found = _task(node, document) if role == "task" else _container(node, document, role, pipeline)
                if found is not None:
                    yield found
    if fetches(document.data):
        yield from _scripts(pipeline, root, document)


def included(document: Document, tree: Tree) -> list[str]:
    """The templates of the same repository: their names may be anything."""
    try:
        return [path for root in read(document)[:1] for path in _templates(root, document.path, tree)]
    except Unparsable:
        return []


def _scripts(pipeline: _Pipeline, root: Node, document: Document) -> Iterator[Script]:
    """What the steps of each job run, each place once."""
    file = document.path.rpartition("/")[2].partition(".")[0]
    pools = [node for node in pipeline.nodes if node.get("pool") is not None]
    seen: set[int] = set()
    shared = pipeline.variables()
    for number, holder in enumerate([node for node in pipeline.nodes if node.get("steps") is not None]):
        spend(len(pools))
        around = [one for one in pools if one.start <= holder.start and holder.end <= one.end]
        default = "sh" if holder.get("container") is not None else _shell_of_pool(around[-1] if around else root, pipeline)
        group, environment, beside = holder.get("job"), "", ""
        if deployment := pipeline.deployment(holder):
            group, environment = deployment.get("deployment"), pipeline.environment(deployment)
            beside = " ".join([task.value for node in walk(deployment) if (task := node.get("task")) is not None])
        ran = f"job {number}" if deployment is None else f"deployment {deployment.start}"
        place = Script("", [], "", "ci", ran, foreign="azure", uses=beside, environment=environment)
        for step in (node for steps in holder.every("steps") for node in walk(steps) if node.kind == "mapping"):
            for node, shell in _texts(step, default):
                if id(node) not in seen:
                    seen.add(id(node))
                    name, goes_on = step.get("displayName"), step.get("continueOnError")
                    words = (file, group.value if group is not None else "", name.value if name is not None else "")
                    if shell == EITHER:
                        shell = "sh" if written_for(node.value) == "sh" else ""
                    forgiven = goes_on is not None and goes_on.value.lower() in _TRUE
                    one = place._replace(shell=shell, name=" ".join(filter(None, words)), forgiven=forgiven)
                    yield script(node, document, one, ChainMap(plain_values(step.get("env"), "$("), shared))


def _shell_of_pool(holder: Node, pipeline: _Pipeline) -> str:
    """The shell that a bare `script` has on the machines of a pool: cmd on Windows, which is not read."""
    pool = holder.get("pool")
    machine = next((one for key in ("vmImage", "image", "name") if pool is not None and (one := pool.get(key))), pool)
    if machine is None or machine.kind != "scalar":
        return EITHER
    return {"sh": "sh", "powershell": ""}.get(chosen(pipeline.fill(machine).texts), EITHER)


def _texts(step: Node, default: str) -> Iterator[tuple[Node, str]]:
    """(a script of a step, the shell that reads it)."""
    for key, shell in (("script", default), ("bash", "sh"), ("pwsh", "powershell"), ("powershell", "powershell")):
        node = step.get(key)
        if node is not None and node.kind == "scalar":
            yield node, shell
    task, inputs = step.get("task"), step.get("inputs")
    if task is not None and inputs is not None:
        key, shell = _TASKS.get(task.value.partition("@")[0].lower(), ("", ""))
        kind = inputs.get("scriptType")
        if kind is not None:
            shell = {"bash": "sh", "ps": "powershell", "pscore": "powershell"}.get(kind.value.lower(), "")
        node = next((value for name, value in inputs.items() if key and name.value.lower() == key), None)
        if node is not None and node.kind == "scalar":
            yield node, shell or default


def _asked(holder: Node, sure: bool) -> Iterator[tuple[str, Node]]:
    """(role, the scalar) of what a mapping asks for if it is a step, a job or a part of one."""
    task = holder.get("task")
    if task is not None and task.kind == "scalar" and task.value:
        yield "task", task
    if not sure and not any(holder.get(key) is not None for key in _JOB):
        return
    container, services = holder.get("container"), holder.get("services")
    asked = [("job container", container)] if container is not None else []
    asked += [("service container", node) for _, node in services.items()] if services is not None else []
    for role, node in asked:
        name = node.get("image") if node.kind == "mapping" else node
        if name is not None and name.kind == "scalar":
            yield role, name


def _container(node: Node, document: Document, role: str, pipeline: _Pipeline) -> Reference | None:
    """An image, or the alias of a container that is declared elsewhere: in this file, or in the pipeline that uses a template."""
    filled = pipeline.fill(node)
    if filled.texts and not filled.open and all(text in pipeline.aliases or not text for text in filled.texts):
        return None
    if not pipeline.entry and any(_ALIAS.fullmatch(text) for text in filled.texts):
        return unknown_image(node, document, role, "it may be an image, or a container of the pipeline that uses this template")
    return _image(node, document, role, pipeline)


def _image(node: Node, document: Document, role: str, pipeline: _Pipeline) -> Reference | None:
    if node.kind != "scalar" or not _WRITTEN.search(node.value) or not literal(node):
        return image(node, document, role)
    filled = pipeline.fill(node)
    if all(_OWN_TAG.match(text) for text in (*filled.texts, *filled.open)):
        return local_image(node, document, role, "its tag is the build or the commit, so the project makes it itself")
    return filled_image(node, document, role, filled, _unset(filled))


def _repository(entry: Node, document: Document, pipeline: _Pipeline) -> Iterator[Reference]:
    """Another repository. Those of the same organisation have no host here, for only Azure knows it."""
    alias, name, kind, ref = (entry.get(key) for key in ("repository", "name", "type", "ref"))
    named = name if name is not None and name.kind == "scalar" and name.value else alias
    if named is None or (alias is not None and alias.value == "self"):
        return
    host = _HOSTS.get(kind.value.lower() if kind is not None else "", "")
    path = named.value.strip("/")
    artifact = Artifact("git", f"{host or '$(System.CollectionUri)'}/{path}", f"https://{host}/{path}" if host else "")
    if ref is not None and ref.kind == "scalar" and _WRITTEN.search(ref.value):
        filled = pipeline.fill(ref)
        yield filled_ref(artifact, ref, filled, "repository resource", _unset(filled))
    else:
        yield at_ref(artifact, ref, document, named.inner, "repository resource")


def _task(node: Node, document: Document) -> Reference:
    name, version = parse_task(node.value)
    if _WRITTEN.search(node.value) or not literal(node):
        return Reference(Artifact("task", name), version, (), "unknown", node.inner, "task", "an expression fills it in")
    verdict, why = task_verdict(version)
    as_written = version and document.text[node.inner.start : node.inner.end] == node.value
    span = Span(node.inner.end - len(version), node.inner.end) if as_written else node.inner
    return Reference(Artifact("task", name), version, (), verdict, span, "task", why)


def _unset(filled: Filled) -> str:
    if not filled.missing:
        return ""
    name = filled.missing[0].strip()
    if name.startswith("parameters."):
        return f"{name} has no default in this file"
    return f"{name[:80]} gets its value when the pipeline runs"
