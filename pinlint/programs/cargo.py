"""Rust's crates: `cargo install` and `cargo binstall`.

Source: the help of Cargo 1.90; doc.rust-lang.org/cargo/commands/cargo-install.html (a full version is that version alone there).
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from pinlint.model import Artifact, Reference
from pinlint.programs.asked import INSTALLED, each
from pinlint.programs.options import Options, given, options, subcommand

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinlint.model import Fact
    from pinlint.programs.options import Given
    from pinlint.programs.words import Context, Invocation, Word

__all__ = ["read"]

_VALUED = (
    "--version --vers --index --registry --git --branch --tag --rev --path --root --message-format --color --config -Z -F "
    "--features -j --jobs --profile --target --target-dir --bin --example -C --manifest-path --pkg-url --pkg-fmt --bin-dir "
    "--install-path --targets --strategies --disable-strategies --log-level --rate-limit --min-tls-version --root-certificates "
    "--github-token"
)
_SWITCHES = (
    "-f --force -n --dry-run --no-track --list --debug -v --verbose -vv -q --quiet -h --help --ignore-rust-version --locked "
    "--offline --frozen --bins --examples --all-features --no-default-features --keep-going --timings -y --no-confirm "
    "--no-symlinks --no-cleanup --no-discover-github-token --secure --only-signed --skip-signatures --json-output "
    "--disable-telemetry --continue-on-failure"
)
_COMMANDS = {"install": "install", "binstall": "binstall"}
_ANY = "no version is asked for, so every install takes the newest one"


@cache
def _table() -> Options:
    return options(_VALUED, _SWITCHES)


def read(call: Invocation, context: Context) -> Iterator[Reference | Fact]:
    """What a call installs."""
    words = call.words[1:] if call.words and call.words[0].text.startswith("+") else call.words
    how, words = subcommand(words, _COMMANDS, _table())
    if not how:
        return
    asked = given(words, _table())
    if asked.has("--path", "--list"):
        return
    role = context.role or INSTALLED
    if (address := asked.value("--git")) is not None:
        yield _repository(address, asked, role)
        return
    version = asked.value("--version", "--vers")
    yield from each(asked, "cargo", role, lambda word, role: _crate(word, role, version, how))


def _crate(word: Word, role: str, version: Word | None, how: str) -> Reference:
    from pinlint.ecosystems.cargo.names import requirement, verdict
    from pinlint.ecosystems.cargo.names import version as full

    name, at, behind = word.text.partition("@")
    asked = behind if at or version is None else version.text
    span = version.span if version is not None and not at else word.span
    if word.text.startswith((".", "/")):
        return Reference(Artifact("cargo", name[:200]), "", (), "local", word.span, role, "it lies in this repository")
    if version is not None and not version.clear:
        return Reference(Artifact("cargo", name), "", (), "unknown", span, role, "a variable says which version is fetched")
    if not asked:
        return Reference(Artifact("cargo", name), "", (), "floating", span, role, _ANY)
    if full(asked):
        return Reference(Artifact("cargo", name), asked, (), "version", span, role)
    if requirement(asked) is not None:
        judged, why = verdict(asked)
        why = why or ("the newest version that fits is taken" if judged == "range" else "")
        return Reference(Artifact("cargo", name), asked, (), judged, span, role, why)
    return Reference(Artifact("cargo", name), asked, (), "unknown", span, role, f"cargo {how} takes it for no version")


def _repository(address: Word, asked: Given, role: str) -> Reference:
    from pinlint.ecosystems.git.names import ref_verdict, repository_name

    ref = asked.value("--rev", "--tag", "--branch")
    name = repository_name(address.text)
    if not address.clear or (ref is not None and not ref.clear):
        return Reference(Artifact("git", name[:200]), "", (), "unknown", address.span, role, "a variable says what is fetched")
    if ref is None:
        return Reference(Artifact("git", name), "", (), "floating", address.span, role, "no ref, so the default branch")
    verdict, digests, why = ref_verdict(ref.text, name)
    verdict = "floating" if asked.value("--branch") is ref else "tag" if asked.value("--tag") is ref else verdict
    why = "" if verdict == "tag" and not digests else why or ("a branch moves with every push" if verdict == "floating" else "")
    return Reference(Artifact("git", name), ref.text, digests if verdict != "tag" else (), verdict, ref.span, role, why)
