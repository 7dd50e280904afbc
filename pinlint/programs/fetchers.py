"""What a call of curl, wget and their kin downloads, and where to.

Knows the options of these programs; must not know what becomes of a file. Source: curl(1), wget(1), aria2c(1), gh release download,
Invoke-WebRequest.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from pinlint.programs.words import Word

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinlint.programs.words import Invocation

__all__ = ["FETCHERS", "Fetch", "fetch_into", "fetched_by", "last_part"]


class Fetch(NamedTuple):
    """A download: the word with its address, the address, the file that it is written to ("" = the standard output), what switches
    the check of the server off ("" = nothing), and the sum that the program itself compares with."""

    word: Word
    address: str
    file: str
    unchecked: str = ""
    checksum: str = ""


class _Options(NamedTuple):
    """What a call says: its operands, and the values of its options by name ("" for one without)."""

    operands: list[Word]
    given: list[tuple[str, Word | None]]

    def value(self, *names: str) -> str:
        return next((word.text for name, word in self.given if name in names and word is not None), "")

    def has(self, *names: str) -> str:
        """The first of the options that is given."""
        return next((name for name, _ in self.given if name in names), "")


#: Letters of options that take a value, and the long ones that do.
_CURL_LETTERS, _WGET_LETTERS, _ARIA_LETTERS, _GH_LETTERS = "AbcCdDeEFhHKmoPQrtTuUwxXyYz", "oaeiBtOTwQPUlARDIX", "dolxskjmt", "RpDOA"
_CURL = (
    "user-agent cookie cookie-jar continue-at data data-ascii data-binary data-raw data-urlencode dump-header referer cert form "
    "form-string header config max-time output output-dir quote range telnet-option upload-file user proxy-user write-out proxy "
    "request speed-time speed-limit time-cond retry retry-delay retry-max-time connect-timeout connect-to proto proto-default "
    "proto-redir cacert capath cert-type ciphers tls13-ciphers curves crlfile key key-type pass pinnedpubkey interface limit-rate "
    "max-filesize max-redirs resolve url unix-socket abstract-unix-socket socks4 socks4a socks5 socks5-hostname noproxy netrc-file "
    "oauth2-bearer aws-sigv4 json etag-save etag-compare create-file-mode dns-servers doh-url hsts keepalive-time local-port "
    "mail-from mail-rcpt preproxy proxy-header rate parallel-max stderr trace trace-ascii tls-max url-query variable "
    "expand-url expand-output expand-header expand-data delegation engine expect100-timeout happy-eyeballs-timeout-ms"
)
_WGET = (
    "output-file append-output execute input-file base tries output-document timeout wait quota directory-prefix user-agent level "
    "accept reject domains exclude-domains include-directories exclude-directories header user password http-user http-password "
    "ftp-user ftp-password referer load-cookies save-cookies post-data post-file method body-data body-file ca-certificate "
    "ca-directory certificate certificate-type private-key private-key-type crl-file limit-rate waitretry restrict-file-names "
    "progress connect-timeout read-timeout dns-timeout secure-protocol cut-dirs retry-on-http-error compression default-page "
    "max-redirect proxy-user proxy-password remote-encoding local-encoding prefer-family bind-address config report-speed "
    "accept-regex reject-regex regex-type unlink-log dns-servers hsts-file use-askpass warc-file start-pos"
)
_ARIA = (
    "dir out log max-connection-per-server split min-split-size max-concurrent-downloads checksum header timeout max-tries "
    "retry-wait user-agent input-file connect-timeout all-proxy referer load-cookies file-allocation console-log-level "
    "lowest-speed-limit max-download-limit summary-interval log-level"
)
_GH = "repo pattern dir output archive"
_TABLES = {name: (frozenset(letters), frozenset(f"--{one}" for one in long.split())) for name, letters, long in (
    ("curl", _CURL_LETTERS, _CURL), ("wget", _WGET_LETTERS, _WGET), ("aria2c", _ARIA_LETTERS, _ARIA), ("gh", _GH_LETTERS, _GH),
)}  # fmt: skip
FETCHERS = frozenset(_TABLES)

#: Options by which nothing is downloaded: something is sent, or only looked at.
_SENDING = {
    "curl": ("-d", "--data", "--data-ascii", "--data-binary", "--data-raw", "--data-urlencode", "-F", "--form", "-T",
             "--upload-file", "--json", "-I", "--head"),
    "wget": ("--post-data", "--post-file", "--body-data", "--body-file", "--spider"),
}  # fmt: skip
_ADDRESS = re.compile(r"(?i)(?:https?|ftps?)://|[\w-]+(?:\.[\w-]+)*\.[a-z]{2,}(?::\d+)?(?:/|\Z)|\$")
#: Whose answers nobody can pin: this machine, what no name server of the world knows, what a cloud tells its own machines.
_INSIDE = re.compile(
    r"(?i)(?:[^/@]*@)?+(?:localhost|127\.[\d.]+|0\.0\.0\.0|10\.[\d.]+|192\.168\.[\d.]+|169\.254\.[\d.]+|172\.(?:1[6-9]|2\d|3[01])\.[\d.]+"
    r"|\[[^]]*\]|[^/.:$]+|[^/:]*\.(?:svc|local|internal|localhost|lan|home|corp|test|invalid)|[^/:]*\.svc\.[^/:]*|metadata\.[^/:]*)"
    r"(?::[^/]*)?(?:[/?#]|\Z)"
)


def fetched_by(call: Invocation) -> Iterator[Fetch]:
    """Every file that a call downloads, and none that only asks a server."""
    options = _read(call.words, *_TABLES[call.program])
    if options.has(*_SENDING.get(call.program, ())) or options.value("-X", "--request", "--method").upper() not in ("", "GET"):
        return
    shown = call.program == "curl" and options.has("-w", "--write-out")
    made = {"curl": _curl, "wget": _wget, "aria2c": _aria, "gh": _gh}[call.program]
    for fetch in made(options):
        into = fetch.file or next((one.target.text for one in call.redirections if _stores(one.operator, one.descriptor)), "")
        if into or not shown:
            yield from fetch_into(fetch._replace(file=into))


def fetch_into(fetch: Fetch) -> Iterator[Fetch]:
    """The download, unless it comes from inside a network or nobody keeps it."""
    if fetch.file not in ("/dev/null", "$null", "NUL") and not _inside(fetch.address):
        yield fetch


def _stores(operator: str, descriptor: str) -> bool:
    return operator in (">", ">|") and descriptor in ("", "1")


def _inside(address: str) -> bool:
    host = address.partition("://")[2] or address
    return not host.startswith("$") and _INSIDE.match(host) is not None


def _read(words: list[Word], letters: frozenset[str], long: frozenset[str]) -> _Options:
    """The words of a call as options and operands: `-o f`, `-of`, `-fsSLo f`, `--output f`, `--output=f`."""
    operands: list[Word] = []
    given: list[tuple[str, Word | None]] = []
    at, ended = 0, False
    while at < len(words):
        word = words[at]
        at += 1
        text = word.text
        if ended or len(text) < 2 or text[0] != "-":
            operands.append(word)
        elif text == "--":
            ended = True
        elif text.startswith("--"):
            name, equals, value = text.partition("=")
            held = word._replace(text=value) if equals else None
            if held is None and name in long and at < len(words):
                held, at = words[at], at + 1
            given.append((name, held))
        else:
            at = _letters(word, words, at, letters, given)
    return _Options(operands, given)


def _letters(word: Word, words: list[Word], at: int, letters: frozenset[str], given: list[tuple[str, Word | None]]) -> int:
    for place, letter in enumerate(word.text[1:], 2):
        if letter not in letters:
            given.append((f"-{letter}", None))
            continue
        rest = word.text[place:]
        if rest:
            given.append((f"-{letter}", word._replace(text=rest)))
        elif at < len(words):
            given.append((f"-{letter}", words[at]))
            at += 1
        break
    return at


def _addresses(words: list[Word]) -> Iterator[Word]:
    for word in words:
        if _ADDRESS.match(word.text):
            yield word


def last_part(address: str) -> str:
    """The file name that an address ends in."""
    return re.split(r"[?#]", address)[0].rstrip("/").rpartition("/")[2]


def _joined(folder: str, name: str) -> str:
    return f"{folder.rstrip('/')}/{name}" if folder and not name.startswith("/") else name


def _curl(options: _Options) -> Iterator[Fetch]:
    unchecked = options.has("-k", "--insecure", "--proxy-insecure")
    folder = options.value("--output-dir")
    named = [word.text for name, word in options.given if name in ("-o", "--output") and word is not None]
    remote = options.has("-O", "--remote-name", "--remote-name-all")
    urls = [word for name, word in options.given if name == "--url" and word is not None]
    for number, word in enumerate((*urls, *_addresses(options.operands))):
        name = named[number] if number < len(named) else last_part(word.text) if remote else ""
        yield Fetch(word, word.text, "" if name == "-" else _joined(folder, name) if name else "", unchecked)


def _wget(options: _Options) -> Iterator[Fetch]:
    unchecked = options.has("--no-check-certificate")
    folder, named = options.value("-P", "--directory-prefix"), options.value("-O", "--output-document")
    for word in _addresses(options.operands):
        name = named or last_part(word.text)
        yield Fetch(word, word.text, "" if name == "-" else _joined("" if named else folder, name), unchecked)


def _aria(options: _Options) -> Iterator[Fetch]:
    unchecked = "--check-certificate=false" if options.value("--check-certificate") == "false" else ""
    for word in _addresses(options.operands):
        name = options.value("-o", "--out") or last_part(word.text)
        checksum = options.value("--checksum").partition("=")[2]
        yield Fetch(word, word.text, _joined(options.value("-d", "--dir"), name), unchecked, checksum)


def _gh(options: _Options) -> Iterator[Fetch]:
    """`gh release download [TAG] -R OWNER/REPO`; without a repository it is this one's own release."""
    words = options.operands
    repository = options.value("-R", "--repo")
    if [word.text for word in words[:2]] != ["release", "download"] or not repository:
        return
    tag = words[2].text if len(words) > 2 else "latest"
    host = repository if repository.count("/") > 1 else f"github.com/{repository}"
    name = options.value("-O", "--output") or options.value("-p", "--pattern") or "*"
    address = f"https://{host.removeprefix('https://')}/releases/download/{tag}/{options.value('-p', '--pattern')}"
    file = "" if name == "-" else _joined(options.value("-D", "--dir"), name)
    yield Fetch(words[2] if len(words) > 2 else words[1], address, file)
