"""Names, versions, URLs and hashes of Python requirements, and how firmly each of them pins.

Knows PEP 503, 508 and 440 as far as a verdict needs them, and what pip makes of URLs, paths and `--hash`; must not know files.
Markers are checked for their grammar, not evaluated. `packaging` is the oracle in the tests: importing it costs more than a run.
"""

import re
from typing import NamedTuple

__all__ = [
    "InvalidRequirement", "Requirement", "Specifier", "address", "alike", "hash_refusal", "index", "normalise", "parse",
    "parse_editable", "parse_line", "parts", "purl", "specifier_verdict", "url_hash", "without_secrets",
]  # fmt: skip

#: Hex digits of each algorithm that pip accepts in `--hash`.
DIGEST_LENGTH = {"sha256": 64, "sha384": 96, "sha512": 128}
#: Hex digits of the other algorithms that pip takes from a URL's fragment.
_WEAK_LENGTH = {"md5": 32, "sha1": 40, "sha224": 56}

#: The labels of the host that pip asks unless it is told another.
DEFAULT_HOST = ["pypi", "org"]

_SUFFIX = (
    r"(?:[-_.]?(?:alpha|beta|preview|pre|rc|a|b|c)[-_.]?[0-9]*)?"
    r"(?:-[0-9]+|[-_.]?(?:post|rev|r)[-_.]?[0-9]*)?(?:[-_.]?dev[-_.]?[0-9]*)?"
)
# One pattern for all operators: what only some of them allow is checked afterwards, because compiling it for each costs 10 ms.
_SPECIFIER = re.compile(
    r"(===)\s*([^\s;),]*)|(==|!=|~=|<=|>=|<|>)\s*"
    rf"(v?(?:[0-9]+!)?[0-9]+(?:\.[0-9]+)*(?:\.\*|{_SUFFIX}(?:\+[a-z0-9]+(?:[-_.][a-z0-9]+)*)?))",
    re.IGNORECASE,
)
_TWO_PARTS = re.compile(r"[vV]?(?:[0-9]+!)?[0-9]+\.[0-9]")
_BLANK = re.compile(r"[ \t]*")
_IDENTIFIER = re.compile(r"\b[a-zA-Z0-9][a-zA-Z0-9._-]*\b", re.ASCII)
_URL = re.compile(r"[^ \t]+")
_MARKER_TOKEN = re.compile(r"""[ \t]*(?:(\()|(\))|('[^']*'|"[^"]*"|[a-z_.]+\b)|(===|==|~=|!=|<=|>=|<|>))""")
_MARKER_NAME = re.compile(
    r"(?:python_version|python_full_version|os[._]name|sys[._]platform|platform_(?:release|system|version|machine|python_implementation)"
    r"|platform\.(?:version|machine|python_implementation)|python_implementation|implementation_(?:name|version)|extras?|dependency_groups)\Z"
)
_RUN = re.compile(r"[-_.]+")

_SCHEME = re.compile(
    r"(?:https?|file|ftp|git\+(?:https?|ssh|git|file)|hg\+(?:file|https?|ssh|static-http)|svn\+(?:ssh|https?|svn|file)"
    r"|bzr\+(?:https?|ssh|sftp|ftp|lp|file)):",
    re.IGNORECASE,
)
_URL_PARTS = re.compile(r"(?:([a-zA-Z][a-zA-Z0-9+.-]*):)?(?://([^/?#]*))?([^?#]*)(\?[^#]*)?(#.*)?", re.DOTALL)
_URL_HASH = re.compile(r"[#&](sha512|sha384|sha256|sha224|sha1|md5)=([^&]*)")
_EGG = re.compile(r"[#&]egg=([a-zA-Z0-9][a-zA-Z0-9._-]*)")
_EXTRAS_AT_END = re.compile(r"\[[^\]\[]*\]\Z")
_ARCHIVES = (".zip", ".whl", ".tar.gz", ".tgz", ".tar", ".tar.bz2", ".tbz", ".tar.xz", ".txz", ".tlz", ".tar.lz", ".tar.lzma")

_HEX = re.compile(r"[0-9a-fA-F]+\Z")


class InvalidRequirement(ValueError):
    """Text that pip refuses as a requirement; str() says why and never quotes the text, which may hold a credential."""


class Specifier(NamedTuple):
    """One version specifier; the offsets are those of operator and version together."""

    operator: str
    version: str
    start: int
    end: int


class Requirement(NamedTuple):
    """A requirement: `name` as written ("" where only a URL or path says it), `url` the direct URL, VCS URL or path ("" for one
    from an index). Offsets are those of the text given: of the name, or where there is none of the URL or path.
    """

    name: str
    extras: tuple[str, ...]
    specifiers: tuple[Specifier, ...]
    url: str
    url_start: int
    marker: str
    start: int
    end: int
    path: bool = False


def normalise(name: str) -> str:
    """The name as indexes compare it (PEP 503)."""
    return _RUN.sub("-", name).lower()


def purl(name: str, version: str) -> str:
    """The package URL of a project, with its version where that is an exact one (else "")."""
    from pinlint.ecosystems.url.purls import package_url  # only the inventory names them

    return package_url("pypi", normalise(name), version.lower())


def parse(text: str, end: int = -1) -> Requirement:
    """`text` (up to `end`) read as PEP 508 says. Raises InvalidRequirement."""
    end = len(text) if end < 0 else end
    at = _blank(text, 0, end)
    name = _IDENTIFIER.match(text, at, end)
    if name is None:
        raise InvalidRequirement("it does not start with a project name")
    extras, at = _extras(text, _blank(text, name.end(), end), end)
    if text.startswith("@", at, end):
        return _direct(text, name, extras, _blank(text, at + 1, end), end)
    specifiers, at = _specifiers(text, at, end)
    marker = ""
    if at < end:
        if text[at] != ";":
            raise InvalidRequirement(_hint(text, at))
        marker = text[at + 1 : end]
        _check_marker(marker)
    return Requirement(name[0], extras, specifiers, "", 0, marker.strip(), name.start(), name.end())


def _direct(text: str, name: re.Match[str], extras: tuple[str, ...], at: int, end: int) -> Requirement:
    url = _URL.match(text, at, end)
    if url is None:
        raise InvalidRequirement("no URL follows the @")
    at, marker = _blank(text, url.end(), end), ""
    if at < end:
        if text[at] != ";":
            raise InvalidRequirement("after a URL only a blank, a semicolon and a marker may follow")
        marker = text[at + 1 : end]
        _check_marker(marker)
    path = not _SCHEME.match(url[0])
    return Requirement(name[0], extras, (), url[0], url.start(), marker.strip(), name.start(), name.end(), path)


def _blank(text: str, at: int, end: int) -> int:
    match = _BLANK.match(text, at, end)
    return match.end() if match else at


def _extras(text: str, at: int, end: int) -> tuple[tuple[str, ...], int]:
    if not text.startswith("[", at, end):
        return (), at
    extras: list[str] = []
    at = _blank(text, at + 1, end)
    while name := _IDENTIFIER.match(text, at, end):
        extras.append(name[0])
        at = _blank(text, name.end(), end)
        if not text.startswith(",", at, end):
            break
        at = _blank(text, at + 1, end)
        if not _IDENTIFIER.match(text, at, end):
            raise InvalidRequirement("an extra's name must follow the comma")
    if not text.startswith("]", at, end):
        raise InvalidRequirement("the extras are not closed by ]")
    return tuple(extras), _blank(text, at + 1, end)


def _specifiers(text: str, at: int, end: int) -> tuple[tuple[Specifier, ...], int]:
    parenthesis = text.startswith("(", at, end)
    if parenthesis:
        at = _blank(text, at + 1, end)
    found: list[Specifier] = []
    while match := _SPECIFIER.match(text, at, end):
        operator, version = (part for part in match.groups() if part is not None)
        if operator[0] in "<>~" and (
            version.endswith("*") or "+" in version or (operator == "~=" and not _TWO_PARTS.match(version))
        ):
            raise InvalidRequirement(f"the version is none that PEP 440 allows after {operator}")
        found.append(Specifier(operator, version, match.start(), match.end()))
        at = _blank(text, match.end(), end)
        if not text.startswith(",", at, end):
            break
        at = _blank(text, at + 1, end)
    if parenthesis:
        if not text.startswith(")", at, end):
            raise InvalidRequirement("the version specifiers are not closed by )")
        at = _blank(text, at + 1, end)
    return tuple(found), at


def _hint(text: str, at: int) -> str:
    """What is wrong with a requirement whose part from `at` on nothing can read."""
    rest = text[at : at + 3]
    if rest.startswith("#"):
        return "a comment needs a blank before its #"
    if rest.startswith("=") and not rest.startswith("=="):
        return "= is no operator; write =="
    if rest.startswith(("=", "<", ">", "~", "!", ".*", "*", "+", "-")):
        return "the version is none that PEP 440 allows there"
    if rest == "\\":
        return "\\ must be the last character of its line"
    return "a comma, a semicolon or the end was expected after the name and version"


def _check_marker(marker: str) -> None:
    """Raises InvalidRequirement unless `marker` is an environment marker. Walks it with a counter, so depth costs no stack."""
    at, depth, state = 0, 0, "value"
    end = len(marker.rstrip(" \t"))
    while at < end:
        token = _MARKER_TOKEN.match(marker, at)
        if token is None:
            raise InvalidRequirement("its environment marker is malformed")
        opened, closed, word, operator = token.groups()
        at = token.end()
        if state == "value" and opened:
            depth += 1
        elif state in ("value", "second") and word and (word[0] in "'\"" or _MARKER_NAME.match(word)):
            state = "operator" if state == "value" else "after"
        elif state == "operator" and (operator or word == "in"):
            state = "second"
        elif state == "operator" and word == "not":
            state = "not"
        elif state == "not" and word == "in":
            state = "second"
        elif state == "after" and word in ("and", "or"):
            state = "value"
        elif state == "after" and closed and depth:
            depth -= 1
        else:
            raise InvalidRequirement("its environment marker is malformed")
    if state != "after" or depth:
        raise InvalidRequirement("its environment marker is incomplete")


def parse_line(text: str) -> Requirement:
    """`text` read as pip reads what stands before a line's options: a URL, a path or a PEP 508 requirement.

    pip looks at the disk to tell paths; here the shape decides. Raises InvalidRequirement.
    Source: pip's `parse_req_from_line`.
    """
    if _SCHEME.match(text):
        url, _, marker = text.partition("; ")
        if marker.strip():
            _check_marker(marker)
        url = url.strip()
        egg = _EGG.search(url)
        return Requirement(egg[1] if egg else "", (), (), url, 0, marker.strip(), 0, len(url))
    end = text.find(";")
    body = (text if end < 0 else text[:end]).rstrip()
    start = len(body) - len(body.lstrip())
    plain = _EXTRAS_AT_END.sub("", body[start:]).rstrip()
    before, at, _ = body.partition("@")
    if plain.lower().endswith(_ARCHIVES) and (not at or _looks_like_path(before.strip())):
        return Requirement("", (), (), body[start:], start, text[end + 1 :] if end >= 0 else "", start, len(body), path=True)
    try:
        if end >= 0:
            _check_marker(text[end + 1 :]) if text[end + 1 :].strip() else None
        return parse(text, len(body))._replace(marker=text[end + 1 :].strip() if end >= 0 else "")
    except InvalidRequirement:
        if _looks_like_path(plain) and not re.search(r"\s|[<>=~!]=|[<>]|://|^#", plain):
            return Requirement("", (), (), body[start:], start, "", start, len(body), path=True)
        raise


def _looks_like_path(text: str) -> bool:
    return "/" in text or text.startswith(".")


def parse_editable(text: str) -> Requirement:
    """`text` read as the value of `-e`: a project directory, a `file:` URL or a VCS URL. Raises InvalidRequirement."""
    try:
        direct = parse(text)
    except InvalidRequirement:
        direct = None
    if direct is not None and direct.url and not direct.path:
        if direct.url[:4].lower() in ("http", "ftp:"):
            raise InvalidRequirement("only a local project or a VCS URL can be editable")
        return direct
    short = re.match(r"(?:git|hg|svn|bzr):", text, re.IGNORECASE)
    if _SCHEME.match(text) or short:
        if text[:4].lower() in ("http", "ftp:"):
            raise InvalidRequirement("only a local project or a VCS URL can be editable")
        egg = _EGG.search(text)
        url = f"{short[0][:-1]}+{text}" if short else text
        return Requirement(egg[1] if egg else "", (), (), url, 0, "", 0, len(text))
    if "://" in text or re.match(r"[a-z]+\+", text):
        raise InvalidRequirement("pip knows no such VCS or URL scheme")
    return Requirement("", (), (), text, 0, "", 0, len(text), path=True)


def specifier_verdict(specifiers: tuple[Specifier, ...]) -> tuple[str, str]:
    """(verdict, why) of a requirement's version specifiers: only a single == or === without a wildcard names one version."""
    if not specifiers:
        return "floating", "no version is asked for, so every install takes the newest one"
    if len(specifiers) > 1:
        if any(s.operator in ("==", "===") and not s.version.endswith(".*") for s in specifiers):
            return "range", "pip takes a version as pinned only if == stands alone; drop the other specifiers"
        return "range", "several versions satisfy it, so installs may differ"
    if specifiers[0].operator == "===" or (specifiers[0].operator == "==" and not specifiers[0].version.endswith(".*")):
        return "version", ""
    return "range", "several versions satisfy it, so installs may differ"


def hash_refusal(value: str) -> str:
    """Why pip would not honour `--hash=value`, in words that can follow "because"; "" if it would.

    pip lower-cases the digest, but not the name of the algorithm.
    """
    algorithm, colon, digest = value.partition(":")
    if not colon:
        return "pip refuses a --hash that is not written ALGORITHM:DIGEST"
    if algorithm not in DIGEST_LENGTH:
        if algorithm.lower() in DIGEST_LENGTH:
            return f"pip refuses the algorithm in this spelling; write {algorithm.lower()}"
        return f"pip refuses --hash with {algorithm[:20] or 'no algorithm'}; it takes sha256, sha384 and sha512 only"
    if len(digest) != DIGEST_LENGTH[algorithm]:
        return f"the {algorithm} digest has {len(digest)} characters instead of {DIGEST_LENGTH[algorithm]}, so no file can match it"
    if not _HEX.match(digest):
        return f"the {algorithm} digest holds characters that are not hexadecimal, so no file can match it"
    return ""


def url_hash(url: str) -> tuple[str, str, str]:
    """(hash as "algorithm:digest", verdict, why) of a direct URL's fragment; ("", "floating", why) without one.

    The first algorithm that pip knows counts, as in pip's `LinkHash`.
    """
    found = _URL_HASH.search(url)
    if found is None:
        return "", "floating", "the URL has no #sha256=, so nothing says which bytes it must return"
    algorithm, digest = found.groups()
    length = DIGEST_LENGTH.get(algorithm) or _WEAK_LENGTH[algorithm]
    if len(digest) != length or not _HEX.match(digest):
        why = f"#{algorithm}= is not followed by {length} hexadecimal characters, so no file can match it"
        return f"{algorithm}:{digest}", "floating", why
    if algorithm in _WEAK_LENGTH:
        return f"{algorithm}:{digest}", "weak-digest", f"{algorithm} is all that the URL's bytes are checked by"
    return f"{algorithm}:{digest}", "digest", ""


def without_secrets(url: str) -> str:
    """The URL without user, password, query and fragment, any of which may hold a credential; scheme and host in lower case."""
    scheme, host, path, _, _ = (part or "" for part in parts(url))
    if "@" in path and "@" not in host and ":" in host and not host.rpartition(":")[2].isdigit():
        host, path = "", path.rpartition("@")[2]  # a password with a slash in it
    host = host.rpartition("@")[2]
    return (f"{scheme.lower()}://" if scheme else "") + (host if "$" in host else host.lower()) + path


def address(url: str) -> str:
    """An index URL as `Artifact.source` names it: without credentials and final slash."""
    return without_secrets(url).rstrip("/")


def index(url: str) -> str:
    """`address`, but "" for the index that pip asks unless it is told another: naming that one again adds no second."""
    found = address(url)
    return "" if found.partition("://")[2].partition("/")[0].split(".") == DEFAULT_HOST else found


def parts(url: str) -> tuple[str | None, ...]:
    """Scheme, host, path, query and fragment of a URL as written, None for what it has not."""
    match = _URL_PARTS.match(url)
    return match.groups() if match else (None, None, url, None, None)


def alike(text: str) -> tuple[str, ...]:
    """A name of a policy, in which * may stand for anything, as the index normalises it; () for what is no name."""
    return (normalise(text),) if re.fullmatch(r"[\w.*-]+", text) else ()
