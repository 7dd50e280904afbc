"""What commands do to images: they build, push, copy, sign, verify and deploy them. A program that does is a line of `_GRAMMARS`.

Knows which module reads which program, and what is only a test; must not know what is wrong with an act, which `lifecycle` says.
"""

from __future__ import annotations

import re
from importlib import import_module
from typing import TYPE_CHECKING, NamedTuple

from pinlint.programs.image_names import named_as, test_registry
from pinlint.programs.options import is_given

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pinlint.programs.image_names import Named
    from pinlint.programs.words import Context, Invocation, Word

__all__ = ["Act", "acts", "is_test", "of_image"]

#: By program, the module that reads what it does to images.
_GRAMMARS = {
    "argocd": "deploying", "aws": "deploying", "az": "deploying", "buildah": "copying", "cosign": "signing", "crane": "copying",
    "docker": "copying", "flux": "copying", "gcloud": "deploying", "gcrane": "copying", "gh": "signing",
    "helm": "deploying", "helmfile": "deploying", "kubectl": "deploying", "oc": "deploying",
    "nerdctl": "copying", "notation": "signing", "oras": "copying", "podman": "copying",
    "regctl": "copying", "skopeo": "copying", "slsa-verifier": "signing",
}  # fmt: skip
_CLUSTERS = frozenset(("kind", "minikube", "k3d", "ctlptl", "microk8s", "k3s"))
_STARTED = frozenset(("create", "start", "install", "cluster"))
_CLUSTER_ACTIONS = re.compile(r"/(?:[\w.-]*-)?(?:kind|minikube|k3d|k3s|microk8s)(?:-[\w.-]*)?(?=@|\s|$)", re.IGNORECASE)
_INSECURE = ("--allow-insecure-registry", "--allow-http-registry", "--insecure", "--plain-http")
_INSTANCES, _PUBLIC = ("--rekor-url", "--fulcio-url"), re.compile(r"https://(?:rekor|fulcio)\.sigstore\.dev/?")
#: Names of jobs that only try something out.
_TEST_JOB = re.compile(r"(?:^|[-_ ])(?:e2e|tests?|testing|smoke|interop|conformance)(?=[-_ ]|$)", re.IGNORECASE)
_REAL_JOB = re.compile(r"publish|push|release|deploy|promote|(?<!co)sign", re.IGNORECASE)


class Act(NamedTuple):
    """One thing that a call does. `verb` is "build", "push", "pull", "tag", "copy", "sign", "verify", "deploy" or "restart" (which
    deploys what is said elsewhere); `images` are what it does it to, `targets` what a copy or tag makes of them. `options` are its
    own, in order."""

    verb: str
    call: Invocation
    images: list[tuple[Word, Named]]
    targets: list[Named] = []  # noqa: RUF012 - never changed in place
    options: list[tuple[str, Word]] = []  # noqa: RUF012 - never changed in place

    def value(self, *names: str) -> Word | None:
        """The last value of these options; None without one."""
        return next((word for name, word in reversed(self.options) if name in names), None)

    def has(self, *names: str) -> bool:
        """Whether one of these options is given, and not switched off."""
        return is_given(self.options, names)


def of_image(words: Iterable[Word], call: Invocation) -> list[tuple[Word, Named]]:
    """Words that name images, each with how it does."""
    return [(word, named_as(word, call)) for word in words]


def acts(context: Context) -> list[Act]:
    """What the calls do to images, in order."""
    return context.once("acts", lambda: [one for call in context.calls for one in _of_call(call)])


def _of_call(call: Invocation) -> Iterator[Act]:
    module = _GRAMMARS.get(call.program)
    if module and not any(word.text in ("--help", "-h") for word in call.words[:3]):
        yield from import_module(f"pinlint.programs.{module}").acts(call)
        if call.program == "docker":
            yield from import_module("pinlint.programs.deploying").acts(call)
        if call.program in ("docker", "podman", "nerdctl") and (inner := _contained(call)) is not None:
            yield from _of_call(inner)


def _contained(call: Invocation) -> Invocation | None:
    """The call that a container makes whose image is one of these programs."""
    from pinlint.programs.images import ran

    found = ran(call)
    if found is None:
        return None
    image, words = found
    program = image.text.rpartition("@")[0] or image.text
    program = program.rpartition("/")[2].partition(":")[0]
    if program not in _GRAMMARS or program in ("docker", "podman", "nerdctl"):
        return None
    return call._replace(program=program, written=image.text, words=words[1:] if words and words[0].text == program else words)


def is_test(context: Context, act: Act | None = None) -> bool:
    """Whether what is done is done to try something out: by where the file lies, by a cluster that the same scripts start, by the
    registry."""
    if context.once("test ground", lambda: _tests(context)):
        return True
    if act is None:
        return False
    named = [one for _, one in act.images] + act.targets
    private = any(name in _INSTANCES and not _PUBLIC.fullmatch(word.text) for name, word in act.options)
    return private or act.has(*_INSECURE) or any(test_registry(one.name or one.written) for one in named)


def _tests(context: Context) -> bool:
    from pinlint.semantics import test_grounds

    if test_grounds.is_test(context.document.path):
        return True
    calls = context.calls
    if any(one.program in _CLUSTERS and any(word.text in _STARTED for word in one.words[:3]) for one in calls):
        return True
    script = calls[0].script if calls else None
    if script is None:
        return False
    job = script.group.removeprefix("job ") if script.setting == "ci" else ""
    return bool(_CLUSTER_ACTIONS.search(script.uses) or (_TEST_JOB.search(job) and not _REAL_JOB.search(job)))
