"""Packages of systems: apt, apk, dnf, zypper, pacman, brew, choco, winget; and those of conda.

Nobody is told to pin them unless a policy asks for it: archives drop what is superseded. Sources: the manuals of these programs.
"""

import re
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

from pinlint.model import Artifact, Fact, Reference
from pinlint.programs.asked import INSTALLED, each
from pinlint.programs.options import Options, given, options, subcommand
from pinlint.programs.words import Context, Invocation, Word

__all__ = ["read"]


class _Manager(NamedTuple):
    """How a package manager is called: its subcommands, the options that take the next word, and such that take none. `family` is
    how its names and versions are written."""

    family: str
    commands: str
    valued: str
    switches: str = ""


_APT = _Manager(
    "apt", "install build-dep download satisfy",
    "-t --target-release --default-release -o --option -c --config-file -a --host-architecture -P --build-profiles -S "
    "--solver --snapshot",
    "-y --yes --assume-yes -q -qq --quiet -f --fix-broken -m --fix-missing -d --download-only -s --simulate --dry-run -u -V -b -n "
    "--no-install-recommends --install-recommends --install-suggests --no-install-suggests --allow-downgrades "
    "--allow-remove-essential --allow-change-held-packages --allow-unauthenticated --force-yes --reinstall --no-upgrade "
    "--only-upgrade --print-uris --purge --auto-remove --autoremove --no-remove --trivial-only --no-download --ignore-missing "
    "--ignore-hold --show-progress --no-show-progress "
    "--without-recommends -R --update -yq -yqq -qy -qqy -fy -yf --no-strict-pinning -r --with-new-pkgs",
)  # fmt: skip
_DNF = _Manager(
    "dnf", "install reinstall localinstall groupinstall update upgrade update-to",
    "--enablerepo --disablerepo --installroot --releasever --setopt -x --exclude -c --config --repo --repoid --repofrompath "
    "--forcearch -e --errorlevel -d --debuglevel -R --randomwait --rpmverbosity --color --comment --advisory --bz --cve "
    "--sec-severity --disableexcludes "
    "--downloaddir --destdir --disableplugin --enableplugin --noplugins",
    "-y --assumeyes --assumeno -q --quiet -v --verbose -b --best --nobest --allowerasing --skip-broken --nogpgcheck --nodocs "
    "--noplugins -C --cacheonly --refresh --obsoletes --downloadonly --security --bugfix --nodeps --noautoremove -4 -6 -h --help "
    "--nosignature "
    "--skip-unavailable --allow-downgrade --no-allow-downgrade --install_weak_deps --enhancement --newpackage -t --tolerant",
)  # fmt: skip
_MANAGERS = {
    "apt": _APT, "apt-get": _APT, "aptitude": _APT, "dnf": _DNF, "yum": _DNF, "microdnf": _DNF, "tdnf": _DNF, "dnf5": _DNF,
    "apk": _Manager(
        "apk", "add",
        "-t --virtual -X --repository -p --root --arch --keys-dir --repositories-file --wait --cache-dir "
        "--cache-max-age --progress-fd --timeout",
        "-q --quiet -f --force -i --interactive -U --update-cache --update -u --upgrade -l --latest --no-cache --no-network "
        "--purge --allow-untrusted --clean-protected --no-progress --no-scripts --no-chown --initdb --simulate -s --verbose -v "
        "--no-logfile "
        "--force-overwrite --force-broken-world --force-non-repository --force-refresh --force-old-apk --usermode "
        "--no-commit-hooks",
    ),
    "zypper": _Manager(
        "zypper", "install in", "-R --root -D --reposd-dir -C --cache-dir --plus-repo -p --repo -r --from --type -t --details",
        "-n --non-interactive -y --no-confirm -q --quiet --no-gpg-checks --gpg-auto-import-keys --no-recommends -l "
        "--auto-agree-with-licenses --force -f --oldpackage --allow-unsigned-rpm --recommends --no-refresh "
        "--force-resolution --replacefiles",
    ),
    "pacman": _Manager(
        "pacman", "-S",
        "-b --dbpath -r --root --arch --cachedir --color --config --gpgdir --hookdir --logfile --ignore --ignoregroup --overwrite",
        "--noconfirm --needed --noprogressbar --asdeps --asexplicit -y -u -q -w -c -S --sync --refresh --sysupgrade "
        "--quiet --disable-download-timeout",
    ),
    "brew": _Manager(
        "brew", "install reinstall upgrade", "--appdir --fontdir --language --cc --bottle-arch",
        "-f --force -v --verbose -q --quiet -d --debug --cask --casks --formula --formulae -s --build-from-source --HEAD "
        "--no-quarantine --overwrite --only-dependencies --ignore-dependencies --include-test --force-bottle --fetch-HEAD "
        "--keep-tmp --display-times "
        "--adopt --require-sha --dry-run -n --greedy --no-binaries --skip-post-install",
    ),
    "choco": _Manager(
        "choco", "install upgrade", "--version -s --source --params --package-parameters --ia --install-arguments --installargs "
        "--execution-timeout --timeout --user -u --password -p --cache-location -c --log-file --checksum --checksum64 "
        "--proxy --limit-output-file",
        "-y --yes --confirm -f --force --no-progress -r --limit-output --pre --prerelease -x --x86 --forcex86 --allow-downgrade "
        "--ignore-checksums --allow-empty-checksums -n --skip-powershell -i --ignore-dependencies --not-silent -d --debug -v "
        "--verbose "
        "--ignore-detected-reboot --exit-when-reboot-detected --accept-license --no-color --side-by-side -m --allow-multiple",
    ),
    "winget": _Manager(
        "winget", "install add upgrade",
        "--id --name --moniker -m -v --version -s --source --scope -a --architecture --installer-type --locale "
        "-o --log --custom --override -l --location --header --authentication-mode -q --query",
        "-e --exact -h --silent -i --interactive --accept-package-agreements --accept-source-agreements "
        "--disable-interactivity --force "
        "--no-upgrade --ignore-security-hash --skip-dependencies --verbose --all --include-unknown",
    ),
}  # fmt: skip
_CONDA = (
    "-n --name -p --prefix -c --channel --file -f --repodata-fn --solver --experimental --platform --subdir --revision "
    "--channel-priority --root-prefix -r --rc-file --log-level --category --override-frozen-for "
)
_CONDA_SWITCHES = (
    "-y --yes -q --quiet -d --dry-run --json -v --verbose --override-channels --strict-channel-priority --no-channel-priority "
    "--offline --no-deps --only-deps --no-pin --copy --force-reinstall --freeze-installed --update-deps --update-all --all "
    "--update-specs --download-only -k --insecure --use-local -C --use-index-cache --no-default-packages --no-update-deps -S "
    "--satisfied-skip-solve --clobber --show-channel-urls --no-channel --no-rc --no-env --always-copy "
)
_CONDAS = ("conda", "mamba", "micromamba")
_ANY = "no version is asked for, so every install takes what the archive holds that day"
_DNF_VERSION = re.compile(r"(.+?)-((?:\d+:)?\d[\w.+~^]*\.[\w.+~^]*(?:-[\w.+~^]+)?)")


@cache
def _table(program: str) -> Options:
    if program in _CONDAS:
        return options(_CONDA, _CONDA_SWITCHES)
    manager = _MANAGERS[program]
    return options(manager.valued, manager.switches)


def read(call: Invocation, context: Context) -> Iterator[Reference | Fact]:
    """What a call installs."""
    program = call.program
    if program in _CONDAS:
        name, words = subcommand(call.words, ("install", "create", "update"), _table(program))
        if name:
            yield from each(given(words, _table(program)), "conda", context.role or INSTALLED, _conda)
        return
    manager = _MANAGERS[program]
    if program == "pacman":
        name, words = ("-S" if any(re.match(r"-S|--sync", word.text) for word in call.words) else ""), call.words
    else:
        name, words = subcommand(call.words, manager.commands.split(), _table(program))
    if not name:
        return
    asked = given(words, _table(program))
    version = asked.value("--version", "-v") if manager.family in ("choco", "winget") else None
    if manager.family == "winget":
        asked.operands.extend(asked.values("--id"))
    yield from each(
        asked, "os", context.role or "system package", lambda word, role: _package(word, role, program, manager.family, version)
    )


def _package(word: Word, role: str, program: str, family: str, version: Word | None) -> Reference:
    text = word.text
    if re.search(r"\.(?:deb|apk|rpm|nupkg|rb)\Z|\A[./~]|://", text) or text.startswith("!"):
        name = text[:200]
        return Reference(Artifact("os", name, program), "", (), "local", word.span, role, "a file, or nothing to install")
    name, asked, verdict = _split(text, family)
    if version is not None:
        asked, verdict = version.text, "version" if version.clear else "unknown"
    why = _ANY if verdict == "floating" else "a variable says which version is fetched" if verdict == "unknown" else ""
    return Reference(Artifact("os", name, program), asked, (), verdict, word.span, role, why)


def _split(text: str, family: str) -> tuple[str, str, str]:
    """(name, version, verdict) of an operand."""
    if family == "apt":
        name, equals, version = text.rstrip("+").partition("=")
        if equals:
            return name, version, "range" if "*" in version else "version"
        name, slash, suite = name.partition("/")
        return name, suite, "tag" if slash else "floating"
    if family == "apk":
        found = re.match(r"([^=<>~@]+)([=<>~@]*)(.*)", text)
        name, sign, version = (found[1], found[2], found[3]) if found else (text, "", "")
        return name, version, {"": "floating", "=": "version", "==": "version", "@": "tag"}.get(sign, "range")
    if family == "dnf":
        found = _DNF_VERSION.fullmatch(text)
        if found:
            return found[1], found[2], "range" if "*" in found[2] else "version"
        name, colon, stream = text.partition(":")
        return name, stream, "tag" if colon else "floating"
    if family in ("zypper", "pacman"):
        name, equals, version = text.partition("=")
        return name, version, "version" if equals else "floating"
    return text, "", "floating"


def _conda(word: Word, role: str) -> Reference:
    from pinlint.ecosystems.conda.names import specification

    found = specification(word.text)
    if found is None:
        return Reference(Artifact("conda", word.text[:200]), "", (), "unknown", word.span, role, "conda takes it for no package")
    return Reference(
        Artifact("conda", found.name, found.channel), found.version, found.digests, found.verdict, word.span, role, found.why
    )
