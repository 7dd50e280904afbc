"""Commands of the repository that read or rewrite a place: scripts, Makefiles, CI jobs and release configurations that take what
stands there for a bare version.

Knows what a command says of a name, a file and a key; must not know where commands are found.
"""

from __future__ import annotations

import re
from fnmatch import fnmatchcase

from pinlint.ecosystems.oci.names import parse_image
from pinlint.fix.consumers import index
from pinlint.fix.consumers.commands import BUILDS, WRITES, Command
from pinlint.fix.consumers.index import Index
from pinlint.fix.consumers.site import REMARK, UNSAFE, Objection, Site

__all__ = ["written"]

#: Programs that are told a place by its keys.
_BY_KEYS = ("yq", "jq", "dasel", "tomlq", "xq", "gojq", "propertyPath", "jsonpath", "json_path", "jsonPath")
_PATH = re.compile(r"(?:\.?\[[\"']?[\w*-]*[\"']?\]|\.[A-Za-z_][\w-]*|(?<=[\s\"'$:=])[A-Za-z_][\w-]*(?=[.\[]))+")
_STEP = re.compile(r"[A-Za-z_][\w-]*")
_ANYWHERE = re.compile(r"\.\.|\[|select\(|with\(|test\(")
#: A name that a command is given, and what stands behind it where its version begins.
_BEHIND = re.compile(r"\)?[:@]|\[:|[\"')]*:")
_SET = re.compile(r"(?<=[\s\"'])([\w./@:-]{1,200}?)=|image[\s\"']+([\w./-]{1,200})[:@]")
#: A command whose pattern is nothing but a version: a variable that is called so.
_VERSION = re.compile(r"\bs([/|#,@])[\"']?\$[{(]?\w*(?:ver|tag|commit|prev|old|cur|from|release)\w*[})]?[\"']?\1", re.IGNORECASE)
#: A repository that a command is about.
_NAMED = re.compile(r"[\w.-]/[\w.-]+\)?:")
#: A word that stands for what nobody knows in a name.
_ANY = "0any0"
#: One whose pattern is a tag, whatever it is.
_ANY_TAG = re.compile(r"(?<![\w-])[sc]?([/|#,@;!]):(?:\(?(?:\.[*+]|\[\^?[^\]\n]{1,60}\][*+]))\)?\$?\1")
_MOST = 100  # commands about one name, or about one file


def written(site: Site) -> Objection | None:
    """An objection where a command names the artifact, or the file and the key, or writes the file, or a release
    configuration names the file and the version."""
    known = index.of(site.tree)
    if len(known.touching(site.path)) > _MOST:
        return Objection(f"more than {_MOST} commands of the repository edit {site.path}; pin it by hand")
    for command in _candidates(site, known):
        if not known.step():
            return Objection("the repository holds more commands that edit files than can be looked at; pin it by hand")
        if command.tool == WRITES and id(command) in known.touching(site.path):
            if command.files[0].endswith("*"):
                return Objection(f"{command.shown} writes files into this folder, and would overwrite it", UNSAFE)
            return Objection(f"{command.shown} writes this file; pin it in what that is made from")
        if command.tool == BUILDS and _builds(command, site):
            return Objection(f"{command.shown} builds it, and a digest would outlive the next build")
        if _about(command, site, known):
            return Objection(f"{command.shown} reads or rewrites it, and a digest there would break that or outlive its version")
    if config := _bumped(site, known):
        return Objection(f"{config} has its version bumped here, which a digest would outlive")
    if not known.whole:
        return Objection("the repository holds more scripts than were searched for what writes it", REMARK)
    return None


def _candidates(site: Site, known: Index) -> list[Command]:
    last = site.reference.artifact.name.rpartition("/")[2]
    edits = known.about("kustomize edit")[:_MOST] if "kustomization" in site.path.lower() else []
    builds = known.about("build *")[:_MOST] if site.reference.artifact.kind == "image" else []
    found = {id(one): one for one in (*known.about(last)[:_MOST], *known.touching(site.path).values(), *edits, *builds)}
    return list(found.values())


def _builds(command: Command, site: Site) -> bool:
    """Whether it builds the image of a place, under the tag that is asked for there."""
    reference = site.reference
    if reference.artifact.kind != "image":
        return False
    asked = reference.version.partition("@")[0] or "latest"
    for name in command.given.split():
        one = parse_image(name.replace("*", _ANY))
        if one.problem or "$" in name or (one.tag or "latest") != asked:
            continue
        owner, _, last = one.name.rpartition("/")
        wanted, _, repository = reference.artifact.name.rpartition("/")
        if owner == wanted and (last == repository or (_ANY in last and fnmatchcase(repository, last.replace(_ANY, "*")))):
            return _ANY not in owner and (_ANY not in last or ("/" in owner and "/" in name))
    return False


def _about(command: Command, site: Site, known: Index) -> bool:
    """Whether a command is about a place: by the file that it edits, and by the name or the key that it looks for there."""
    here = id(command) in known.touching(site.path)
    if not here and known.other(command, site.path):
        return False
    if command.tool in (WRITES, BUILDS):
        return False
    if command.tool.startswith(("kustomize", "$")):
        return "kustomization" in site.path.lower() and _sets(command, site)
    if command.tool in _BY_KEYS:
        return here and _by_keys(command, site)
    return _names(command, site) or (here and (_looks_for(command, site) or _moves_version(command, site)))


def _names(command: Command, site: Site) -> bool:
    """Whether it is given the name of the artifact, followed by what separates a version from it."""
    for name in site.names:
        at = command.given.find(name)
        while at >= 0:
            before = command.given[max(0, at - 2) : at]
            apart = not before or (not (before[-1].isalnum() or before[-1] in "_.-@") and before != "//")
            if apart and _BEHIND.match(command.given, at + len(name)):
                return True
            at = command.given.find(name, at + 1)
    return False


def _sets(command: Command, site: Site) -> bool:
    """`kustomize edit set image NAME=…:TAG`."""
    named = [one or other for one, other in _SET.findall(command.given)]
    lines = [
        line.partition(":")[2].strip().strip("\"'") for line in site.beside if re.match(r"\s*(?:-\s+)?(?:name|newName):", line)
    ]
    return any(name in lines or name in site.names for name in named)


def _by_keys(command: Command, site: Site) -> bool:
    """Whether an expression leads to the place: all that it names are keys above it, the last is its own."""
    if not site.keys:
        return False
    keys = {key.lower() for key in site.keys}
    for path in _PATH.findall(command.given):
        steps = [step.lower() for step in _STEP.findall(path)]
        if steps and steps[-1] == site.keys[-1].lower() and keys.issuperset(steps):
            return len(steps) > 1 or len(site.keys) == 1 or bool(_ANYWHERE.search(command.given))
    return False


def _looks_for(command: Command, site: Site) -> bool:
    """Whether it looks for the key of the place, and for no other value than stands there."""
    if not site.keys or len(site.keys[-1]) < 2:
        return False
    known = (*site.names, site.document.text[site.span.start : site.span.end].strip("\"'"))
    pattern = (
        rf"(?P<start>\^?)(?<![\w-]){re.escape(site.keys[-1])}[\"']?"
        r"(?P<apart>\)?\s*[:= ](?:[\s\"'(?]|\[[\"']+\])*|[\"'/|)])(?P<literal>[\w./-]*)"
    )
    for found in re.finditer(pattern, command.given):
        if found["start"] and site.shown[:1] in " \t-":
            continue
        literal, between = found["literal"].rstrip("."), found["apart"].strip(" \"'()?[]")
        if (
            literal.strip("./-")
            and literal not in command.files
            and between in (":", "=", "")
            and not any(one.startswith(literal) or literal.startswith(one) for one in known)
        ):
            continue
        return True
    return False


def _moves_version(command: Command, site: Site) -> bool:
    """Whether it puts another version in the place of this one, whatever stands around it: `s#:latest#:$TAG#`, `s/:.*/:$TAG/`."""
    version = site.reference.version.partition("@")[0]
    if site.reference.artifact.kind == "image" and (
        (_ANY_TAG.search(command.given) and not _NAMED.search(command.given))
        or re.search(rf"(?<![\w./-]):{re.escape(version or 'latest')}(?![\w.-])", command.given)
    ):
        return True
    if not re.search(r"\d", version):
        return False
    literal = re.search(rf"(?<![\w.-])v?{re.escape(version.removeprefix('v'))}(?![\w.-])", command.given) is not None
    return _VERSION.search(command.raw) is not None or (literal and "." in version)


def _bumped(site: Site, known: Index) -> str:
    """The release configuration that names the file, where its text holds the version."""
    version, name = site.reference.version.partition("@")[0].removeprefix("v"), site.path.rpartition("/")[2]
    if not re.search(r"\d\.\d", version):
        return ""
    for path, text in known.configs:
        named = path != site.path and name in text and (site.path in text or f'"{name}"' in text)
        if named and re.search(rf"(?<![\w.]){re.escape(version)}(?![\w.])", text):
            return path
    return ""
