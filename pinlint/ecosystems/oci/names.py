"""The grammar of image references and how firmly one asks.

Knows names, tags and digests; must not know any file format. Source: distribution/reference (reference.go grammar
comment, normalize.go) and opencontainers/go-digest (algorithm.go: encoded lengths, lower-case hex).
"""

import re
from typing import NamedTuple

from pinlint.model import Artifact, Reference, Span

__all__ = ["Image", "alike", "digest_problem", "image_at", "image_verdict", "parse_image", "purl"]

_COMPONENT = r"(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])"
_DOMAIN = rf"(?:{_COMPONENT}(?:\.{_COMPONENT})*|\[[a-fA-F0-9:]+\])(?::[0-9]+)?"  # compiled where a registry is named
# Compiled where an image is named.
_PATH = r"[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*(?:/[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*)*"
_TAG = r"(?a)\w[\w.-]{0,127}"
_HEX64 = r"[a-f0-9]{64}"
_AFTER_COLON = r":(sha(?:256|384|512):[0-9a-fA-F]+)$"
_TAG_BEHIND = r"(?a)(sha(?:256|384|512):[0-9a-fA-F]+):(\w[\w.-]{0,127})"
#: What stands before a registry's host: no digest and no version has a slash in it.
_WHO = r"[^/]*@(?!sha\d+:)(?=(?:localhost|[^/@]*\.[^/@]*|[^/@]*:[0-9]+)/)"
#: What somebody means for a version although it stands behind an @: no run of digits, no placeholder of a digest.
_VERSION = r"(?ai)(?!(?:[0-9a-f]{32,}|[x.]+|todo|digest|hash|placeholder|sha\d*)$)\w[\w.-]{0,127}"
_MORE_THAN_A_DIGEST = r"(?i)sha256:[0-9a-f]{64}[^0-9a-f]"
_GLUED_COMMENT = r"(?a)(\w[\w.-]{0,127})[ \t]*#.*"
_COLON = "its digest follows a colon where an @ belongs, so the build refuses it"
_BEHIND = "its tag stands behind its digest, so every tool refuses it"
_NO_TAG = "the tag after the colon is empty, so every tool refuses it"
_NO_DIGEST = "the digest after the @ is empty, so every tool refuses it"
_LOGIN = "a login stands before the registry's host, so every tool refuses it; take it out (docker login)"
_COMMENT = "a comment stands in the text of the image, so every tool refuses it"
_LOWER = " (repository names are lower case)"
#: What somebody writes for a name that others are to put in.
_PLACE = r"(?i)image|your|place|replace|todo|example|name|repo|(?:^|[-_/])my"
#: What is wrong with an image whose digest is there to be judged all the same.
_MISPLACED = (_COLON, _BEHIND, _NO_TAG)
#: What no tool takes, whoever fills in what: other texts that are no image may be a place for one.
_REFUSED = (_NO_TAG, _NO_DIGEST, _LOGIN, _COMMENT)
_LONGEST = 1024  # characters of a reference: a name of 255, a tag of 128 and a digest take half of that
_LENGTHS = {"sha256": 64, "sha384": 96, "sha512": 128}


class Image(NamedTuple):
    """An image reference taken apart. `name` is normalised ("docker.io/library/python"), `tag` and `digest` are as written.

    `tag_at` and `digest_at` are offsets in the text (the text's length where the part is absent), `name_end` is where the
    written name ends. `problem` says why the text is no image reference ("" = it is one).
    """

    name: str
    tag: str
    digest: str
    name_end: int
    tag_at: int
    digest_at: int
    problem: str


def parse_image(text: str) -> Image:
    """The registry, repository, tag and digest named by an image reference.

    A colon is a tag separator only after the last slash: `registry:5000/app` has no tag. Never raises: text that is
    not a reference yields the name as given and a `problem`.
    """
    if len(text) > _LONGEST:
        return Image(f"{text[:60]}…", "", "", len(text), len(text), len(text), "it is longer than any image reference can be")
    if "://" in text:  # in one piece, as nothing before a colon or an @ in it is a name, and what stands there may be a password
        return Image(text, "", "", len(text), len(text), len(text), "an address is no image name")
    if "@" in text and (login := re.match(_WHO, text)):  # its name is told without it: a report is read by more people
        image, moved = parse_image(text[login.end() :]), login.end()
        return image._replace(
            name_end=image.name_end + moved, tag_at=image.tag_at + moved, digest_at=image.digest_at + moved,
            problem=image.problem or _LOGIN,
        )  # fmt: skip
    rest, at, digest = text.partition("@")
    if digest and (behind := re.fullmatch(_TAG_BEHIND, digest)):
        return _tag_behind(rest, behind)
    if not at and ":sha" in text and (mistaken := re.search(_AFTER_COLON, text)):
        image = parse_image(text[: mistaken.start()])
        tag_at = image.tag_at if image.tag else len(text)
        return image._replace(digest=mistaken[1], tag_at=tag_at, digest_at=mistaken.start(1), problem=image.problem or _COLON)
    colon = rest.rfind(":")
    name, tag = (rest, "") if colon <= rest.rfind("/") else (rest[:colon], rest[colon + 1 :])
    tag_at = len(name) + 1 if name != rest else len(text)
    digest_at = len(rest) + 1 if at else len(text)
    full, problem = _normalised(name)
    if not problem and name != rest and not re.fullmatch(_TAG, tag):
        problem = _COMMENT if re.fullmatch(_GLUED_COMMENT, tag) else f"{tag!r} is no valid tag" if tag else _NO_TAG
    if not problem and at and not digest:
        problem = _NO_DIGEST
    return Image(full, tag, digest, len(name), tag_at, digest_at, problem)


def _tag_behind(rest: str, behind: re.Match[str]) -> Image:
    """An image whose tag stands behind its digest (`alpine@sha256:…:3.20`)."""
    image = parse_image(rest)
    at = len(rest) + 1
    tag, tag_at = (image.tag, image.tag_at) if image.tag else (behind[2], at + behind.start(2))
    return image._replace(tag=tag, digest=behind[1], tag_at=tag_at, digest_at=at, problem=image.problem or _BEHIND)


def _normalised(name: str) -> tuple[str, str]:
    """(the name with registry and `library/` filled in, what is wrong with it)."""
    domain, slash, path = name.partition("/")
    if not slash or not (domain == "localhost" or "." in domain or ":" in domain or domain.lower() != domain):
        domain, path = "docker.io", name
    elif domain == "index.docker.io":
        domain = "docker.io"
    if domain == "docker.io" and "/" not in path:
        path = f"library/{path}"
    full = f"{domain}/{path}"
    if not name:
        return name, "the name is empty"
    if len(name) == 64 and re.fullmatch(_HEX64, name):
        return name, "64 hex digits are an image ID, not a name"
    if domain != "docker.io" and not re.fullmatch(_DOMAIN, domain):
        return name, f"{domain!r} is no valid registry host"
    if not re.fullmatch(_PATH, path):
        lower = _LOWER if path.lower() != path else ""
        return name, f"{name!r} is no valid image name{lower}"
    if len(full) > 255:
        return name, "the name is longer than 255 characters"
    return full, ""


def digest_problem(digest: str) -> str:
    """Why an image digest names no bytes ("" = it does): algorithm, length, lower-case hex."""
    algorithm, colon, encoded = digest.partition(":")
    if not colon:
        return f"{digest!r} lacks its algorithm (sha256:…)"
    length = _LENGTHS.get(algorithm)
    if length is None:
        return f"{algorithm!r} is no digest algorithm that registries know"
    if re.fullmatch("[0-9a-f]+", encoded) is None:
        return f"{encoded[:16]!r} is not lower-case hex"
    if len(encoded) != length:
        return f"a {algorithm} digest has {length} hex digits, this one has {len(encoded)}"
    return ""


def image_verdict(image: Image) -> tuple[str, tuple[str, ...], str]:
    """(verdict, digests as written, why) of an image reference; see the verdict table of the design."""
    if image.problem and not (image.digest and image.problem in _MISPLACED):
        return "unknown", (), image.problem
    if image.digest:
        problem = image.problem or digest_problem(image.digest)
        if not problem:
            return "digest", (image.digest,), ""
        loose = "tag" if image.tag and image.tag != "latest" else "floating"
        return loose, (image.digest,), f"it looks pinned, but {problem}{_instead(image)}"
    if not image.tag:
        return "floating", (), ""
    return ("floating" if image.tag == "latest" else "tag"), (), ""


def _instead(image: Image) -> str:
    """What to write in place of a version or digest in the wrong place, "" where only a digest is wrong."""
    last = image.name.rpartition("/")[2]
    if image.problem == _BEHIND:
        return f"; write {last}:{image.tag}@{image.digest[:14]}…"
    if image.problem == _NO_TAG:
        return f"; write {last}@{image.digest[:14]}…"
    if re.match(_MORE_THAN_A_DIGEST, image.digest):
        return "; write the digest alone behind the @"
    if not re.fullmatch(_VERSION, image.digest):
        return ""
    return f"; write {last}:{image.tag or image.digest}" + f", or {last}:{image.digest}" * bool(image.tag)


def image_at(text: str, span: Span, role: str) -> Reference:
    """The reference for an image written as `text` at `span`: it points at the tag or digest, at the name where there is none."""
    image = parse_image(text)
    verdict, digests, why = image_verdict(image)
    version = image.tag if not image.digest else f"{image.tag}@{image.digest}" if image.tag else image.digest
    start = min(image.tag_at, image.digest_at)
    place = Span(span.start + start, span.end) if start < len(text) else Span(span.start, span.start + image.name_end)
    if image.problem:
        place = span
    found = Reference(Artifact("image", image.name), version, digests, verdict, place, role, why, site=span, notation="image")
    moved = image.problem == _BEHIND and image.tag_at > image.digest_at  # the tag alone, to its place: nothing gets lost
    if image.problem in _REFUSED or _is_misspelt(image) or (digests and "; write " in why and not moved):
        return found._replace(refused=verdict == "unknown").unpinnable()
    return found


def _is_misspelt(image: Image) -> bool:
    """Whether capitals alone make a text no image (`ghcr.io/Acme/app:1`). What may be a place for one is none: a word in
    capitals, or a name without a tag (`IMAGE_HERE`, `yourImage`)."""
    if image.name == "SCRATCH" or not image.tag or not image.problem.endswith(_LOWER):
        return image.name == "SCRATCH"
    path = image.name.partition("/")[2] if re.match(r"[^/]*[.:]", image.name) else image.name
    return (
        re.fullmatch(_PATH, path.lower()) is not None
        and not any(part.upper() == part for part in re.findall(r"[a-zA-Z]{2,}", f"{path}:{image.tag}"))
        and re.search(_PLACE, image.name) is None
    )


def purl(name: str, version: str) -> str:
    """The package URL: `pkg:oci/python@sha256:…?repository_url=docker.io%2Flibrary%2Fpython&tag=3.12`; "" for what is called by
    a variable, or by the place of its tag (`./chart#image`).

    `version` is the tag, the digest or "tag@digest" as written. Source: package-url/purl-spec, oci type.
    """
    from pinlint.ecosystems.url.purls import package_url  # only the inventory names them

    if "#" in name or "$" in name:
        return ""
    tag, _, digest = version.rpartition("@") if "@" in version else (version, "", "")
    if version.partition(":")[0] in _LENGTHS:
        tag, digest = "", version
    return package_url("oci", name.rpartition("/")[2].lower(), digest, repository_url=name, tag=tag)


def alike(text: str) -> tuple[str, ...]:
    """A name of a policy, in which * may stand for anything, as the names of images are written; () for what no image is called.

    Docker's short names count: `python`, `bitnami/*`, `index.docker.io/library/node`. Where a * leaves open whether a host
    begins the name, both are meant.
    """
    text = text.lower().removeprefix("https://")
    first, slash, rest = text.partition("/")
    if not text or "@" in text or ":" in text.rpartition("/")[2]:
        return ()
    if first in ("docker.io", "index.docker.io"):
        return _short(rest)
    if first.startswith("*"):
        return (text,)
    if "*" in first:
        return (text, *_short(text))
    return (text,) if slash and ("." in first or ":" in first or first == "localhost") else _short(text)


def _short(text: str) -> tuple[str, ...]:
    """A name on Docker Hub with its host, and with the owner of official images where it has none."""
    if "/" in text or text.startswith("*"):
        return (f"docker.io/{text}",)
    return (f"docker.io/library/{text}", f"docker.io/{text}") if "*" in text else (f"docker.io/library/{text}",)
