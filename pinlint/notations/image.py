"""The text of an image: its digest after the tag, or at the end of an ARG's default."""

from __future__ import annotations

import re

from pinlint.model import Reference, Span
from pinlint.pins import CONTRADICTED, Edit, NoPin, Pin
from pinlint.text import Document

__all__ = ["argument", "disagreement", "is_digest", "tag"]


#: A digest after its @, or after a colon by mistake.
_DIGEST_AT = re.compile(r"@|:(?=sha(?:256|384|512):)")
#: A tag behind the digest, where no tool takes one.
_TAG_BEHIND = re.compile(r"@sha\d+:[0-9a-f]+:[\w.-]+\Z", re.ASCII | re.IGNORECASE)
#: What may stand between FROM and its image: flags and continuations.
_FROM_FLAGS = re.compile(r"(?i)(?:^|\n)[ \t]*from((?:\s+--[a-z]+=\S*|\s+[\\`][ \t]*(?=\r?\n))*)\s+$")
_MORE = "more than a digest stands behind the @; look at it, then leave the digest alone there"
_ARCHITECTURES = {"x86_64": "amd64", "x86-64": "amd64", "aarch64": "arm64", "armhf": "arm/v7", "armel": "arm/v6", "i386": "386"}


def tag(reference: Reference, site: Span, document: Document, pin: Pin) -> list[Edit] | NoPin:
    """`name:tag@sha256:…`: the tag stays, a missing one is written out, a useless digest that the new one bears out gives way."""
    written = document.text[site.start : site.end]
    found = _DIGEST_AT.search(written)
    start = site.start + found.start() if found else site.end
    asked = reference.version.partition("@")[0] if reference.version not in reference.digests else ""
    if refused := disagreement(reference, pin):
        return refused
    if problem := _platform_problem(reference, document.text, site.start, pin):
        return NoPin(problem)
    text = _written(asked, pin)
    if isinstance(text, str) and found and asked and _TAG_BEHIND.match(written, found.start()):
        text = f":{asked}{text}"
    return text if isinstance(text, NoPin) else [Edit(Span(start, site.end), text)]


def is_digest(text: str) -> bool:
    """Whether `text` is a digest as it is written after an image: nothing else gets into a file."""
    return re.fullmatch("sha256:[0-9a-f]{64}", text) is not None


def _written(asked: str, pin: Pin) -> str | NoPin:
    """What is written after a name or tag; nothing that is no tag and no digest gets into a file."""
    if not is_digest(pin.digests[0]) or not re.fullmatch(r"[\w.-]{1,128}", pin.version, re.ASCII):
        return NoPin("what came back is no digest of an image")
    return f"{'' if asked else f':{pin.version}'}@{pin.digests[0]}"


def disagreement(reference: Reference, pin: Pin) -> NoPin | None:
    """Why the digest found must not take the place of the broken one that is written (None = it may): what is left of that one
    has to agree. A placeholder holds nothing that could."""
    for written in reference.digests:
        whole = re.fullmatch("(?:([^:]*)(:))?([0-9a-f]{4,})", written.lower())
        if whole is None:
            if begun := re.match("(?:sha256:)?([0-9a-f]{12,})", written.lower()):
                return NoPin(_MORE) if pin.digests[0].startswith(f"sha256:{begun[1]}") else _contradiction(written, pin)
            continue
        algorithm, colon, encoded = whole.groups()
        if colon and algorithm != "sha256":
            return NoPin(
                f"the {algorithm} digest that is written cannot be compared with the registry's sha256; look at it, then remove it"
            )
        if not pin.digests[0].startswith(f"sha256:{encoded}"):
            if reference.version in reference.digests:
                return NoPin(
                    f"{written[:19]}… is all that names the image, and it is not that of its tag {pin.version}; write the tag"
                )
            return _contradiction(written, pin)
    return None


def _contradiction(written: str, pin: Pin) -> NoPin:
    return NoPin(
        f"the file says {written[:19]}… and the registry {pin.digests[0][:19]}…: the tag was moved or the digest was never "
        "true; find out which, then remove the broken one",
        rule=CONTRADICTED,
    )


def _platform_problem(reference: Reference, text: str, start: int, pin: Pin) -> str:
    """Why the image lacks the platform that FROM asks for ("" = it has it, none is asked for, or only the build knows).

    An image of one platform alone is taken as it is, as builders do: only an index can lack what is asked for.
    """
    flags = _FROM_FLAGS.search(re.sub(r"\S{1,300}$", "", text[max(0, start - 500) : start]))
    asked = re.search(r"--platform=[\"']?([^\s\"'$]+)[\"']?(?=\s|$)", flags[1], re.IGNORECASE) if flags else None
    if not asked or not pin.platforms or any(_fits(asked[1], one) for one in pin.platforms):
        return ""
    name = reference.artifact.name
    return f"{name}:{pin.version} has no {asked[1]}, so the build fails; it has {', '.join(pin.platforms)}"


def _fits(asked: str, offered: str) -> bool:
    """Whether a builder takes an image for `offered` ("linux/arm/v6") where `asked` is asked for: older variants and the smaller
    brother of an architecture do. Source: containerd/platforms, compare.go (platformVector)."""
    (system, architecture, variant), (other_system, other, other_variant) = _normalised(asked), _normalised(offered)
    if system != other_system:
        return False
    if not architecture or (architecture, other) in (("amd64", "386"), ("arm64", "arm")):
        return True
    return architecture == other and (not other_variant or not variant or other_variant <= variant)


def _normalised(platform: str) -> tuple[str, str, str]:
    words = platform.lower().split("/")
    if len(words) == 1 and words[0] not in ("linux", "windows", "darwin", "freebsd"):
        words.insert(0, "linux")
    words[1:2] = _ARCHITECTURES.get(words[1], words[1]).split("/") if len(words) > 1 else []
    system, architecture, variant = (*words, "", "")[:3]
    return system, architecture, variant or {"arm": "v7", "arm64": "v8", "amd64": "v1"}.get(architecture, "")


def argument(reference: Reference, site: Span, document: Document, pin: Pin) -> list[Edit] | NoPin:
    """The default of an ARG that a single image uses up to its last character: there the digest can be appended."""
    name = _argument_name(document.text, site)
    span = reference.span
    assert isinstance(span, Span)
    used = re.findall(rf"\$(?:{{{re.escape(name)}[^\w]|{re.escape(name)}\b)", document.text)
    if len(used) > 1:
        return NoPin(f"ARG {name} feeds {len(used)} places: pin each image where it is named")
    declared = re.findall(rf"(?im)^[ \t]*ARG[ \t](?:[^\n]*[ \t])?{re.escape(name)}(?=[=\s]|$)", document.text)
    if len(declared) > 1:  # in a stage, every program that runs there sees it
        return NoPin(
            f"ARG {name} is declared {len(declared)} times, so more than the image may use it: pin the image where it is named"
        )
    if problem := _platform_problem(reference, document.text, span.start, pin):
        return NoPin(problem)
    asked = document.text[span.start : span.end].rstrip("\"'")
    if not asked.endswith((f"${name}", f"${{{name}}}")):
        return NoPin(f"the image is put together from ARG {name} and more; write it out, or pin it by hand")
    if "$" in document.text[site.start : site.end]:
        return NoPin(f"the default of ARG {name} is put together from others, and whoever sets one asks for another image")
    if "@" in document.text[site.start : site.end]:
        return NoPin(f"the default of ARG {name} already holds a digest; correct it by hand")
    quoted = document.text[site.end - 1] in "\"'"
    end = site.end - quoted
    text = _written(reference.version.partition("@")[0], pin)
    return text if isinstance(text, NoPin) else [Edit(Span(end, end), text)]


def _argument_name(text: str, site: Span) -> str:
    match = re.search(r"(\w+)=$", text[max(0, site.start - 200) : site.start])
    return match[1] if match else ""
