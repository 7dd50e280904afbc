"""Who may sign, as a verification says it: whether a stranger would pass, proved by the identity that a stranger could have.

Knows what the issuers that serve everybody put into a certificate; must not know which file or command asks. A pattern is proved
open by an identity that fits it and belongs to nobody whom it names. What cannot be told is no finding. Source: Fulcio's
configuration of public issuers and its "OIDC usage in Fulcio" (2026-11), `cosign verify --help` 3.1, GitHub's rules for names of
branches and accounts.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from pinlint.syntax.re2 import Unsupported, common, quoted, wildcard

__all__ = ["Claim", "stranger", "written"]

_REF = r"[\w-][\w.@-]*(?:/[\w-][\w.@-]*)*"  # no `:`, no `//`, no part that begins with a dot
#: What identities look like that an issuer gives to strangers; OWNER is somebody nobody named.
_WORKFLOW = rf"^https://github\.com/OWNER/[\w.-]+/\.github/workflows/[\w-]+\.ya?ml@refs/(?:heads|tags)/{_REF}$"
_PIPELINE = rf"^https://gitlab\.com/OWNER/[\w.-]+//\.gitlab-ci\.yml@refs/(?:heads|tags)/{_REF}$"
_PERSON = r"^[a-z0-9._-]+@(?:[a-z0-9-]+\.)*pinlint-probe\.example$"
#: The issuers that Sigstore's public instance trusts and where anybody can have an account.
_ISSUERS = {
    "https://token.actions.githubusercontent.com": _WORKFLOW,
    "https://gitlab.com": _PIPELINE,
    "https://accounts.google.com": _PERSON,
    "https://github.com/login/oauth": _PERSON,
    "https://oauth2.sigstore.dev/auth": _PERSON,
    "https://login.microsoftonline.com": _PERSON,
}
_NAMED = re.compile(r"(?<![\w\\-])[A-Za-z0-9][A-Za-z0-9-]{0,31}(?![\w-])")
#: Words of addresses and of patterns, which are no names of accounts.
_WORDS = frozenset(
    ("https", "http", "github", "gitlab", "com", "workflows", "yml", "yaml", "refs", "heads", "tags", "main", "z", "d", "w")
)
_MOST_NAMES = 6
#: What a run knows of the repository, and what stands for it here: it is somebody whom nobody else can be.
_OWN = {
    r"\$\{\{\s*github\.repository\s*\}\}|\$\{?GITHUB_REPOSITORY\}?(?![_\w])": "pinlint-own/pinlint-own",
    r"\$\{\{\s*github\.repository_owner\s*\}\}|\$\{?GITHUB_REPOSITORY_OWNER\}?(?![_\w])": "pinlint-own",
    r"\$\{\{\s*github\.server_url\s*\}\}|\$\{?GITHUB_SERVER_URL\}?(?![_\w])": "https://github.com",
    r"\$\{\{\s*github\.event\.repository\.name\s*\}\}": "pinlint-own",
}
_UNKNOWN = re.compile(r"\$[{(A-Za-z_]|`|\{\{|<<")


class Claim(NamedTuple):
    """What a certificate must say: `how` is "exact", "regexp" (RE2, found anywhere) or "wildcard" (as a whole)."""

    text: str
    how: str

    @property
    def pattern(self) -> str:
        return self.text if self.how == "regexp" else wildcard(self.text) if self.how == "wildcard" else quoted(self.text)


def written(text: str, clear: bool) -> str | None:
    """A claim's text with what the run knows of its own repository filled in; None where something else stands in it that only the
    run knows."""
    if clear:
        return text
    for place, own in _OWN.items():
        text = re.sub(place, own, text)
    return None if _UNKNOWN.search(text) else text


def stranger(subject: Claim | None, issuer: Claim | None) -> str:
    """The identity of a stranger that passes; "" where none does, or where that cannot be told. Without a claim anything does."""
    if subject is not None and subject.how != "regexp" and not (subject.how == "wildcard" and re.search("[*?]", subject.text)):
        return ""
    try:
        trusted = [one for one in _ISSUERS if issuer is None or common(issuer.pattern, quoted(one))]
        looks = list(dict.fromkeys(_ISSUERS[one] for one in trusted if issuer is not None or _may_give(one, subject)))
        for identity in looks:
            found = common(subject.pattern if subject is not None else "", _of_others(identity, subject))
            if found:
                return found
    except Unsupported:
        return ""
    return ""


def _may_give(issuer: str, subject: Claim | None) -> bool:
    """Whether a subject is meant for what an issuer gives, if nothing names one: an address of mail is no branch of that name."""
    text = subject.text if subject is not None else ""
    mail = "@" in text and "/" not in text and "refs" not in text
    return not mail or _ISSUERS[issuer] is _PERSON


def _of_others(identity: str, subject: Claim | None) -> str:
    """The identities of accounts that a claim does not name: of others, and of those whose names begin or end like one."""
    names = [one for one in _NAMED.findall(subject.text if subject is not None else "") if one.lower() not in _WORDS]
    alike = "|".join(dict.fromkeys(names[:_MOST_NAMES]))
    owner = rf"(?:pinlint-probe|(?:{alike})-probe|probe-(?:{alike}))" if alike else "pinlint-probe"
    return identity.replace("OWNER", owner)
