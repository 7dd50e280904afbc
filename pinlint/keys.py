"""The keys of a configuration, table by table, and what each holds: the reader takes no others, the JSON Schema tells of no others.

Knows names and shapes; must not know what a policy makes of them.
"""

from pinlint.config import SETTINGS

__all__ = ["FAIL_ON", "IGNORES", "KEYS", "OVERRIDES", "PROVENANCE", "SEVERITIES", "SIGNATURES", "SIGNERS", "TAG_MOVED", "VERIFY"]

FAIL_ON = ("error", "warning", "never")
SEVERITIES = ("error", "warning", "note")
TAG_MOVED = ("rewritten", "version", "any")

#: By key its shape, a word that `schema` explains, and what it is for.
KEYS = {
    "require": ("levels", "how firmly what must be pinned, by kind or pattern; the longest literal start wins"),
    "select": ("rules", "only these rules"),
    "extend-select": ("rules", "these rules too, also such as are off by default"),
    "ignore": ("rules", "not these rules"),
    "exclude": ("texts", "directories and patterns that are left out, instead of the built-in list"),
    "extend-exclude": ("texts", "directories and patterns that are left out, too"),
    "hosts": ("hosts", "by kind, where packages may come from"),
    "ignores": ("ignores", "findings that are meant"),
    "overrides": ("overrides", "another policy for some paths"),
    "fail-on": ("fail-on", "the least severity that exits 1"),
    "baseline": ("text", "the file of known findings, below the root"),
    "min-age": ("age", "--unsafe-fixes chooses no younger release"),
    "severity": ("severities", "how grave a rule is, by code, prefix or name"),
    "verify": ("verify", "what `pinlint verify` wants to be true"),
    **dict.fromkeys(SETTINGS, ("texts by key", "where formats have to look, and what is the repository's own")),
}
IGNORES = {"rule": "rule", "path": "text", "artifact": "text", "until": "date", "reason": "text"}
OVERRIDES = {"paths": "some texts", "require": "levels", "ignore": "rules", "severity": "severities"}
VERIFY = {"tag-moved": "tag-moved", "signatures": "signatures", "provenance": "provenance"}
SIGNERS = {
    "identity": "text", "identity-regexp": "text", "issuer": "text", "issuer-regexp": "text",
    "key": "text or texts", "log": "switch", "registry": "switch", "release": "switch",
}  # fmt: skip
_COMMON = {"pattern": "some text", "none": "switch", "trusted-root": "text", "unchecked": "unchecked", "repository": "text"}
SIGNATURES = {**_COMMON, **SIGNERS, "covers": "covers", "signers": "signers"}
PROVENANCE = {
    **_COMMON, "source": "text", "source-ref": "text", "signer": "text", "issuer": "text", "runner": "text",
    "predicate": "text or texts",
}  # fmt: skip
