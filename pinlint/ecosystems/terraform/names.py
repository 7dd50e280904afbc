"""Terraform's and OpenTofu's grammar: addresses of modules and providers, version constraints, and what a hash of a lock is worth.

Must not know files. Source: hashicorp/terraform, addrs/module_source.go, getmodules, getproviders/hash.go;
hashicorp/terraform-registry-address; apparentlymart/go-versions; hashicorp/go-getter.
"""

import re
from typing import NamedTuple

__all__ = [
    "Constraint",
    "Source",
    "alike",
    "allows",
    "builtin",
    "constraint_verdict",
    "constraints",
    "hash_verdict",
    "module_source",
    "provider",
    "purl",
]  # fmt: skip

_NUMBER = r"(?:0|[1-9]\d{0,17})"
_version = re.compile(rf"v?({_NUMBER})(?:\.({_NUMBER}))?(?:\.({_NUMBER}))?(-[0-9A-Za-z.-]+)?(?:\+[0-9A-Za-z.-]+)?").fullmatch
_constraint = re.compile(r"\s*(=|!=|>=|<=|>|<|~>)?\s*([^\s=<>!~]{1,200})\s*").fullmatch
_LONGEST = 500
_h1 = re.compile(r"h1:[A-Za-z0-9+/]{43}=").fullmatch
_zh = re.compile(r"zh:[0-9a-f]{64}").fullmatch
_NAME = r"[0-9A-Za-z](?:[0-9A-Za-z_-]{0,62}[0-9A-Za-z])?"
_registry = re.compile(
    rf"(?:(?P<host>[\w-]{{1,63}}(?:\.[\w-]{{1,63}}){{1,9}}(?::\d{{1,5}})?)/)?(?P<name>{_NAME}/{_NAME}/[0-9a-z]{{1,64}})"
).fullmatch
#: Hosts that hold repositories: no registry may be named so.
_NO_REGISTRY = ("github.com", "bitbucket.org", "gitlab.com")
_forced = re.compile(r"([A-Za-z0-9]+)::(.+)", re.DOTALL).fullmatch
_scp = re.compile(r"(?:[\w.-]{1,100}@)[\w.-]{1,200}:(?!//)[^?]+").match
_ARCHIVE = re.compile(r"\.(?:zip|tar|tar\.(?:gz|bz2|xz|zst)|tgz|tbz2|txz|tzst|gz|bz2|xz|zst)\Z")
_checksum = re.compile(r"(?:sha256:)?[0-9a-f]{64}|(?:sha512:)?[0-9a-f]{128}").fullmatch


# --- versions ----------------------------------------------------------------------------------------------------------------


class Constraint(NamedTuple):
    """One comparison: `parts` are the numbers as far as they are written, `pre` the pre-release with its dash."""

    operator: str
    parts: tuple[int, ...]
    pre: str


def constraints(text: str) -> tuple[Constraint, ...] | None:
    """What a text between commas asks for of a provider; None where Terraform refuses it."""
    if len(text) > _LONGEST or re.search(r"(?<![\w.-])v\d", text):
        return None
    found = []
    for part in text.split(","):
        one = _constraint(part)
        version = _version(one[2]) if one else None
        if not one or not version:
            return None
        parts = tuple(int(number) for number in version.groups()[:3] if number is not None)
        found.append(Constraint(one[1] or "=", parts, version[4] or ""))
    return tuple(found)


def constraint_verdict(text: str) -> tuple[str, str]:
    """(verdict, why) of a version constraint: only a single full version names one. Those of modules may begin with a v."""
    asked = constraints(re.sub(r"(?<![\w.-])v(?=\d)", "", text[: _LONGEST + 1]))
    if asked is None:
        return "unknown", "Terraform takes it for no version constraint"
    return ("version", "") if len(asked) == 1 and asked[0].operator == "=" else ("range", "")


def allows(asked: tuple[Constraint, ...], version: str) -> bool | None:
    """Whether a version satisfies all of them; None where that is not certain: pre-releases follow rules of their own."""
    found = _version(version)
    if not found or found[4] or any(one.pre for one in asked):
        return None
    numbers = tuple(int(number or 0) for number in found.groups()[:3])
    return all(_fits(one, numbers) for one in asked)


def _fits(one: Constraint, numbers: tuple[int, ...]) -> bool:
    wanted = (*one.parts, 0, 0)[:3]
    if one.operator == "~>":  # everything but the last number that is written has to be the same
        return numbers >= wanted and numbers[: max(1, len(one.parts) - 1)] == wanted[: max(1, len(one.parts) - 1)]
    return {
        "=": numbers == wanted, "!=": numbers != wanted, ">": numbers > wanted, ">=": numbers >= wanted, "<": numbers < wanted,
        "<=": numbers <= wanted,
    }[one.operator]  # fmt: skip


# --- providers ---------------------------------------------------------------------------------------------------------------


def provider(text: str) -> str:
    """`host/namespace/type` of a provider's source in lower case, without the host where none is written; "" for what is none."""
    parts = text.strip().lower().split("/")
    if not 1 <= len(parts) <= 3 or any(not re.fullmatch(r"[\w.:-]{1,100}", part) for part in parts):
        return ""
    return "/".join(("hashicorp", parts[0]) if len(parts) == 1 else parts)


def builtin(name: str) -> bool:
    """Whether a provider is a part of Terraform or OpenTofu."""
    return "builtin" in name.split("/")[:-1]


def hash_verdict(hashes: tuple[str, ...]) -> tuple[str, str]:
    """(verdict, why) of the hashes of a locked provider: one that Terraform can check is enough."""
    if any(_h1(one) or _zh(one) for one in hashes):
        return "digest", ""
    if not hashes:
        return "version", "no hash, so Terraform takes what the registry sends"
    return "version", "none of its hashes is one that Terraform can check, so it takes what the registry sends"


# --- modules -----------------------------------------------------------------------------------------------------------------


class Source(NamedTuple):
    """Where a module comes from. `kind` is "local", "registry", "git", "url" or "" for what pinlint does not know. `name` is that
    of a registry's module without the folder inside it, `address` that of a repository or an archive, `ref` the ref that is asked
    for, `at` where it stands in the text (-1 = it is not there as it is), `shallow` whether only a name can be fetched, `checksum`
    what the bytes of an archive have to be."""

    kind: str
    name: str = ""
    address: str = ""
    ref: str = ""
    at: int = -1
    shallow: bool = False
    checksum: str = ""


def module_source(text: str) -> Source:
    """What a module's source says."""
    if text.startswith(("./", "../", ".\\", "..\\", "/", "~", "file:")) or text in (".", "..") or text[1:3] == ":\\":
        return Source("local")
    package = text.partition("//")[0]
    found = _registry(package)
    if found and (found["host"] or "").lower() not in _NO_REGISTRY and "." not in found["name"].partition("/")[0]:
        return Source("registry", package)
    forced = _forced(text)
    scheme, rest = (forced[1].lower(), forced[2]) if forced else ("", text)
    if scheme not in ("", "git", "http", "https"):
        return Source("", address=text)
    start = len(text) - len(rest)
    if scheme == "git" or _is_git(rest):
        return _git(rest, start)
    return _archive(rest) if re.match(r"https?://", rest) else Source("", address=text)


def _is_git(text: str) -> bool:
    """Whether go-getter takes an address for a repository although nothing says so. Source: getmodules/moduleaddrs/detect_*.go."""
    return text.lower().startswith(("github.com/", "bitbucket.org/", "git://", "ssh://")) or _scp(text) is not None


def _git(text: str, start: int) -> Source:
    address, mark, query = text.partition("?")
    ref, at, shallow = "", -1, False
    offset = start + len(address) + len(mark)
    for field in query.split("&") if mark else ():
        key, _, value = field.partition("=")
        if key == "ref":
            ref, at = value, offset + len(key) + 1
        shallow = shallow or (key == "depth" and value not in ("", "0"))
        offset += len(field) + 1
    if "%" in ref:
        at = -1
    return Source("git", address=_repository(address), ref=ref, at=at if ref else -1, shallow=shallow)


def _repository(address: str) -> str:
    """The address of a repository without the folder inside it, as git takes it."""
    scheme, mark, rest = address.partition("://")
    if mark:
        return f"{scheme}://{rest.partition('//')[0]}"
    bare = address.partition("//")[0]
    if not bare.lower().startswith(("github.com/", "bitbucket.org/")):
        return bare
    return "https://" + "/".join(bare.split("/")[:3])


def _archive(text: str) -> Source:
    address, _, query = text.partition("?")
    fields = dict(field.partition("=")[::2] for field in query.split("&"))
    scheme, _, rest = address.partition("://")
    bare = f"{scheme}://{rest.partition('//')[0]}"
    archive = fields.get("archive", "") not in ("", "false") or _ARCHIVE.search(bare)
    checksum = fields.get("checksum", "")
    return Source("url", address=bare, checksum=checksum if archive and _checksum(checksum) else "")


def purl(name: str, version: str) -> str:
    """`pkg:generic/NAME@VERSION`: no type of package URLs is Terraform's."""
    from pinlint.ecosystems.url.purls import package_url  # only the inventory names them

    return package_url("generic", name.rpartition("/")[2], version)


def alike(text: str) -> tuple[str, ...]:
    """A provider or module of a policy; () for what has a version."""
    return (text,) if text and " " not in text and "?" not in text else ()
