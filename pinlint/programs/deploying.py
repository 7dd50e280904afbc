"""What kubectl, helm, kustomize, argocd and the command lines of clouds deploy or retag, and which image they are told to run.

Knows how their arguments name images; what their subcommands and options are `vendors` knows.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from pinlint.ecosystems.oci.names import image_at
from pinlint.model import Artifact, Fact, Reference
from pinlint.programs.acts import Act, is_test, of_image
from pinlint.programs.image_names import Named, is_moved, is_open, is_unique, named, named_as, tag_as, test_registry
from pinlint.programs.options import Options, given, options, subcommand
from pinlint.programs.vendors import PROGRAMS, commands
from pinlint.programs.words import Word, behind
from pinlint.semantics.built_images import FAMOUS, OFFICIAL

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinlint.programs.options import Given
    from pinlint.programs.words import Context, Invocation

__all__ = ["acts", "read", "told"]

#: Options of one letter that may stand before a subcommand and take a word.
_SHORT = "-n -f -l -o -c -k -s -v -g -t -H -p"
_IMAGE_OPTIONS = ("--image", "-i", "--docker-custom-image-name", "--container-image-name", "--deployment-container-image-name")
#: Words of commands that want what is locked to be gone, or replaced.
_REMOVING = frozenset(("delete", "untag", "purge", "run", "import", "push", "build"))
_ROLE = "deployed image"
_OWN = "Docker alone publishes names of one word: this one is built on the machine, or stands for another"
_UNKNOWN = "a variable says which image is deployed"


@cache
def _table(program: str) -> Options:
    if program == "helm":
        from pinlint.programs import helm

        return helm.table()
    return options(_SHORT, commands(program)[1], other="always")


def _read(call: Invocation) -> tuple[str, Given | None]:
    if call.program not in PROGRAMS:
        return "", None
    known, table = commands(call.program)[0], _table(call.program)
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
    elif how == "build":
        yield from _built(asked, call)
    elif how != "kustomize":
        if (source := asked.value("--source")) is not None and call.program == "gcloud":
            yield from _built(asked, call, source)
        yield Act("deploy", call, of_image(_images(how, asked), call), [], asked.options)


def _built(asked: Given, call: Invocation, source: Word | None = None) -> Iterator[Act]:
    """What a cloud builds of a folder, and pushes."""
    images = of_image(asked.values("-t", "--image", "--tag"), call)
    context = source.text if source is not None else asked.operands[-1].text if asked.operands else "."
    options_ = [("--file" if name == "-f" else name, word) for name, word in asked.options]
    yield Act("build", call, images, [Named("local", context, "", context)], options_)
    if not asked.has("--no-push"):
        yield Act("push", call, images, [], options_)


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


def read(call: Invocation, context: Context) -> Iterator[Reference | Fact]:
    """The images that a call tells something to run. A tag that is made for one commit or run is as good as its own word, and says
    nothing; who deploys by digest, even by one that only the run knows, neither."""
    how, asked = _read(call)
    if asked is None or is_test(context):
        return
    if how == "lock":
        yield from _unlocked(asked, call, context)
    for word in _images(how, asked):
        yield from told(word, named_as(word, call), call)
    if how == "kustomize":
        yield from _retagged_there(asked, call)
    if how in ("helm", "argocd"):
        from pinlint.programs.set_values import given_to, images

        settings, what, files = given_to(how, asked, context.tree)
        for word, image in images(settings, what, files, call, context.tree):
            yield from told(word, image, call)


def _unlocked(asked: Given, call: Invocation, context: Context) -> Iterator[Fact]:
    """That tags can be moved which Azure had locked; not where they are deleted or locked again afterwards."""
    word, what = asked.value("--write-enabled"), asked.value("--repository", "--image", "-t")
    if word is None or word.text.lower() != "true":
        return
    if context.once("azure's locks", lambda: _last_lock(context)) > call.span.start:
        return
    shown = what.text if what is not None and what.clear else "this repository"
    detail = f"tags of {shown[:100]} can be moved from here on; lock them again with --write-enabled false"
    yield Fact("mutable-repository", word.span, detail)


def _last_lock(context: Context) -> int:
    """Where the last call begins that locks something again, or does away with it; -1 without one."""
    texts = ((call.span.start, [word.text.lower() for word in call.words]) for call in context.calls)
    return max((start for start, words in texts if _REMOVING.intersection(words) or _locks(words)), default=-1)


def _locks(words: list[str]) -> bool:
    """Whether a call says of writing that it is not allowed, or that a variable decides."""
    values = [after for one, after in zip(words, [*words[1:], ""], strict=True) if one == "--write-enabled"]
    return any(value != "true" for value in values) or any(re.fullmatch("--write-enabled=(?!true$).*", one) for one in words)


def _retagged_there(asked: Given, call: Invocation) -> Iterator[Reference]:
    """What gets another tag by a name that may stand for another one in the kustomization: `app:1.2`."""
    for word in asked.operands:
        name, colon, tag = word.text.replace("=*:", ":").rpartition(":")
        if colon and tag and re.fullmatch(r"[\w.-]+", name):
            place = f"kustomization#{name}"
            inner = behind(word, len(word.text) - len(tag))
            yield from told(inner, Named("tag", place, tag, f"{place}:{tag}"), call)


def told(word: Word, image: Named, call: Invocation | None = None) -> Iterator[Reference]:
    """The image that a word tells something to run, by what it was followed to."""
    if image.how == "local" or (image.how == "digest" and not word.clear) or test_registry(image.name):
        return
    if image.how == "digest":
        found = image_at(word.text, word.span, _ROLE).unpinnable()
        yield found if word.exact else found._replace(span=word.span)
        return
    tag = tag_as(word._replace(text=image.tag, clear=False), call).text if call is not None and is_open(image.tag) else image.tag
    if image.how == "tag" and is_unique(tag):
        return
    if image.how == "tag" and (word.clear or not (is_open(tag) or is_open(image.name[:1] + image.name[-1:]))):
        yield _by_tag(image._replace(tag=tag), word)
    else:
        yield Reference(Artifact("image", image.name[:200]), "", (), "unknown", word.span, _ROLE, _UNKNOWN)


def _by_tag(image: Named, word: Word) -> Reference:
    found = image_at(f"{image.name}:{image.tag}" if image.tag else image.name, word.span, _ROLE)
    artifact = found.artifact
    if found.verdict == "unknown" and not re.search("[$#]", image.name):  # `IMAGE:latest`, which something replaces
        return Reference(artifact, "", (), "unknown", word.span, _ROLE, found.why)
    if "#" not in image.name and artifact.name.startswith(OFFICIAL) and artifact.name.removeprefix(OFFICIAL) not in FAMOUS:
        return Reference(artifact, image.tag, (), "local", word.span, _ROLE, _OWN)
    if "$" in image.name or "#" in image.name:
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
    if how == "set":
        return [_behind_sign(word) for word in asked.operands[1:] if "=" in word.text]
    if how == "kustomize":
        return [_behind_sign(word) for word in asked.operands if "/" in word.text or ("=" in word.text and "=*" not in word.text)]
    if how == "image":
        return asked.values(*_IMAGE_OPTIONS)
    if how == "run":
        return asked.operands[:1]
    return [_behind_sign(word) for word in asked.values("--kustomize-image")] if how == "argocd" else []


def _behind_sign(word: Word) -> Word:
    """An image behind the name that it takes the place of: `app=IMAGE`, `registry.example/app=*:1.2`, which keeps the name."""
    head, sign, image = word.text.partition("=")
    if not sign:
        return word
    return word._replace(text=f"{head}{image[1:]}", exact=False) if image.startswith("*") else behind(word, len(head) + 1)
