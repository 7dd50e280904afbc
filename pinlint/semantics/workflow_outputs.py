"""What outputs of steps and jobs hold (`${{ steps.X.outputs.O }}`, `${{ needs.J.outputs.O }}`), as far as their file says it.

Knows how scripts write outputs and what known actions hand on; must not know who asks. What a value takes from variables of the
step that writes it is filled in; what is left of these is written so that no other step takes it for its own. Source: GitHub's
"Workflow commands" (GITHUB_OUTPUT, set-output), "Contexts".
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pinlint.budget import spend
from pinlint.programs.vendors import outputs_of
from pinlint.syntax.yaml import select

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinlint.syntax.yaml import Node

__all__ = ["Outputs"]

_TARGET = r"(?:>>|\|\s{0,9}tee\s+(?:-a|--append))\s{0,9}[\"']?\$\{?GITHUB_OUTPUT\b"
_ECHO = re.compile(
    r"\b(?:echo|printf)\s+(?:-[ne]+\s+)?(?:\"([\w-]+)=([^\"\n]*)\"|'([\w-]+)=([^'\n]*)'|([\w-]+)=((?:\$\{\{.{0,200}?\}\}|\$\([^()\n]*\)|[^\s;&|>])*))"
    rf"[ \t]{{0,9}}(?P<target>{_TARGET})?(?P<other>[>|])?"
)
_GROUPED = re.compile(rf"[}})]\s{{0,9}}{_TARGET}")
_SET = re.compile(r"::set-output name=([\w-]+)::([^\"'\n]*)")
_EXPRESSION = re.compile(r"\$\{\{\s{0,9}([\w.-]{1,200})\s{0,9}\}\}")
_VARIABLE = re.compile(r"\$\{(\w+)\}|\$(\w+)")
_ASSIGNED = r"(?<![\w$.-]){}=(?:\"([^\"\n]*)\"|'([^'\n]*)'|((?:\$\([^()\n]*\)|[^\s;&|])+))"
_DEEPEST, _MOST, _LONGEST = 6, 8, 1_000


class Outputs:
    """The outputs of all steps and jobs of a workflow or an action. Every script is looked through once."""

    def __init__(self, root: Node) -> None:
        self.root = root
        self.jobs: dict[str, Node] = {key.value: job for jobs in select(root, "jobs") for key, job in jobs.items()}
        self._steps: dict[int, dict[str, Node]] = {}
        self._set: dict[int, dict[str, list[str]]] = {}
        self._values: dict[tuple[int, str], list[str]] = {}

    def values(self, job: Node, name: str, depth: int = 0) -> list[str]:
        """What `steps.X.outputs.O` or `needs.J.outputs.O` may hold in a job, as written; nothing where that cannot be told, or
        leads back to itself."""
        key = id(job), name
        if key not in self._values:
            self._values[key] = []  # what asks for itself has nothing
            if depth < _DEEPEST:
                found = list(dict.fromkeys(self._of(job, name.split("."), depth)))
                self._values[key] = found if len(found) <= _MOST else []
        return self._values[key]

    def named(self, job: Node, step: Node, text: str) -> list[tuple[str, str]]:
        """What the expressions of a text stand for, by their names, as `Script.partial` has them."""
        found = []
        for name in dict.fromkeys(one[1] for one in _EXPRESSION.finditer(text)):
            variable = name.removeprefix("env.")
            held = self.values(job, name) if variable == name else self._environment(variable, job, step)
            found += [(variable, value) for value in held]
        return found

    def _of(self, job: Node, parts: list[str], depth: int) -> Iterator[str]:
        if len(parts) != 4 or parts[2] != "outputs":
            return
        context, holder, _, output = parts
        if context == "needs":
            other = self.jobs.get(holder)
            for node in select(other, "outputs", output) if other is not None else ():
                if node.kind == "scalar" and other is not None:
                    yield from self._filled(node.value, other, None, depth)
        elif context == "steps" and (step := self._step(job, holder)) is not None:
            yield from self._of_step(job, step, output, depth)

    def _step(self, job: Node, name: str) -> Node | None:
        if id(job) not in self._steps:
            steps = select(job, "steps", "*")
            self._steps[id(job)] = {node.value: step for step in steps if (node := step.get("id")) is not None}
        return self._steps[id(job)].get(name)

    def _of_step(self, job: Node, step: Node, output: str, depth: int) -> Iterator[str]:
        uses, run = step.get("uses"), step.get("run")
        if uses is not None and uses.kind == "scalar":
            what = outputs_of(uses.value.partition("@")[0].lower()).get(output, "")
            yield from _HELD[what](output, step.get("with")) if what in _HELD else ()
        elif run is not None and run.kind == "scalar":
            if id(run) not in self._set:
                self._set[id(run)] = _written(run.value)
            for value in self._set[id(run)].get(output, ()):
                yield from self._filled(value, job, step, depth)

    def _filled(self, text: str, job: Node, step: Node | None, depth: int) -> Iterator[str]:
        """A value with what is known filled in; several where an expression in it has several."""
        if len(text) > _LONGEST:
            return
        made = [self.shell(text, job, step)]
        for found in list(_EXPRESSION.finditer(made[0]))[:_MOST]:
            name = found[1]
            held = self._environment(name[4:], job, step) if name.startswith("env.") else self.values(job, name, depth + 1)
            made = [one.replace(found[0], other) for one in made for other in held][:_MOST] if held else made
        yield from made

    def shell(self, text: str, job: Node, step: Node | None) -> str:
        """A text of a script with its variables filled in; others are marked as those of another script."""
        run = step.get("run") if step is not None else None
        if step is None or run is None:
            return text

        def value(found: re.Match[str]) -> str:
            name = found[1] or found[2]
            spend(1 + len(run.value) // 200)
            set_to = {one[1] or one[2] or one[3] or "" for one in re.finditer(_ASSIGNED.format(re.escape(name)), run.value)}
            held = list(set_to) if set_to else self._environment(name, job, step)
            return held[0] if len(held) == 1 and held[0] else f"${{{name}}}"

        for _ in range(3):
            text = _VARIABLE.sub(value, text)[:_LONGEST]
        return _VARIABLE.sub(lambda found: f"${{{{ {found[1] or found[2]} }}}}", text)

    def _environment(self, name: str, job: Node, step: Node | None) -> list[str]:
        for holder in (step, job, self.root):
            for node in select(holder, "env", name) if holder is not None else ():
                return [node.value] if node.kind == "scalar" and node.value else []
        return []


def _written(text: str) -> dict[str, list[str]]:
    """What a script writes to its outputs, by their names."""
    found: dict[str, list[str]] = {}
    spend(1 + len(text) // 100)
    if "GITHUB_OUTPUT" in text:
        grouped = _GROUPED.search(text) is not None
        for one in _ECHO.finditer(text):
            if one["target"] or (grouped and not one["other"]):
                found.setdefault(one[1] or one[3] or one[5] or "", []).append(one[2] or one[4] or one[6] or "")
    for name, value in _SET.findall(text):
        found.setdefault(name, []).append(value)
    return found


def _of_metadata(output: str, given: Node | None) -> list[str]:
    """The images that docker/metadata-action is given, by tags that it makes."""
    images = given.get("images") if given is not None else None
    if images is None or images.kind != "scalar":
        return []
    names = [line.strip().removeprefix("name=").partition(",")[0] for line in images.value.splitlines() if line.strip()]
    return [f"{name}:${{{{ {output} }}}}" for name in names][:_MOST]


def _of_image(_: str, given: Node | None) -> list[str]:
    """The image that an action of Red Hat's is given, by the first of its tags."""
    parts = {key: node.value.split() for key in ("registry", "image", "tags") for node in select(given, key)} if given else {}
    if not parts.get("image") or not parts.get("tags"):
        return []
    return ["/".join([*parts.get("registry", []), parts["image"][0]]) + f":{parts['tags'][0]}"]


def _of_digest(output: str, _: Node | None) -> list[str]:
    return [f"sha256:${{{{ {output} }}}}"]


#: What is known of an output by its kind.
_HELD = {"digest": _of_digest, "images by tag": _of_metadata, "image by tag": _of_image}
