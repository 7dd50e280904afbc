"""Charts that helm installs or pulls.

Source: the help of Helm 3 and 4. `repo/chart` is also the name of a folder: it counts where `helm repo add` names the repository.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from pinlint.model import Artifact, Reference
from pinlint.programs.options import Options, given, options, subcommand

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinlint.model import Fact
    from pinlint.programs.options import Given
    from pinlint.programs.words import Context, Invocation, Word

__all__ = ["read", "table"]

_VALUED = (
    "-n --namespace -f --values --set --set-string --set-file --set-json --set-literal --version --repo --timeout --kube-context "
    "--kubeconfig --kube-token --kube-apiserver --kube-as-user --kube-as-group --kube-ca-file --kube-tls-server-name "
    "--burst-limit --qps --registry-config --repository-cache --repository-config --username --password --post-renderer "
    "--post-renderer-args -d --destination --untardir -o --output --output-dir --ca-file --cert-file --key-file --keyring "
    "--description --history-max --name-template -l --labels -a --api-versions --kube-version -s --show-only --color --colour "
    "--kube-insecure"
)
_SWITCHES = (
    "-i --install --wait --wait-for-jobs --atomic --rollback-on-failure --create-namespace --dry-run --debug --dependency-update "
    "--devel --force --force-replace --force-conflicts --server-side -g --generate-name --no-hooks --reset-values --reuse-values "
    "--reset-then-reuse-values --skip-crds --include-crds --cleanup-on-fail --verify --prov --untar --pass-credentials "
    "--plain-http --insecure-skip-tls-verify --render-subchart-notes --replace --validate --skip-tests --is-upgrade "
    "--disable-openapi-validation --enable-dns --hide-notes --hide-secret --take-ownership --skip-schema-validation -h --help "
    "--release-name --force-update"
)
_COMMANDS = {
    "install": "release", "upgrade": "release", "template": "release", "pull": "charts", "fetch": "charts", "repo ": "",
    "repo add": "add",
}  # fmt: skip
_ROLE = "installed chart"


@cache
def table() -> Options:
    """The options of all subcommands."""
    return options(_VALUED, _SWITCHES)


def read(call: Invocation, context: Context) -> Iterator[Reference | Fact]:
    """The charts that a call fetches, and the images that it puts into them."""
    if any(word.text.startswith("--set") for word in call.words):
        from pinlint.programs import deploying

        yield from deploying.read(call, context)
    name, words = subcommand(call.words, _COMMANDS, table())
    how = _COMMANDS.get(name, "")
    if how not in ("release", "charts"):
        return
    asked = given(words, table())
    operands = asked.operands if how == "charts" else asked.operands[-1:] if len(asked.operands) < 3 else asked.operands[1:2]
    if (
        how == "release"
        and name != "upgrade"
        and len(asked.operands) == 1
        and name == "install"
        and not asked.has("-g", "--generate-name")
    ):
        operands = []
    for word in operands:
        if (found := _chart(word, asked, context)) is not None:
            yield found


def _chart(word: Word, asked: Given, context: Context) -> Reference | None:
    from pinlint.ecosystems.helm.names import classify, public_source

    repo, version, text = asked.value("--repo"), asked.value("--version"), word.text
    if text.startswith((".", "/")) or text.endswith(".tgz") or not word.clear:
        return None
    if repo is not None:
        source = public_source(repo.text)
    elif text.startswith("oci://"):
        source, _, text = text.rpartition("/")
    else:
        source = context.once("helm's", lambda: _added(context)).get(text.partition("/")[0], "") if text.count("/") == 1 else ""
        if not source or any(path.startswith(f"{text}/") or f"/{text}/" in path for path in context.tree.listed()):
            return None  # a folder
        text = text.partition("/")[2]
    if "@sha256:" in text:
        text, _, digest = text.partition("@")
        return Reference(Artifact("helm", text, source), digest, (digest,), "digest", word.span, _ROLE)
    if version is None and source.startswith("oci:") and ":" in text:
        text, _, tag = text.partition(":")
        return Reference(Artifact("helm", text, source), tag, (), "version", word.span, _ROLE)
    artifact = Artifact("helm", text, source)
    if version is not None and not version.clear:
        return Reference(artifact, "", (), "unknown", version.span, _ROLE, "a variable says which version is fetched")
    verdict = classify(version.text) if version is not None else "floating"
    if version is None:
        why = "no --version is given, so every run takes the newest one"
        return Reference(artifact, "", (), "floating", word.span, _ROLE, why)
    why = "" if verdict else "Helm takes it for no version"
    return Reference(artifact, version.text, (), verdict or "unknown", version.span, _ROLE, why)


def _added(context: Context) -> dict[str, str]:
    """The repositories that calls of the same scripts add, by their name."""
    found = {}
    for call in context.calls:
        if call.program == "helm":
            name, words = subcommand(call.words, _COMMANDS, table())
            operands = given(words, table()).operands if name == "repo add" else []
            if len(operands) > 1:
                found[operands[0].text] = operands[1].text
    return found
