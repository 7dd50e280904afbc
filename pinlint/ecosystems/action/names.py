"""The grammar of `uses:`: actions, reusable workflows and what else a step may name; how firmly a ref asks.

Must not know any file. Source: GitHub's own parser (github/actions-lockfile, go/pkg/lockfile/uses.go), for addresses Forgejo's
documentation ("uses" of a step). A runner takes a full commit only, never its beginning.
"""

import re
from typing import NamedTuple

from pinlint.ecosystems.git.names import ref_verdict

__all__ = [
    "INSTANCE",
    "SIGNED_TAG",
    "Uses",
    "action_verdict",
    "alike",
    "needs_tag",
    "parse_uses",
    "pin_key",
    "purl",
]

#: The source of an action that is looked up wherever the Forgejo or Gitea instance is set to look.
INSTANCE = "the default of the instance"

_GITHUB = ("", "https://github.com", "https://www.github.com", "http://github.com")
#: Why a tag is right for the workflows that `needs_tag` recognises, and what settles it.
SIGNED_TAG = "its provenance is checked by the tag that the workflow was called with; slsa-verifier refuses a commit"
_SIGNED = r"(?i)slsa-framework/slsa-github-generator/\.github/workflows/[^/]+\.ya?ml"  # compiled where the owner is named

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_SEGMENT = re.compile(r"[A-Za-z0-9._-]+")
_WORKFLOW = re.compile(r"\.(?:github|forgejo|gitea)/workflows/[^/]+\.ya?ml")
_ADDRESS = r"(?i)(https?)://([A-Za-z0-9.-]+(?::[0-9]+)?)/"  # compiled where one is written
_COMMITLIKE = re.compile(r"[0-9a-fA-F]{7,}")
_PROBABLY = 30  # hex digits of which nobody would make a name
_LINE = r"(?i)(?:^|[\d._-])x$"  # `2.x` is where version 2 is worked on
#: `dockerhub-login/v1.0.1`: how repositories of many actions tag them. `release/v1` is a branch.
_TAG_OF_ONE = re.compile(r"[\w.-]+[/@]v?\d+\.\d+\.\d+(?:[-+.]\w+)*")


class Uses(NamedTuple):
    """What a `uses:` names. `kind` is "action", "workflow", "image", "local" or "unknown"; `name` is `owner/repo[/path]`,
    before it the host where an address says one other than GitHub's; for an image its reference, else the text. `at` is where
    `ref` (for an image: the reference) begins in the text. `source` is the address of the host, "" where none is written.
    `why` explains local and unknown."""

    kind: str
    name: str
    ref: str = ""
    at: int = 0
    source: str = ""
    why: str = ""


def parse_uses(text: str) -> Uses:
    """What a `uses:` names, by the runner's rules: the text is trimmed, the first @ ends the name. Never raises."""
    start = len(text) - len(text.lstrip())
    text = text.strip()
    if not text:
        return Uses("unknown", text, why="it is empty, and a runner refuses it")
    if _CONTROL.search(text):
        return Uses("unknown", text, why="it holds a control character, and a runner refuses it")
    if "${" in text:
        return Uses("unknown", text, why="an expression stands in it, and runners allow none here")
    if text.startswith("docker://"):
        return Uses("image", text[9:], at=start + 9)
    if text.startswith(("./", ".\\")):
        workflow = _WORKFLOW.fullmatch(text[2:])
        return Uses("local", text, why="a workflow of this repository" if workflow else "a path in the workspace of the run")
    if text.startswith("$/"):
        if "@" in text:
            return Uses(
                "unknown", text, why="$/ is this repository at the running commit; a ref must not follow, and a runner refuses it"
            )
        return Uses("local", text, why="this repository at the commit that runs")
    return _remote(text, start)


def _remote(text: str, start: int) -> Uses:
    source, prefix, rest = "", "", text
    if "://" in text and (address := re.match(_ADDRESS, text)):
        host = address[2].lower()
        source, rest = f"{address[1].lower()}://{host}", text[address.end() :]
        prefix = "" if host in ("github.com", "www.github.com") else f"{host}/"
    name, at, ref = rest.partition("@")
    segments = name.removesuffix(".git").split("/")
    sound = len(segments) > 1 and all(_SEGMENT.fullmatch(one) and one not in (".", "..") for one in segments)
    if not sound or ":" in ref:
        return Uses("unknown", text, why="it is no owner/repository@ref, and a runner refuses it")
    kind = "workflow" if _WORKFLOW.fullmatch("/".join(segments[2:])) else "action"
    return Uses(kind, prefix + "/".join(segments), ref, start + len(text) - len(ref) if at else 0, source)


def action_verdict(ref: str, source: str = "") -> tuple[str, tuple[str, ...], str]:
    """(verdict, digests as written, why) of the ref of an action or a reusable workflow of the host `source`, "" for GitHub.

    40 hex digits are a commit, 64 on hosts other than GitHub; fewer, or more, only look like one. What looks like a version is a
    tag: `v4`, `1.2.3`, `v1-beta`, and `name/v1.2.3` in a repository of many actions. All else can be a branch: `main`,
    `release/v1`, `stable`.
    """
    if not ref:
        return "floating", (), "it names no ref, and a runner refuses it"
    if _COMMITLIKE.fullmatch(ref) and len(ref) not in (40, 64):
        mixed = re.search("[a-fA-F]", ref) and re.search("[0-9]", ref)
        if len(ref) > _PROBABLY or (len(ref) < 40 and mixed):
            said = "only the beginning of a commit" if len(ref) < 40 else f"no commit: it has {len(ref)} digits"
            return "tag", (ref,), f"{ref} is {said}, and a runner refuses it; write all 40 digits"
    if ref[-1] in "xX" and re.search(_LINE, ref):
        return "floating", (), f"{ref} can be a branch, which moves with every push"
    if len(ref) < 200 and _TAG_OF_ONE.fullmatch(ref) and not ref.lower().startswith(("release/", "releases/", "refs/")):
        return "tag", (), ""
    return ref_verdict(ref, "github.com/" if source in _GITHUB else "")


def needs_tag(name: str) -> bool:
    """Whether a reusable workflow works only when it is called by a tag.

    SLSA's generators put the ref that they were called with into the provenance, and its verifier accepts nothing but a tag of a
    release there (slsa-framework/slsa-github-generator#722); who writes a commit gets provenance that proves nothing.
    """
    return name.lower().startswith("slsa-framework/") and re.fullmatch(_SIGNED, name) is not None


def pin_key(name: str, ref: str) -> str:
    """How `actions.lock` names an action at a ref: the repository in lower case, no path in it, the ref as written."""
    owner, _, rest = name.partition("/")
    return f"{owner}/{rest.partition('/')[0]}".lower() + f"@{ref}"


def purl(name: str, version: str) -> str:
    """`pkg:github/actions/cache@v4#save`; `pkg:generic/checkout@v4?vcs_url=git+https:%2F%2F…` for another host.

    Source: package-url/purl-spec, github type (which has no type of its own for actions): owner and repository in lower case.
    """
    from pinlint.ecosystems.url.purls import package_url  # only the inventory names them

    parts = name.split("/")
    if "." in parts[0] or ":" in parts[0]:
        address = f"git+https://{'/'.join(parts[:3])}"
        return package_url("generic", parts[2] if parts[2:] else parts[-1], version, "/".join(parts[3:]), vcs_url=address)
    return package_url("github", "/".join(parts[:2]).lower(), version, "/".join(parts[2:])) if all(parts[:2]) and parts[1:] else ""


def alike(text: str) -> tuple[str, ...]:
    """A name of a policy as policies compare it, in lower case: hosts of actions do not distinguish it. () for what has a ref."""
    text = text.lower().removeprefix("https://").removeprefix("github.com/")
    return (text,) if text and "@" not in text else ()
