"""What kubectl, helm, kustomize, argocd and the command lines of clouds deploy or retag, and which image they are told to run.

Sources: the helps of kubectl 1.34, Helm 4.0, Kustomize 5.7, Argo CD 3.2, gcloud 550, az 2.80, aws 2.32, oc
4.20, docker 29 (2026-11).
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from pinlint.ecosystems.oci.names import image_at
from pinlint.model import Artifact, Reference, Span
from pinlint.programs.acts import Act, is_test, of_image
from pinlint.programs.image_names import Named, is_moved, is_unique, named, named_as, test_registry
from pinlint.programs.options import Options, given, options, subcommand
from pinlint.programs.words import Word, behind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinlint.programs.options import Given
    from pinlint.programs.words import Context, Invocation

__all__ = ["acts", "read", "told"]

_AWS = {
    "ecs ": "", "ecs update-service": "ecs", "ecs deploy": "deploy", "ecr ": "", "ecr put-image": "put",
    "ecr batch-get-image": "get",
    "deploy ": "", "deploy create-deployment": "deploy", "lambda ": "", "lambda update-function-code": "deploy",
}  # fmt: skip
_AZ = {
    "acr ": "", "acr import": "import", "containerapp ": "", "containerapp update": "image", "containerapp up": "image",
    "containerapp create": "image", "webapp ": "", "webapp config ": "", "webapp config container ": "",
    "webapp config container set": "image", "webapp create": "image", "webapp up": "deploy",
}  # fmt: skip
_DOCKER = {"service ": "", "service update": "image", "service create": "run", "stack ": "", "stack deploy": "deploy"}
_RUN = {
    "run ": "", "run deploy": "image", "run services ": "", "run services update": "image", "run jobs ": "",
    "run jobs update": "image", "run jobs deploy": "image", "run jobs create": "image",
}  # fmt: skip
_GCLOUD = {
    **_RUN, "beta ": "", **{f"beta {name}": how for name, how in _RUN.items()}, "artifacts ": "", "artifacts docker ": "",
    "artifacts docker tags ": "", "artifacts docker tags add": "retag", "container ": "", "container images ": "",
    "container images add-tag": "retag", "app ": "", "app deploy": "deploy", "functions ": "", "functions deploy": "deploy",
    "deploy ": "", "deploy releases ": "", "deploy releases create": "deploy",
}  # fmt: skip
_KUBECTL = {
    "set ": "", "set image": "set", "apply": "deploy", "rollout ": "", "rollout restart": "deploy", "run": "image", "create ": "",
    "create deployment": "image", "replace": "deploy", "patch": "deploy",
}  # fmt: skip
_OC = {"tag": "tag", "rollout latest": "deploy", **_KUBECTL}
_OF_KUBECTL = (
    "--all --local --record -R --recursive --rm -i --stdin -t --tty --expose --attach --quiet --command --wait --force "
    "--server-side --force-conflicts --prune --dry-run --show-managed-fields --scheduled --insecure --reference -d --delete"
)
_OF_GCLOUD = (
    "-q --quiet --allow-unauthenticated --no-allow-unauthenticated --no-traffic --async --wait --execute-now --cpu-boost "
    "--no-cpu-throttling --cpu-throttling --use-http2 --clear-env-vars --clear-secrets --promote --no-promote"
)
#: By program: its subcommands with what they do, and its options that take no word; all others take one.
_COMMANDS = {
    "argocd": ({"app ": "", "app set": "argocd", "app sync": "deploy"}, "--grpc-web --insecure --plaintext --core --upsert"),
    "aws": (_AWS, "--force-new-deployment --no-force-new-deployment --no-cli-pager --debug --no-verify-ssl --no-paginate"),
    "az": (_AZ, "--force --no-wait --debug --verbose --only-show-errors"),
    "docker": (_DOCKER, "-d --detach --force -q --quiet --with-registry-auth --prune"),
    "gcloud": (_GCLOUD, _OF_GCLOUD),
    "helm": ({"upgrade": "helm", "install": "helm"}, ""),
    "helmfile": ({"apply": "deploy", "sync": "deploy"}, "--debug -q --quiet"),
    "kubectl": (_KUBECTL, _OF_KUBECTL),
    "kustomize": ({"edit ": "", "edit set ": "", "edit set image": "kustomize"}, "--stack-trace"),
    "oc": (_OC, _OF_KUBECTL),
}
#: Options of one letter that may stand before a subcommand and take a word.
_SHORT = "-n -f -l -o -c -k -s -v -g -t -H -p"
_IMAGE_OPTIONS = ("--image", "-i", "--docker-custom-image-name", "--container-image-name", "--deployment-container-image-name")
_ROLE = "deployed image"
_UNKNOWN = "a variable says which image is deployed"
_HELM_SET = ("--set", "--set-string", "--set-literal")
_IMAGE_KEY = re.compile(
    r"(?:^|\.)(?:\w*[iI]mage)(?:\.(?P<part>tag|digest|repository|name|sha))?$|(?:^|\.)(?P<short>\w*[iI]mageTag)$"
)


@cache
def _table(program: str) -> Options:
    if program == "helm":
        from pinlint.programs import helm

        return helm.table()
    return options(_SHORT, _COMMANDS[program][1], other="always")


def _read(call: Invocation) -> tuple[str, Given | None]:
    if call.program not in _COMMANDS:
        return "", None
    known, table = _COMMANDS[call.program][0], _table(call.program)
    name, words = subcommand(call.words, known, table)
    how = known.get(name, "")
    return how, given(words, table) if how else None


def acts(call: Invocation) -> Iterator[Act]:
    """What a call deploys or retags."""
    how, asked = _read(call)
    if asked is None or asked.has("--dry-run"):
        return
    if how in ("tag", "retag", "import", "put", "get"):
        yield from _retagged(how, asked, call)
    elif how == "ecs":
        forced = asked.has("--force-new-deployment") and not asked.has("--task-definition")
        yield Act("restart" if forced else "deploy", call, [], [], asked.options)
    elif how != "kustomize":
        yield Act("deploy", call, of_image(_images(how, asked), call), [], asked.options)


def _retagged(how: str, asked: Given, call: Invocation) -> Iterator[Act]:
    if how == "import":
        source, target = asked.value("--source"), asked.value("--image", "-t")
        if source is not None and target is not None:
            yield Act("copy", call, of_image([source], call), [named(target.text)], asked.options)
        return
    if how in ("put", "get"):
        yield from _manifest(how, asked, call)
        return
    operands = asked.operands
    if asked.has("-d", "--delete") or len(operands) < 2 or (how == "tag" and ":" not in operands[0].text):
        return
    for target in operands[1:]:
        yield Act("copy", call, of_image(operands[:1], call), [named(target.text)], asked.options)


def _manifest(how: str, asked: Given, call: Invocation) -> Iterator[Act]:
    """ECR's two commands that retag an image together: the one says by what it is found, the other what it is called then."""
    name = (asked.value("--repository-name") or Word("", call.span)).text
    if how == "put":
        tag = asked.value("--image-tag")
        if tag is not None:
            yield Act("put", call, [(tag, Named("tag", name, tag.text, f"{name}:{tag.text}"))], [], asked.options)
        return
    word = asked.value("--image-ids")
    if word is not None:
        key, _, value = word.text.partition("=")
        how = {"imageTag": "tag", "imageDigest": "digest"}.get(key, "unknown")
        how = how if value else "unknown"
        yield Act("get", call, [(word, Named(how, name, value, f"{name}:{value}"))], [], asked.options)


def read(call: Invocation, context: Context) -> Iterator[Reference]:
    """The images that a call tells something to run. A tag that is made for one commit or run is as good as its own word, and says
    nothing; who deploys by digest, even by one that only the run knows, neither."""
    how, asked = _read(call)
    if asked is None or is_test(context):
        return
    for word in _images(how, asked):
        yield from _told(word, named_as(word, call))


def told(word: Word) -> Iterator[Reference]:
    """The image that a word by itself tells something to run, judged as `read` does."""
    yield from _told(word, named(word.text))


def _told(word: Word, image: Named) -> Iterator[Reference]:
    if image.how == "local" or (image.how == "digest" and not word.clear) or test_registry(image.name):
        return
    if image.how == "tag" and not is_unique(image.tag) and (word.clear or "$" not in image.tag + image.name[:1]):
        yield _by_tag(image, word)
    elif image.how == "digest":
        yield image_at(word.text, word.span, _ROLE).unpinnable()
    elif image.how == "unknown" or (image.how == "tag" and not is_unique(image.tag)):
        yield Reference(Artifact("image", image.name[:200]), "", (), "unknown", word.span, _ROLE, _UNKNOWN)


def _by_tag(image: Named, word: Word) -> Reference:
    artifact = image_at(f"{image.name}:{image.tag}" if image.tag else image.name, word.span, _ROLE).artifact
    if "$" in image.name:
        artifact = Artifact("image", image.name[:200])
    why = (
        ""
        if image.tag in ("", "latest")
        else f"{image.tag} is the tag of an environment or a channel, which moves with every release"
    )
    moved = not image.tag or is_moved(image.tag)
    return Reference(artifact, image.tag, (), "floating" if moved else "tag", word.span, _ROLE, why if moved else "")


def _images(how: str, asked: Given) -> list[Word]:
    """The words that name images."""
    if how in ("set", "kustomize"):
        return [_behind_sign(word) for word in asked.operands[how == "set" :] if "=" in word.text]
    if how == "image":
        return asked.values(*_IMAGE_OPTIONS)
    if how == "run":
        return asked.operands[:1]
    if how == "argocd":
        return [_behind_sign(word) for word in asked.values("--kustomize-image")]
    return _of_helm(asked) if how == "helm" else []


def _of_helm(asked: Given) -> list[Word]:
    """The images that values name whole, or by repository and tag side by side; a digest beside them settles it."""
    values: dict[str, dict[str, Word]] = {}
    for word in asked.values(*_HELM_SET):
        at = 0
        for pair in re.split(r"(?<!\\),", word.text):
            key, sign, value = pair.partition("=")
            if found := _IMAGE_KEY.search(key) if sign else None:
                part = "tag" if found["short"] else found["part"] or "image"
                inner = behind(word, at + len(key) + 1)
                inner = inner._replace(
                    text=value, span=Span(inner.span.start, inner.span.start + len(value)) if word.exact else word.span
                )
                values.setdefault(key[: found.start(found.lastgroup or 0)] if found.lastgroup else key, {})[part] = inner
            at += len(pair) + 1
    made = []
    for parts in values.values():
        if "digest" in parts or "sha" in parts:
            continue
        if "image" in parts:
            made.append(parts["image"])
        elif "repository" in parts and "tag" in parts:
            tag = parts["tag"]
            made.append(tag._replace(text=f"{parts['repository'].text}:{tag.text}", clear=tag.clear and parts["repository"].clear))
    return made


def _behind_sign(word: Word) -> Word:
    """An image behind the name that it takes the place of: `app=IMAGE`."""
    head, sign, _ = word.text.partition("=")
    return behind(word, len(head) + 1) if sign and "/" not in head.rpartition("/")[2] else word
