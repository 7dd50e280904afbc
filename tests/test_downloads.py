"""What scripts download, what becomes of it, and what vouches for it: each way of writing, and the verdict on it."""

# ruff: noqa: E501 - shell code as it is written

from __future__ import annotations

import pytest

from pinlint.discover import format_of
from pinlint.engine import stream
from pinlint.model import Fact, Reference
from pinlint.tree import Tree

SUM = "f713aec4ad060e15c6bae536e2c599b6b368e2064237447b48c7a3314f342eb6"
KEY = "94AE36675C464D64BAFA68DD7434390BDBE9B9C5"
COMMIT = "0b9a5e3d6a6d2d6b2b0f2f3c4d5e6f708192a3b4"
U = "https://x.example.com"


def judged(text: str, path: str = "run.sh", config: str = "") -> list[str]:
    """Of every download and clone the verdict and what it is for, and every fact."""
    contents = {path: text.encode(), **({".git/config": config.encode()} if config else {})}
    tree = Tree("/nowhere", lambda: list(contents), contents)
    found = []
    format_ = format_of(path)
    assert format_ is not None
    for item in stream(tree.read(path), format_, tree):
        if isinstance(item, Fact):
            found.append(item.kind)
        elif isinstance(item, Reference) and item.artifact.kind in ("url", "git"):
            found.append(f"{item.verdict} {_SHORT.get(item.role, item.role)}")
    return found


_SHORT = {
    "script that is run": "script", "download that is run": "run", "download that is unpacked": "unpacked",
    "download that is installed": "installed", "downloaded file": "data", "cloned repository": "clone",
}  # fmt: skip

#: What is fetched and then run, unpacked or installed.
USES = {
    "a pipe into a shell": (f"curl -fsSL {U}/i | sudo -E bash -s -- -y", ["floating script"]),
    "a pipe into a shell by its path": (f"wget -qO- {U}/i | /bin/sh", ["floating script"]),
    "a pipe through a filter": (f"curl {U}/i | sed 's/a/b/' | bash -", ["floating script"]),
    "a pipe into python": (f"curl {U}/get-pip.py | python3", ["floating script"]),
    "a pipe into a variable's command": (f"curl {U}/i | V=1 sh", ["floating script"]),
    "a process that is run": (f"bash <(curl -s {U}/i)", ["floating script"]),
    "a process that is sourced": (f"source <(curl -s {U}/i)", ["floating script"]),
    "a substitution that is run": (f'sh -c "$(curl -fsSL {U}/i)" "" --yes', ["floating script"]),
    "a substitution that is evaluated": (f'eval "$(curl {U}/i)"', ["floating script"]),
    "a here-string": (f'bash <<< "$(curl {U}/i)"', ["floating script"]),
    "a file that is run": (f"curl -o i.sh {U}/x && bash -x i.sh", ["floating script"]),
    "a file that is called": (f"wget {U}/a/i.sh\nchmod +x i.sh\n./i.sh", ["floating script"]),
    "a program that is called": (f"curl -Lo tool {U}/tool-linux && chmod 0755 tool && ./tool", ["floating run"]),
    "a program that is made executable": (f"curl -Lo /opt/tool {U}/tool && chmod +x /opt/tool", ["floating run"]),
    "where programs are": (f"curl -Lo /usr/local/bin/tool {U}/tool", ["floating installed"]),
    "a folder of programs": (f"wget -P /usr/local/bin {U}/tool", ["floating installed"]),
    "a package": (f"wget -O /tmp/x.deb {U}/x.deb; apt-get install -y /tmp/x.deb", ["floating installed"]),
    "packages by a pattern": (f"wget -P /tmp {U}/x_1.deb; dpkg -i /tmp/*.deb", ["floating installed"]),
    "what is moved and unpacked": (f"curl -O {U}/x.tgz; mv x.tgz /tmp/y.tgz; tar xf /tmp/y.tgz", ["floating unpacked"]),
    "what is moved to the programs": (f"curl -O {U}/x; mv x /usr/bin/x", ["floating installed"]),
    "a pipe into tar": (f"curl {U}/x.tgz | tar -xz -C /opt", ["floating unpacked"]),
    "a pipe into a group": (f"curl {U}/x.tgz | (cd /opt && tar xz)", ["floating unpacked"]),
    "a pipe into a file": (f"curl {U}/x.gz | gunzip > /usr/local/bin/x", ["floating installed"]),
    "a redirection": (f"curl {U}/x.sh > x.sh; sh x.sh", ["floating script"]),
    "tee": (f"curl {U}/x.sh | sudo tee /opt/x.sh; sh /opt/x.sh", ["floating script"]),
    "a variable's name": (f'F=x.tgz\ncurl -o "$F" {U}/y\ntar xf "$F"', ["floating unpacked"]),
    "an unknown name": (f'curl -o "$1" {U}/y\ntar xf "$1"', ["floating unpacked"]),
    "an address of which a part is known": ('V=https://x.example.com/$1/x.zip\nwget $V\nunzip *.zip', ["floating unpacked"]),
    "one of several addresses": ('V=https://x.example.com/$1/a\nV=https://x.example.com/$1/b\ncurl $V | tar x', ["unknown unpacked"]),
    "a host of which nothing is known": ('V=https://$1/x.tgz\ncurl "$V" | tar x', ["unknown unpacked"]),
    "an unknown address": ('curl "$1" | tar x', ["unknown unpacked"]),
    "a release of another": ("gh release download v1 -R o/r -p 'x-*.tgz' && tar xf x-*.tgz", ["floating unpacked"]),
    "a program of Java": (f"curl -O {U}/x.jar; java -jar x.jar", ["floating run"]),
    "only data": (f"curl -o config.json {U}/config.json; cat config.json", ["floating data"]),
}  # fmt: skip
#: What is no download, or none that anybody could pin.
NONE = {
    "a question": f"curl -s {U}/latest | jq -r .tag",
    "a question into a variable": f"V=$(curl -s {U}/latest)",
    "data for a program": f"curl -s {U}/x.json | python3 -c 'import sys'",
    "data for a script": f"curl -s {U}/x.json | python3 read.py",
    "something that is sent": f"curl -d @f {U}/x -o a.sh; sh a.sh",
    "something that is looked at": f"wget --spider {U}/x; curl -I {U}/x",
    "another method": f"curl -X POST {U}/x | sh",
    "this machine": "curl http://localhost:8080/x | sh",
    "a service beside": "curl http://consul:8500/x | sh; curl http://x.svc.cluster.local/i | sh",
    "nothing that is kept": f"curl -o /dev/null {U}/x",
    "a key": f"curl {U}/k.gpg | gpg --dearmor -o /usr/share/keyrings/x.gpg; curl {U}/k | sudo apt-key add -",
    "a word that is no command": "apt-get install -y curl wget; echo 'curl https://x.example.com | sh'",
    "a comment": f"# curl {U}/x | sh\ntrue wget",
}  # fmt: skip
_GET = f"curl -fsSLO {U}/x.tgz\n"
_USE = "\ntar xf x.tgz"
#: What vouches for a file, and for what it counts.
CHECKS = {
    "a sum before a pipe": (f'{_GET}echo "{SUM}  x.tgz" | sha256sum -c -{_USE}', "digest"),
    "a sum in a variable": (f'S={SUM}\n{_GET}echo "$S *x.tgz" | sha256sum --strict --check{_USE}', "digest"),
    "a sum that is printed": (f"{_GET}printf '%s  %s\\n' {SUM} x.tgz | shasum -a 256 -c{_USE}", "digest"),
    "a here-string": (f'{_GET}sha256sum -c <<< "{SUM}  x.tgz"{_USE}', "digest"),
    "a heredoc": (f"{_GET}sha256sum -c <<E\n{SUM}  x.tgz\nE{_USE}", "digest"),
    "a file that the script writes": (f'{_GET}echo "{SUM}  x.tgz" > s\nsha256sum -c s{_USE}', "digest"),
    "a comparison": (f'{_GET}[ "$(sha256sum x.tgz | cut -d" " -f1)" = {SUM} ] || exit 1{_USE}', "digest"),
    "a comparison by way of a variable": (f"{_GET}got=$(sha256sum x.tgz | awk '{{print $1}}')\nif [[ $got != {SUM} ]]; then exit 1; fi{_USE}", "digest"),
    "a comparison by grep": (f"{_GET}sha256sum x.tgz | grep -q {SUM}{_USE}", "digest"),
    "openssl": (f'{_GET}test "$(openssl dgst -sha256 x.tgz | cut -d" " -f2)" = {SUM}{_USE}', "digest"),
    "a check behind the use": (f'{_GET}tar xf x.tgz && echo "{SUM}  x.tgz" | sha256sum -c', "digest"),
    "a sum of another file": (f'{_GET}echo "{SUM}  y.tgz" | sha256sum -c{_USE}', "floating"),
    "a sum that is only shown": (f"{_GET}sha256sum x.tgz{_USE}", "floating"),
    "a sum that is stored": (f"{_GET}S=$(sha256sum x.tgz)\necho $S > sums.txt{_USE}", "floating"),
    "sha1": (f'{_GET}echo "{SUM[:40]}  x.tgz" | sha1sum -c{_USE}', "weak-digest"),
    "a short sum": (f'{_GET}echo "{SUM[:40]}  x.tgz" | shasum -c{_USE}', "weak-digest"),
    "md5": (f'{_GET}echo "{SUM[:32]}  x.tgz" | md5sum -c{_USE}', "weak-digest"),
    "sums from the same place": (f"{_GET}curl -O {U}/SHA256SUMS\nsha256sum -c --ignore-missing SHA256SUMS{_USE}", "version"),
    "a sum from the same place": (f"{_GET}wget {U}/x.tgz.sha256\nsha256sum -c x.tgz.sha256{_USE}", "version"),
    "a line from the same place": (f"{_GET}curl -O {U}/SUMS\ngrep x.tgz SUMS | sha256sum -c -{_USE}", "version"),
    "a variable from the same place": (f'S=$(curl {U}/x.sha256)\n{_GET}echo "$S  x.tgz" | sha256sum -c{_USE}', "version"),
    "a signature and a key by fingerprint": (f"gpg --recv-keys {KEY}\n{_GET}curl -O {U}/x.tgz.asc\ngpg --verify x.tgz.asc x.tgz{_USE}", "digest"),
    "a signature and a key from the same place": (f"curl -O {U}/k.asc\ngpg --import k.asc\n{_GET}curl -O {U}/x.tgz.asc\ngpg --verify x.tgz.asc{_USE}", "version"),
    "signed sums": (f"gpg --recv-keys {KEY}\n{_GET}curl -O {U}/S.txt.asc\ngpg --decrypt --output S.txt S.txt.asc\ngrep ' x.tgz$' S.txt | sha256sum -c -{_USE}", "digest"),
    "cosign": (f"{_GET}cosign verify-blob --certificate-identity a --certificate-oidc-issuer b --bundle x.sig x.tgz{_USE}", "digest"),
    "an attestation": (f"{_GET}gh attestation verify x.tgz -R o/r{_USE}", "digest"),
    "a helper": (f"{_GET}verify_checksum x.tgz{_USE}", "unknown"),
    "a helper that a variable names": (f"{_GET}$CHECK_SHA256 x.tgz {SUM}{_USE}", "digest"),
    "a helper in Python": (f"{_GET}python3 hack/verify_checksum.py x.tgz{_USE}", "unknown"),
    "another program in Python": (f"{_GET}python3 hack/build.py x.tgz{_USE}", "floating"),
    "an archive of a commit": (f"curl -fsSLo x.tgz https://github.com/o/r/archive/{COMMIT}.tar.gz{_USE}", "digest"),
    "an archive of a tag": (f"curl -fsSLo x.tgz https://github.com/o/r/archive/v1.tar.gz{_USE}", "floating"),
    "nothing": (f"{_GET}{_USE}", "floating"),
}  # fmt: skip
POWERSHELL = {
    "a pipe": (f"irm {U}/i.ps1 | iex", ["floating script"]),
    "an argument": (f"Invoke-Expression (Invoke-RestMethod -Uri {U}/i.ps1)", ["floating script"]),
    "a client": (f"iex ((New-Object System.Net.WebClient).DownloadString('{U}/i.ps1'))", ["floating script"]),
    "a script block": (f"& ([scriptblock]::Create((irm {U}/i.ps1))) -Yes", ["floating script"]),
    "an archive": (f"iwr -UseBasicParsing -Uri {U}/x.zip -OutFile x.zip\nExpand-Archive x.zip", ["floating unpacked"]),
    "a file by a client": (f"$w.DownloadFile('{U}/x.msi', 'C:\\t\\x.msi')\nmsiexec /i C:\\t\\x.msi /q", ["floating installed"]),
    "a sum": (f"iwr {U}/x.zip -OutFile x.zip\nif ((Get-FileHash x.zip).Hash -ne '{SUM}') {{ throw 'x' }}\nExpand-Archive x.zip", ["digest unpacked"]),
    "a sum by way of a variable": (f"iwr {U}/x.zip -OutFile x.zip\n$h = (Get-FileHash x.zip).Hash\nif ($h -ne '{SUM}') {{ throw 'x' }}\nExpand-Archive x.zip", ["digest unpacked"]),
    "a sum that is shown": (f"iwr {U}/x.zip -OutFile x.zip\nGet-FileHash x.zip\nExpand-Archive x.zip", ["floating unpacked"]),
    "curl itself": (f"curl.exe -fsSLo x.zip {U}/x.zip; tar -xf x.zip", ["floating unpacked"]),
    "a question": (f"$v = irm {U}/latest", []),
}  # fmt: skip
INSECURE = {
    "http": ("curl http://x.example.com/i | sh", ["insecure-transport", "floating script"]),
    "http with a sum": (f'curl -O http://x.example.com/x.tgz; echo "{SUM}  x.tgz" | sha256sum -c; tar xf x.tgz', ["digest unpacked"]),
    "http for data": ("curl -o x.json http://x.example.com/x.json", ["floating data"]),
    "no certificate": (f"curl -ksSL {U}/i | sh", ["insecure-transport", "floating script"]),
    "no certificate by wget": (f"wget --no-check-certificate {U}/x.tgz; tar xf x.tgz", ["insecure-transport", "floating unpacked"]),
    "packages without signatures": ("yum install -y --nogpgcheck x", ["insecure-transport"]),
    "a package that lies here": ("dnf install --nogpgcheck ./x.rpm; apk add --allow-untrusted /tmp/x.apk", []),
    "apk": ("apk add --allow-untrusted x", ["insecure-transport"]),
    "a source without signatures": ("echo 'deb [trusted=yes] https://apt.example.com/ /' > /etc/apt/sources.list.d/x.list", ["insecure-transport"]),
    "a source that lies here": ("echo 'deb [trusted=yes] file:/opt/debs ./' > /etc/apt/sources.list.d/x.list", []),
    "an index without its certificate": ("pip download --no-index --trusted-host pypi.example.com .", ["insecure-transport"]),
}  # fmt: skip
CLONES = {
    "no ref": ("git clone https://git.example.com/o/r", ["floating clone"]),
    "a branch": ("git clone -b main --depth 1 https://git.example.com/o/r", ["floating clone"]),
    "a tag": ("git clone --branch v1.2.3 https://git.example.com/o/r", ["tag clone"]),
    "a commit that is checked out": (f"git clone https://git.example.com/o/r && cd r && git checkout {COMMIT}", ["digest clone"]),
    "a commit that is fetched": (f"git clone https://git.example.com/o/r\ngit -C r fetch origin {COMMIT}\ngit -C r checkout FETCH_HEAD", ["digest clone"]),
    "a commit of another clone": (f"git clone https://git.example.com/o/r\ngit -C other checkout {COMMIT}", ["floating clone"]),
    "a commit in a variable": (f"C={COMMIT}\ngit clone https://git.example.com/o/r d\ngit -C d reset --hard $C", ["digest clone"]),
    "a tag by its full name": ("git clone https://git.example.com/o/r d\ncd d\ngit checkout tags/v1.2.3", ["tag clone"]),
    "a file of a branch": ("git clone https://git.example.com/o/r d\ncd d\ngit checkout docs/a.md", ["floating clone"]),
    "a revision": (f"git clone --revision={COMMIT} https://git.example.com/o/r", ["digest clone"]),
    "a short commit": ("git clone https://git.example.com/o/r && git -C r checkout 0b9a5e3", ["tag clone"]),
    "a clone that is pushed to": ("git clone https://git.example.com/o/r\ncd r\ngit commit -am x\ngit push", ["local clone"]),
    "the repository itself": ("git clone https://github.com/$GITHUB_REPOSITORY x", ["local clone"]),
    "a path": ("git clone ../r x; git clone . y", []),
    "without TLS": ("git clone http://git.example.com/o/r", ["insecure-transport", "floating clone"]),
}  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), USES.values(), ids=USES)
def test_what_becomes_of_a_download(text: str, expected: list[str]) -> None:
    assert judged(text) == expected


@pytest.mark.parametrize("text", NONE.values(), ids=NONE)
def test_what_is_no_download(text: str) -> None:
    assert judged(text) == []


@pytest.mark.parametrize(("text", "verdict"), CHECKS.values(), ids=CHECKS)
def test_what_vouches_for_a_download(text: str, verdict: str) -> None:
    assert f"{verdict} unpacked" in judged(text)


@pytest.mark.parametrize(("text", "expected"), POWERSHELL.values(), ids=POWERSHELL)
def test_powershell(text: str, expected: list[str]) -> None:
    assert judged(text, "run.ps1") == expected


@pytest.mark.parametrize(("text", "expected"), INSECURE.values(), ids=INSECURE)
def test_what_nobody_checks(text: str, expected: list[str]) -> None:
    assert judged(text) == expected


@pytest.mark.parametrize(("text", "expected"), CLONES.values(), ids=CLONES)
def test_clones(text: str, expected: list[str]) -> None:
    assert judged(text) == expected


def test_what_the_repository_releases_itself_is_its_own() -> None:
    config = '[remote "origin"]\n\turl = https://github.com/acme/tool.git\n'
    text = "curl -L https://github.com/acme/tool/releases/latest/download/tool.tgz | tar x"
    assert judged(text, config=config) == ["local unpacked"]
    assert judged(text.replace("acme/tool/", "acme/other/"), config=config) == ["floating unpacked"]


def test_instructions_of_a_stage_share_their_files() -> None:
    text = f"FROM scratch\nRUN curl -O {U}/x.tgz\nRUN echo '{SUM}  x.tgz' | sha256sum -c\nRUN tar xf x.tgz\nFROM scratch\nRUN curl -O {U}/x.tgz\nRUN tar xf x.tgz\n"
    assert [one for one in judged(text, "Dockerfile") if "unpacked" in one] == ["digest unpacked", "floating unpacked"]
