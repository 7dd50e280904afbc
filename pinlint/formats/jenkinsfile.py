"""Jenkinsfiles: the images that pipelines run in, and the libraries that they load.

A Jenkinsfile is a Groovy program: what stands in it as text is read, nothing is run. Source: jenkins.io/doc/book/pipeline/syntax
(agent), …/docker, …/shared-libraries; plugins.jenkins.io/kubernetes (containerTemplate, yaml), …/docker-workflow.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pinlint.ecosystems.git.names import ref_verdict, repository_name
from pinlint.ecosystems.oci.names import parse_image
from pinlint.ecosystems.url.names import without_credentials
from pinlint.model import Artifact, Fact, Reference, Script, Span
from pinlint.programs import fetches
from pinlint.semantics.filled_images import filled_image
from pinlint.semantics.git_refs import filled_ref
from pinlint.semantics.images import image, local_image, unknown_image
from pinlint.semantics.pods import pod_images
from pinlint.syntax.groovy import Token, tokens
from pinlint.syntax.variables import fill
from pinlint.syntax.yaml import Node, Unparsable, documents, select

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinlint.text import Document
    from pinlint.tree import Tree

__all__ = ["references"]

#: Blocks and calls in which `image` names a container's image, and calls whose first argument does.
_HOLDERS = frozenset(
    ("docker", "dockerContainer", "dockerNode", "containerTemplate", "withDockerContainer", "podman", "inDockerContainer")
)
_CALLS = frozenset(("docker", "dockerNode", "withDockerContainer"))
_USES = frozenset(("push", "tag", "imageName"))  # of `docker.image(…)`, which run nothing
#: `$NAME`, `${NAME}` with or without `env.` and `params.`; other expressions are variables that nothing sets.
_WRITTEN = re.compile(r"\$\{\s*(?:env\.|params\.)?(\w+)\s*\}|\$(?:env\.|params\.)?([A-Za-z_]\w*)|\$\{([^}]*)\}", re.ASCII)
_OWN_TAG = re.compile(r"[^@]*:[^/@]*\$\{?\s*(?:env\.)?(?:BUILD_(?:ID|NUMBER|TAG)|GIT_COMMIT|BRANCH_NAME|TAG_NAME)\b")
_VALUES = 50  # of one variable
_LIBRARY = re.compile(r"([^@\s]+)(?:@(\S+))?")
_AHEAD = 80  # tokens of one step
_SHELLS = {"sh": "sh", "powershell": "powershell", "pwsh": "powershell"}
_LARGEST = 4 * 1024 * 1024  # characters

Values = dict[str, tuple[str, ...]]


def references(document: Document, tree: Tree) -> Iterator[Reference | Fact | Script]:  # noqa: ARG001
    """Images and libraries in the order of the file, then what its steps run."""
    if len(document.text) > _LARGEST:
        yield Fact("unreadable-file", Span(0, 0), f"it is larger than {_LARGEST // 2**20} MiB, which no pipeline is; exclude it")
        return
    script = _Script(document)
    if not script.tokens or (document.text.lstrip()[:1] == "<" and "pipeline" not in document.text):
        yield Fact("foreign", Span(0, 0), "no Jenkinsfile: it holds no script")
        return
    around: list[str] = []  # the words before the brackets that are open here
    for index, token in enumerate(script.tokens):
        if token.kind == "mark" and token.text in "({[":
            around.append(script.called(index))
        elif token.kind == "mark" and token.text in ")}]" and around:
            around.pop()
        elif token.kind == "word":
            yield from script.asked(index, around)
    if fetches(document.data):
        yield from script.run()


class _Script:
    """The tokens of a script, the values of its variables and the images that it builds."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.tokens = list(tokens(document.text))
        self.values: Values = {}
        self.strings: dict[str, list[Token]] = {}  # what stands behind `name =`
        self.made: set[str] = set()
        for index, token in enumerate(self.tokens):
            if token.kind == "string" and self.text(index - 1) == "=" and self.text(index - 3) != "==":
                self._define(self.text(index - 2), token.text)
                self.strings.setdefault(self.text(index - 2), []).append(token)
            elif token.text == "defaultValue":
                self._parameter(index)
            elif token.text == "build" and self.text(index - 1) == "." and self.text(index - 2) == "docker":
                given = self.argument(index)
                if given is not None and given.kind == "string":
                    self.made |= {parse_image(text).name for text in fill(given.text, self.values, _WRITTEN).texts} | {given.text}

    def text(self, index: int) -> str:
        return self.tokens[index].text if 0 <= index < len(self.tokens) else ""

    def _define(self, name: str, text: str) -> None:
        known = self.values.get(name, ())
        if text not in known and len(known) < _VALUES:
            self.values[name] = (*known, text)

    def _parameter(self, index: int) -> None:
        """`string(name: 'X', defaultValue: 'y')`, in either order."""
        near = range(max(0, index - 8), min(len(self.tokens), index + 9))
        names = [self.text(at + 2) for at in near if self.text(at) == "name" and self.text(at + 1) == ":"]
        value = self.tokens[index + 2] if index + 2 < len(self.tokens) else None
        if names and value is not None and value.kind == "string" and value.text:
            self._define(names[-1] if self.text(index - 1) == "," else names[0], value.text)

    def called(self, index: int) -> str:
        """The word whose brackets open at `index`; of `f([` the word before both."""
        for _ in range(2):
            index -= self.text(index - 1) in ("(", "[")
        return self.text(index - 1)

    def argument(self, index: int) -> Token | None:
        """The first argument of the call at `index`, with or without parentheses: text or a word; None for what is neither."""
        at = index + 1
        if self.text(at) in ("(", ":"):
            at += 1
        if at >= len(self.tokens) or self.tokens[at].kind not in ("string", "word"):
            return None
        return self.tokens[at]

    def asked(self, index: int, around: list[str]) -> Iterator[Reference]:
        """What the word at `index` asks for."""
        word, before = self.text(index), self.text(index - 1)
        if word == "image" and before == "." and self.text(index - 2) == "docker":
            yield from self._image(index, "container image", pushed=True)
        elif before == ".":
            return
        elif word == "image" and (self.text(index + 1) == ":" or before in ("{", "\n", ";")):
            if any(one in _HOLDERS for one in around[-3:]) or (self.text(index + 1) == ":" and self._statement(index) in _HOLDERS):
                yield from self._image(index, "agent image")
        elif word in _CALLS and (given := self.argument(index)) is not None and given.kind == "string":
            if self.text(index + 1) != ":":
                yield from self._image(index, "agent image")
        elif word == "yaml" and (given := self.argument(index)) is not None:
            for pod in [given] if given.kind == "string" else self.strings.pop(given.text, []):
                yield from self._pod(pod)
        elif word in ("Library", "library") and (before == "@") == (word == "Library"):
            yield from self._libraries(index)

    def run(self) -> Iterator[Script]:
        """What the steps give to a shell, all in the folder of the job. Windows' own shell is not read."""
        from pinlint.semantics.scripts import placed
        from pinlint.syntax.scalars import groovy

        for index, token in enumerate(self.tokens):
            if token.kind != "word" or token.text not in _SHELLS or self.text(index - 1) == ".":
                continue
            given = self._script(index)
            if given is not None:
                place = Script("", [], _SHELLS[token.text], "ci", "job", "", foreign="groovy" if given.filled else "")
                written = groovy(self.document.text, given.start, given.end, filled=given.filled)
                yield placed(written, place, {name: texts[0] for name, texts in self.values.items() if len(texts) == 1})

    def _script(self, index: int) -> Token | None:
        """The text that a step is given: its argument, or the one that is called `script`."""
        given = self.argument(index)
        if given is not None and given.kind == "string":
            return given
        near = self.tokens[index + 1 : index + _AHEAD]
        for at, token in enumerate(near):
            if token.text in (")", "}", "{"):
                break
            if token.text == "script" and [one.text for one in near[at + 1 : at + 2]] == [":"]:
                return next((one for one in near[at + 2 : at + 3] if one.kind == "string"), None)
        return None

    def _statement(self, index: int) -> str:
        """The first word of the statement that `index` is a part of."""
        at = index
        while (
            at > 0
            and index - at < _AHEAD
            and not (self.text(at - 1) == "\n" and self.text(at - 2) != ",")
            and self.text(at - 1) not in "{;"
        ):
            at -= 1
        return self.text(at)

    def _image(self, index: int, role: str, *, pushed: bool = False) -> Iterator[Reference]:
        given = self.argument(index)
        if given is None or not given.text:
            return
        dotted = ""
        if given.kind == "word":
            dotted = _DOTTED.match(self.document.text, given.start)[0]  # type: ignore[index]
        node = Node(given.start, given.start + len(dotted) if dotted else given.end, f"${{{dotted}}}" if dotted else given.text)
        after = self.document.text[node.end : node.end + 200]
        if pushed and (use := _USED.match(after)) and use[1] in _USES:
            yield local_image(node, self.document, role, "the pipeline pushes it, it does not run it")
        elif (found := self._judged(node, role, filled=given.filled or bool(dotted), more=bool(_MORE.match(after)))) is not None:
            yield found

    def _judged(self, node: Node, role: str, *, filled: bool, more: bool = False) -> Reference | None:
        if more:
            return unknown_image(node, self.document, role, "an expression makes its name")
        if not filled or "$" not in node.value:
            if node.value in self.made or parse_image(node.value).name in self.made:
                return local_image(node, self.document, role, "the pipeline builds it")
            return image(node, self.document, role)
        result = fill(node.value, self.values, _WRITTEN)
        texts = (*result.texts, *result.open)
        if node.value in self.made or any(parse_image(text).name in self.made for text in texts):
            return local_image(node, self.document, role, "the pipeline builds it")
        if all(_OWN_TAG.match(text) for text in texts):
            return local_image(node, self.document, role, "its tag is the build or the commit, so the project makes it itself")
        why = f"{result.missing[0][:60]} has no value in this file" if result.missing else ""
        return filled_image(node, self.document, role, result, why)

    def _pod(self, given: Token) -> Iterator[Reference]:
        """The images of a pod that is written as YAML in the script."""
        try:
            roots = documents(given.text)
        except Unparsable:
            return
        for node, role in pod_images(spec for root in roots for spec in select(root, "spec")):
            if node.kind == "scalar":
                moved = Node(node.inner.start + given.start, node.inner.end + given.start, node.value)
                if (found := self._judged(moved, role, filled=given.filled)) is not None:
                    yield found

    def _libraries(self, index: int) -> Iterator[Reference]:
        at = index + 1
        while self.text(at) in ("(", "[", "identifier", ":", "value", "="):
            at += 1
        remote = ""
        for ahead in range(at, min(len(self.tokens) - 2, at + _AHEAD)):
            if self.text(ahead) == "remote" and self.tokens[ahead + 2].kind == "string":
                remote = self.tokens[ahead + 2].text
                break
            if self.text(ahead) in ("{", "library", "Library"):
                break
        while at < len(self.tokens) and self.tokens[at].kind == "string":
            if (match := _LIBRARY.fullmatch(self.tokens[at].text)) is not None:
                yield _library(match[1], match[2] or "", self.tokens[at], remote, self.values)
            at += 2 if self.text(at + 1) == "," else 1


_DOTTED = re.compile(r"[\w.]+", re.ASCII)
_USED = re.compile(r"['\"]{0,3}\s*\)\s*\.\s*(\w+)", re.ASCII)
_MORE = re.compile(r"['\"]{0,3}\s*(?:[+(?\[]|\.\w)")


def _library(name: str, ref: str, token: Token, remote: str, values: Values) -> Reference:
    """A library at the ref that the script asks for. Where its repository is, Jenkins knows, unless the script says it."""
    role = "pipeline library"
    if not remote and name.startswith("github.com/"):
        remote = f"https://{name}"
    written = repository_name(remote) if remote and "$" not in remote else f"$JENKINS_LIBRARY/{name}"
    artifact = Artifact("git", written, without_credentials(remote) if "$" not in remote else "")
    span = Span(token.end - len(ref), token.end) if ref else Span(token.start, token.end)
    if not ref:
        return Reference(artifact, "", (), "unknown", span, role, "Jenkins is set up to choose its version")
    if token.filled and "$" in ref:
        filled = fill(ref, values, _WRITTEN)
        return filled_ref(artifact, Node(*span, ref), filled, role, f"{ref[:60]} has no value in this file")
    verdict, digests, why = ref_verdict(ref)
    return Reference(artifact, ref, digests, verdict, span, role, why, site=span, notation="git-ref")
