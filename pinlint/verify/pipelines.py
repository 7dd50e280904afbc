"""Which jobs of a GitLab pipeline run an image that an included file names: that file's own, and those of whoever includes it.

A hidden job runs nowhere unless another one extends it, and a job that gives an image of its own runs that, wherever it is written.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from pinlint.formats.gitlab_ci.includes import START, inclusions, mappings, pipeline_paths
from pinlint.model import Span
from pinlint.syntax.yaml import Node
from pinlint.tree import Tree
from pinlint.verify.uses import COMPONENT, INCLUDE, Asked, Use

__all__ = ["is_run", "jobs_of"]

#: By name, the definitions of each job: later ones are laid over those before.
Jobs = Mapping[str, list[Node]]
_KEYWORDS = ("image", "services")
_MOST = 1000  # jobs that share an image


def jobs_of(use: Use, one: Asked) -> tuple[tuple[str, ...], ...]:
    """The keyword that names an image of an included file, then the jobs that have it there: those that give it, and those without
    one of their own, each with those that it has it from. Empty where it is no image of a job."""
    span = one.reference.span
    if use.kind not in (INCLUDE, COMPONENT) or one.reference.artifact.kind != "image" or not isinstance(span, Span):
        return ()
    for keyword in _KEYWORDS:
        holding = [name for name, node in _jobs(one.path, one.tree) if _holds(node.get(keyword), span)]
        if holding:
            told = _heirs(holding, _by_parent(one.tree.listed(), keyword, "", one.tree))
            return ((keyword,), *told) if len(told) <= _MOST else ()
    return ()


def is_run(jobs: tuple[tuple[str, ...], ...], path: str, tree: Tree) -> bool:
    """Whether any of these jobs runs its image in the pipeline with the file at `path`, as far as its own files tell."""
    (keyword,), *told = jobs
    paths, elsewhere, children = tree.memo("gitlab_ci.taken in", path, lambda: _pipeline(path, tree))
    if children:  # which job is in which pipeline is another question
        return True
    own = tree.memo("gitlab_ci.by name", path, lambda: _by_name(paths, tree))
    by_parent = _by_parent(paths, keyword, path, tree)
    kept = [(name, parents) for name, *parents in told if not _gives(own.get(name, ()), keyword)]
    there: dict[str, list[str]] = {}
    for name, parent in ((name, parent) for name, parents in kept for parent in parents):
        there.setdefault(parent, []).append(name)
    left = [name for name, *_ in _heirs([name for name, parents in kept if not parents], there)]
    if left and elsewhere > 1:  # files that are not at hand may extend them
        return True
    return not all(name.startswith(".") for name, *_ in _heirs(left, by_parent))


def _pipeline(path: str, tree: Tree) -> tuple[list[str], int, bool]:
    """(the files of the pipeline, from how many places elsewhere it takes in others, whether it starts pipelines from there)."""
    order = pipeline_paths(START, tree) if tree.exists(START) else []
    order = order if path in order else pipeline_paths(path, tree)
    roots = [root for one in order for root in mappings(one, tree)]
    own, every = ({word for one in inclusions(roots, children=children) if (word := _elsewhere(one))} for children in (False, True))
    return order, len(own), own != every


def _elsewhere(entry: Node) -> str:
    """What an include names that does not lie in the repository."""
    words = [(key, entry.get(key)) for key in ("project", "ref", "remote", "component", "template")]
    said = " ".join(f"{key}={node.value}" for key, node in words if node is not None and node.kind == "scalar")
    return said or (entry.value if "://" in entry.value else "")


def _jobs(path: str, tree: Tree) -> list[tuple[str, Node]]:
    """(name, node) of every job of a file, of `default`, and of the file itself ("") whose own keys hold for all jobs."""

    def make() -> Iterator[tuple[str, Node]]:
        for root in mappings(path, tree):
            yield "", root
            yield from ((key.value, node) for key, node in root.items() if node.kind == "mapping" and key.value not in _KEYWORDS)

    return tree.memo("gitlab_ci.jobs", path, lambda: list(make()))


def _by_name(paths: Iterable[str], tree: Tree) -> Jobs:
    found: dict[str, list[Node]] = {}
    for name, node in (one for path in paths for one in _jobs(path, tree)):
        found.setdefault(name, []).append(node)
    return found


def _holds(node: Node | None, span: Span) -> bool:
    return node is not None and node.start <= span.start and span.end <= node.end


def _gives(nodes: Iterable[Node], keyword: str) -> bool:
    """Whether a job, by all that is said of it, names an image or services itself."""
    given = [node.get(keyword) for node in nodes]
    return any(one is not None and (one.kind != "mapping" or one.get("name") is not None) for one in given)


def _heirs(names: Iterable[str], by_parent: Mapping[str, list[str]]) -> list[tuple[str, ...]]:
    """These jobs, and whoever has the keyword from them, who extends one or refers to it: each with whom it has it from behind its
    name, and after them."""
    first = dict.fromkeys(names)
    found: dict[str, dict[str, None]] = {name: {} for name in first}
    waiting = list(found)
    for parent in waiting:  # which grows
        for name in by_parent.get(parent, ()):
            if name not in found:
                found[name] = {}
                waiting.append(name)
            if name not in first:
                found[name][parent] = None
    return [(name, *parents) for name, parents in found.items()]


def _by_parent(paths: Iterable[str], keyword: str, path: str, tree: Tree) -> Mapping[str, list[str]]:
    """The jobs that have a keyword from each job."""

    def make() -> Mapping[str, list[str]]:
        found: dict[str, list[str]] = {}
        for name, nodes in _by_name(paths, tree).items():
            for parent in dict.fromkeys(_parents(nodes, keyword)):
                found.setdefault(parent, []).append(name)
        return found

    return tree.memo(f"gitlab_ci.heirs of {keyword}", path, make)


def _parents(nodes: list[Node], keyword: str) -> list[str]:
    """The jobs that a job may have the keyword from."""
    references = [one for node in nodes if (one := node.get(keyword)) is not None and one.tag == "!reference" and one.elements]
    if references or _gives(nodes, keyword):
        return [one.elements[0].value for one in references]
    extends = [one for node in nodes if (one := node.get("extends")) is not None]
    return [name.value for one in extends for name in (one.elements or [one])]
