"""The vocabulary of trust: who must have signed an artifact, and from where it must come. What `[verify]` says becomes records.

Knows patterns of artifacts; must not know signatures, registries or files.
"""

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from pinlint.patterns import Artifacts

__all__ = ["Signer", "Trust", "covering", "demanded"]


class Signer(NamedTuple):
    """One way of being signed that counts: a login (`identity`, `issuer`, exact or by a regular expression that fits the whole
    text), or one of `keys`, files with public keys; `log` is whether a transparency log must vouch for those. `registry` is whether
    the signature of the registry counts, by the keys that it has now, `release` whether GitHub's statement that it is a release
    which nobody can change."""

    identity: str = ""
    identity_regexp: str = ""
    issuer: str = ""
    issuer_regexp: str = ""
    keys: tuple[str, ...] = ()
    log: bool = True
    registry: bool = False
    release: bool = False


class Trust(NamedTuple):
    """What is demanded of the artifacts that `pattern` covers ("image:ghcr.io/acme/*").

    Of signatures: one of `signers` has signed the index (`covers` "index") or every platform ("platforms"). Of provenance: the
    source repository and ref that the certificate names, the build that signed, the kind of machine, the statement's type; `*`
    stands for anything in each. `none` is whether nothing is demanded and nothing asked. `trusted_root` is a file of roots, "" for
    the public instance; `repository` where signatures lie, "" beside the image. `strict` is whether what could not be asked fails.
    `base` is the folder from which files are named, `where` the table for messages."""

    pattern: str
    where: str
    signers: tuple[Signer, ...] = ()
    none: bool = False
    trusted_root: str = ""
    repository: str = ""
    covers: str = "index"
    strict: bool = True
    source: str = ""
    source_ref: str = ""
    signer: str = ""
    issuer: str = ""
    runner: str = ""
    predicates: tuple[str, ...] = ()
    base: str = ""


def demanded(rules: tuple[Trust, ...], subject: str) -> Trust | None:
    """What is demanded of `kind:name`, in the spelling in which policies compare it: by the pattern with the longest literal start;
    None where nothing is."""
    found = covering(rules, subject)
    return None if found is None or found.none else found


def covering(rules: tuple[Trust, ...], subject: str) -> Trust | None:
    """The one that says what is demanded of `kind:name`, be it nothing."""
    if not rules:
        return None
    from pinlint.patterns import kept

    number = next(kept(rules, _patterns).covering(subject), None)
    return None if number is None else rules[number]


def _patterns(rules: tuple[Trust, ...]) -> "Artifacts":
    from pinlint.patterns import Artifacts

    return Artifacts(rule.pattern for rule in rules)
