"""Manifests that kubectl applies from an address.

Source: the help of kubectl 1.30; kustomize, api/internal/git/repospec.go (what `-k` takes for a repository).
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from pinlint.budget import spend
from pinlint.model import Artifact, Reference, Span
from pinlint.programs.options import Options, given, options, subcommand

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinlint.model import Fact
    from pinlint.programs.words import Context, Invocation, Word

__all__ = ["read"]

_VALUED = (
    "-f --filename -k --kustomize -n --namespace -l --selector -o --output --template --timeout --field-manager --grace-period "
    "--prune-allowlist --prune-whitelist --subresource --as --as-group --as-uid --cache-dir --certificate-authority "
    "--client-certificate --client-key --cluster --context --kubeconfig --log-flush-frequency --password --profile "
    "--profile-output --request-timeout -s --server --tls-server-name --token --user --username -v --v --vmodule --raw"
)
_SWITCHES = (
    "--all --allow-missing-template-keys --dry-run --force --force-conflicts --openapi-patch --overwrite --prune -R --recursive "
    "--server-side --show-managed-fields --validate --wait --disable-compression --insecure-skip-tls-verify "
    "--match-server-version --warnings-as-errors --record --save-config --edit --windows-line-endings -h --help --cascade "
    "--experimental-prune"
)
_COMMANDS = dict.fromkeys(("apply", "create", "replace"), "")
_ROLE = "applied manifest"
#: Addresses of files of a repository at a ref: host, owner, name, ref.
_AT_REF = re.compile(
    r"https?://(?:raw\.githubusercontent\.com/(?P<raw>[^/]+/[^/]+)/(?P<rawref>(?:refs/(?:heads|tags)/)?[^/]+)/"
    r"|github\.com/(?P<hub>[^/]+/[^/]+)/(?:(?:raw|blob)/(?P<hubref>(?:refs/(?:heads|tags)/)?[^/]+)/|releases/download/(?P<release>[^/]+)/"
    r"|releases/(?P<newest>latest)/download/)"
    r"|(?P<host>[^/]+)/(?P<lab>[^?#]+?)/-/raw/(?P<labref>[^/]+)/)"
)
_VERSIONED = re.compile(r"[/_-]v?\d+\.\d+(?:\.\d+)?[/_.-]")


@cache
def _table() -> Options:
    return options(_VALUED, _SWITCHES)


def read(call: Invocation, context: Context) -> Iterator[Reference | Fact]:
    """What a call fetches or runs."""
    name, words = subcommand(call.words, _COMMANDS, _table())
    if not name or name == "create":
        from pinlint.programs import deploying  # `set image`, `run`, `create deployment`

        yield from deploying.read(call, context)
    if not name:
        return
    asked = given(words, _table())
    for word in asked.values("-f", "--filename"):
        if re.match(r"https?://", word.text) and not _is_near(word.text):
            yield _manifest(word)
        elif word.text == "-":
            yield from (_manifest(address)._replace(command="hand") for address in _piped(call, context))
    for word in asked.values("-k", "--kustomize"):
        if (found := _kustomization(word)) is not None:
            yield found


def _piped(call: Invocation, context: Context) -> Iterator[Word]:
    """The addresses whose content a pipe hands over."""
    first, stop = call.command.piped if call.command is not None else (0, 0)
    fetching = context.once("fetching", lambda: [one for one in context.calls if one.program in ("curl", "wget")])
    spend(len(fetching) // 4)
    for other in fetching:
        if other.script is call.script and first <= other.number < stop:
            yield from (word for word in other.words if re.match(r"https?://", word.text) and not _is_near(word.text))


def _is_near(address: str) -> bool:
    host = address.partition("://")[2].partition("/")[0].partition(":")[0]
    return "." not in host or host.endswith((".local", ".internal", ".svc")) or host.startswith(("127.", "169.254.", "10."))


def _manifest(word: Word) -> Reference:
    from pinlint.ecosystems.git.names import ref_verdict
    from pinlint.ecosystems.url.names import without_credentials

    found = _AT_REF.match(word.text)
    if not word.clear and not (found and "$" not in found[0]):
        artifact = Artifact("url", without_credentials(word.text)[:200])
        return Reference(artifact, "", (), "unknown", word.span, _ROLE, "a variable says what is fetched")
    if not found:
        made = Reference(Artifact("url", without_credentials(word.text)), "", (), "floating", word.span, _ROLE, command="hand")
        return made._replace(verdict="version", command="meant") if _VERSIONED.search(word.text) else made
    host = found["host"] or "github.com"
    name = f"{host}/{found['raw'] or found['hub'] or found['lab']}"
    group = next(one for one in ("rawref", "hubref", "release", "newest", "labref") if found[one])
    ref = found[group]
    if group == "newest":
        why = "the newest release is taken, whichever it is"
        return Reference(Artifact("git", name), ref, (), "floating", word.span, _ROLE, why)
    if group == "release":
        return Reference(Artifact("git", name), ref, (), "tag", word.span, _ROLE, "files of a release can be replaced")
    verdict, digests, why = ref_verdict(ref, name)
    if not word.exact:
        return Reference(Artifact("git", name), ref, digests, verdict, word.span, _ROLE, why)
    place = Span(word.span.start + found.start(group), word.span.start + found.end(group))
    artifact = Artifact("git", name, f"https://{name}")
    return Reference(artifact, ref, digests, verdict, place, _ROLE, why, site=place, notation="command-ref")


def _kustomization(word: Word) -> Reference | None:
    from pinlint.ecosystems.git.names import ref_verdict, repository_name

    found = re.match(r"(?:https?://|git@|ssh://|github\.com[/:])([^?]+)(?:\?(?:[^#]*&)?(?:ref|version)=([^&#]+))?", word.text)
    if not found:
        return None
    address, ref = (
        word.text.partition("?")[0].partition("//")[2] if "://" in word.text else word.text.partition("?")[0],
        found[2] or "",
    )
    name = repository_name(re.sub(r"(\.git)?//.*", "", address))
    name = "/".join(name.split("/")[:3]) if name.startswith("github.com/") else name
    if not word.clear:
        return Reference(Artifact("git", name[:200]), "", (), "unknown", word.span, _ROLE, "a variable says what is fetched")
    verdict, digests, why = ref_verdict(ref, name)
    place = word.span
    if ref and word.exact:
        place = Span(word.span.start + found.start(2), word.span.start + found.end(2))
        artifact = Artifact("git", name, f"https://{name}")
        return Reference(artifact, ref, digests, verdict, place, _ROLE, why, site=place, notation="command-ref")
    return Reference(Artifact("git", name), ref, digests, verdict, place, _ROLE, why)
