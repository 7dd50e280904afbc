"""What servers that are hostile, broken or in somebody else's hands make of `pinlint verify`: nothing is told that is not so,
nobody hears a secret, and it ends.

Every example of the rule pages is run again and again, with one of its answers replaced. What was found stays found, or is said to
be unknown; nothing becomes true by it.
"""

from __future__ import annotations

import gzip
import json
import random
import re
import time
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from itertools import islice
from pathlib import Path

import httpx
import pytest
from audits import CASES, Said, Seen, audited, named
from test_hostile_text import HARMFUL
from test_rules import Example

from pinlint.verify.evidence import TRUE, UNKNOWN

SECRET = "hunter2secret"
#: The user's, who has one everywhere.
LOGINS = {
    ".docker/config.json": json.dumps({"auths": {"registry.example": {"auth": "YW5uOmh1bnRlcjJzZWNyZXQ="}}}),
    ".npmrc": f"//registry.example/:_authToken={SECRET}\n",
    ".netrc": "".join(f"machine {host} login ann password {SECRET}\n" for host in ("registry.example", "github.com")),
}
ENCODED = (SECRET, "YW5uOmh1bnRlcjJzZWNyZXQ", "hunter2")
MiB = 1 << 20


class Taken:
    """Counts what a run takes of bodies."""

    def __init__(self) -> None:
        self.bytes = 0
        self.clock = 1000.0

    def of(self, pieces: Iterator[bytes], *, slow: float = 0.0, broken: bool = False) -> Iterator[bytes]:
        for piece in pieces:
            self.bytes += len(piece)
            self.clock += slow
            yield piece
        if broken:
            raise httpx.RemoteProtocolError("peer closed connection without sending complete message body")


class Body(httpx.SyncByteStream):
    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces

    def __iter__(self) -> Iterator[bytes]:
        return self._pieces


Hostile = Callable[[httpx.Request, httpx.Response, Taken], httpx.Response]


def plain(status: int = 200, body: bytes = b"", **headers: str) -> Hostile:
    told = [(name.replace("_", "-"), value) for name, value in headers.items()]
    return lambda *_: httpx.Response(status, headers=[*told, ("content-length", str(len(body)))], stream=httpx.ByteStream(body))


def streamed(
    make: Callable[[bytes], Iterator[bytes]], *, slow: float = 0.0, broken: bool = False, encoding: str = "", length: str = ""
) -> Hostile:
    """The right answer's headers, and another body in the place of the right one."""

    def answer(_: httpx.Request, right: httpx.Response, taken: Taken) -> httpx.Response:
        headers = {name: value for name, value in right.headers.items() if name != "content-length"}
        told = {name: value for name, value in (("content-encoding", encoding), ("content-length", length)) if value}
        pieces = taken.of(make(right.read()), slow=slow, broken=broken)
        return httpx.Response(right.status_code, headers={**headers, **told}, stream=Body(pieces))

    return answer


def of(body: bytes, encoding: str = "", length: str = "") -> Hostile:
    return streamed(lambda _: iter([body]), encoding=encoding, length=length)


def leading(location: str) -> Hostile:
    return plain(302, location=location)


def forever(piece: bytes) -> Callable[[bytes], Iterator[bytes]]:
    def made(_: bytes) -> Iterator[bytes]:
        while True:
            yield piece

    return made


#: What is answered at one address instead of the right thing.
HOSTILE: dict[str, Hostile] = {
    "endless": streamed(forever(b" " * MiB)),
    "endless JSON": streamed(forever(b"[[" * 1024)),
    "endless packets": streamed(forever(b"0009peel\n" * 4096)),
    "drip": streamed(lambda body: (bytes([one]) for one in body + bytes(1000)), slow=1.0),
    "bomb": of(gzip.compress(bytes(80 * MiB)), encoding="gzip"),
    "another encoding": of(b"x", encoding="br"),
    "no gzip": of(b"\x1f\x8b" + bytes(50), encoding="gzip"),
    "cut off": streamed(lambda body: iter([body[: len(body) // 2]]), broken=True),
    "cut off unseen": streamed(lambda body: iter([body[: len(body) // 2]])),
    "announced too large": of(b"x", length=str(1 << 40)),
    "empty": of(b""),
    "a login page": plain(200, b"<html><form action=/login>", content_type="text/html"),
    "another page behind the way": leading("https://evil.example/login"),
    "without TLS": leading("http://registry.example/x"),
    "to a cloud's metadata": leading("http://169.254.169.254/latest/meta-data/"),
    "to a cloud's metadata in TLS": leading("https://[fd00:ec2::254]/latest/meta-data/"),
    "to this machine": leading("https://127.0.0.1:8443/x"),
    "to a file": leading("file:///etc/passwd"),
    "to a login": leading(f"https://ann:{'x' * 9}@evil.example/x"),
    "in a circle": lambda request, *_: httpx.Response(307, headers={"location": str(request.url)}),
    "ever further": lambda request, *_: httpx.Response(307, headers={"location": f"{request.url}x"}),
    "who are you": plain(401, www_authenticate='Basic realm="https://evil.example/"'),
    "who are you there": plain(401, www_authenticate='Bearer realm="http://evil.example/token",service="x"'),
    "who are you at the metadata": plain(401, www_authenticate='Bearer realm="https://169.254.169.254/token"'),
    "forbidden": plain(403, b'{"errors": [{"code": "DENIED"}]}'),
    "too many": plain(429, retry_after="999999999"),
    "later": plain(503, retry_after="Fri, 31 Dec 9999 23:59:59 GMT"),
    "broken": plain(500, b"\x1b[2J::error::x"),
    "a status of its own": plain(299),
    "nothing to see": plain(204),
    "not changed": plain(304),
    "deep": of(b'{"a":' * 200_000),
    "deep in lists": of(b"[" * 200_000),
    "very many values": of(b"[" + b"0," * 4_000_000 + b"0]"),
    "a long number": of(b'{"versions": ' + b"9" * 100_000 + b"}"),
    "no number": of(b'{"versions": NaN, "manifests": 1e999999, "files": -Infinity}'),
    "no text": of(b'{"\xff\xfe": 1}'),
    "null": of(b"null"),
    "a list": of(b"[[]]"),
    "a text": of(b'"x"'),
    "an error of git": of(b"0011ERR not o\x1b[2J"),
    "git's other channel": of(b"000dpackfile\n" + b"0010\x03fatal: x\x1b\n" + b"0000"),
    "an empty pack": of(b"000dpackfile\n" + b"0025\x01PACK\0\0\0\x02" + bytes(24) + b"0000"),
    "a frame without end": of(b"ffff"),
}  # fmt: skip

#: Each answer meets each of so many hostile ones, 1 for all; and those that were believed once.
EVERY = 6
BELIEVED = {
    "NET901-bad": ["to a cloud's metadata", "a login page"],
    "NET901-bad-action": ["git's other channel"],
    "NET902-bad-address": ["no gzip", "a login page"],
    "NET903-bad": ["forbidden", "a login page"],
    "NET903-bad-unlisted": ["forbidden"],
    "NET905-bad": ["git's other channel"],
    "NET909-bad": ["a login page"],
    "NET908-good-signed": ["a long number", "an error of git", "no number"],
}
PLACES = [(example, block.path) for example in CASES for block in example.answers]


class Replaced(Seen):
    """The answers of an example but at one address, or below it where it is a repository."""

    def __init__(self, example: Example, address: str, hostile: Hostile, taken: Taken) -> None:
        def instead(request: httpx.Request) -> httpx.Response | None:
            url = str(request.url)
            if request.url.host == "evil.example":
                return HOSTILE["a login page"](request, httpx.Response(200), taken)
            if url != address and not url.startswith((f"{address}/git-upload-pack", f"{address}/info/refs")):
                return None
            return hostile(request, super(Seen, self).handle_request(request), taken)

        super().__init__(example, instead)


def unlike(before: list[Said], after: list[Said]) -> list[Said]:
    """What became true or was found only because of a hostile answer, and references of which nothing is said any more. That the
    answers contradict one another is an error, and right."""
    told = {(one.path, one.reference, one.rule, one.state) for one in before}
    made = [one for one in after if one.state != UNKNOWN and (one.path, one.reference, one.rule, one.state) not in told]
    still = {(one.path, one.reference) for one in after}
    lost = [one for one in before if (one.path, one.reference) not in still]
    return [one for one in made + lost if one.rule != "NET904" or one.state == TRUE]


#: Whose the user's logins are.
OWN = ("registry.example", "github.com", "api.github.com")


def leaks(server: Seen, printed: str, usual: Iterable[str]) -> list[str]:
    """Where a login went that is not its own, and who was asked besides the `usual` ones and whom a redirect with TLS names."""
    found = ["the report"] if any(one in printed for one in ENCODED) else []
    for request in server.requests:
        host, sent = request.url.host, f"{request.headers.raw}{request.url}{request.content!r}"
        if host not in (*usual, *OWN, "evil.example") or (
            host not in OWN and any(one in sent for one in (*ENCODED, "uthorization"))
        ):
            found.append(host)
    return found


@pytest.mark.parametrize("number", range(len(PLACES)), ids=lambda number: f"{named(PLACES[number][0])}-{number}")
def test_a_hostile_answer_changes_nothing_but_what_is_known(
    number: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    example, address = PLACES[number]
    known = Seen(example)
    healthy = audited(example, known, tmp_path, monkeypatch, capsys)
    usual = {one.url.host for one in known.requests}
    for path, text in LOGINS.items():
        (tmp_path / "home" / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "home" / path).write_text(text)
    monkeypatch.setenv("GITHUB_TOKEN", SECRET)
    for name in dict.fromkeys([*islice(HOSTILE, number % EVERY, None, EVERY), *BELIEVED.get(named(example), ())]):
        taken = Taken()
        with monkeypatch.context() as patched:
            patched.setattr(time, "monotonic", lambda taken=taken: taken.clock)
            server = Replaced(example, address, HOSTILE[name], taken)
            found = audited(example, server, tmp_path, patched, capsys)
        assert found.code in (0, 1), name
        assert unlike(healthy.said, found.said) == [], name
        assert taken.bytes <= 5 * 65 * MiB, name  # the largest answer, asked for by five checks
        assert found.asked.total() <= 8 * (healthy.asked.total() + 6), name
        assert not HARMFUL.search(found.out + found.err), name
        assert leaks(server, found.out + found.err, usual) == [], name


HARM = "\x1b]0;pwned\x07\x1b[2J\n::error::x\r\x9b\u202e ##vso[task.setvariable]"


def harmed(value: object) -> object:
    """A JSON value in which every text, and every key but those that are words of an interface, ends in what terminals obey."""
    if isinstance(value, dict):
        return {key if re.fullmatch("[A-Za-z_]+", key) else f"{key}{HARM}": harmed(one) for key, one in value.items()}
    if isinstance(value, list):
        return list(map(harmed, value))
    return f"{value}{HARM}" if isinstance(value, str) else value


def other(rng: random.Random, value: object) -> object:
    """A JSON value in which one of a few is of another type."""
    if rng.random() < 0.15:
        return rng.choice((None, True, -1, 1e308, "", "x", [], [[]], {}, {"": {}}, [None, 0], "9" * 5000, "\ud800"))
    if isinstance(value, dict):
        return {key: other(rng, one) for key, one in value.items()}
    return [other(rng, one) for one in value] if isinstance(value, list) else value


def instead(example: Example, change: Callable[[object], object]) -> Callable[[httpx.Request], httpx.Response | None]:
    """Answers in JSON as somebody changed them, all others as they are; what git hosts say is cut by a byte in the middle."""

    def answer(request: httpx.Request) -> httpx.Response | None:
        right = Seen(example).handle_request(request)
        body = right.read()
        try:
            body = json.dumps(change(json.loads(body))).encode()
        except ValueError:
            body = body.replace(b"refs/tags/v", b"refs/tags/\x1b")
        headers = {name: value for name, value in right.headers.items() if name != "content-length"}
        return httpx.Response(right.status_code, headers=headers, stream=httpx.ByteStream(body))

    return answer


@pytest.mark.parametrize("example", CASES, ids=named)
def test_what_others_say_is_shown_as_what_it_is(
    example: Example, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """No deprecation, reason, name or address of somebody else's reaches a terminal or a log as it is."""
    name = ("concise", "text", "github", "gitlab", "junit", "sarif", "json", "html")[CASES.index(example) % 8]
    found = audited(
        example, Seen(example, instead(example, harmed)), tmp_path, monkeypatch, capsys, ("--output-format", name, "--verbose")
    )
    assert found.code in (0, 1)
    assert not HARMFUL.search(found.out + found.err)
    assert not re.search(r"^(::(?!error |warning |notice )|##vso|::error::x)", found.out + found.err, re.MULTILINE)


@pytest.mark.parametrize("example", CASES, ids=named)
def test_answers_of_any_type_end_in_no_mistake(
    example: Example, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for seed in range(4):
        server = Seen(example, instead(example, partial(other, random.Random(f"{named(example)} {seed}"))))
        assert audited(example, server, tmp_path, monkeypatch, capsys).code in (0, 1)


SHA = "a1" * 32
COMMIT = "b2" * 20
CHART = "apiVersion: v2\nname: a\nversion: 1.0.0\ndependencies:\n"
#: Files that say where to ask, and lead where no registry lives, or no login belongs.
LEADING = {
    "image": ("Dockerfile", "FROM HOST/team/app:1@sha256:" + SHA + "\n"),
    "action": (".github/workflows/ci.yml", f"on: push\njobs:\n  a:\n    steps:\n    - uses: https://HOST/a/b@{COMMIT} # v1.2.3\n"),
    "hook": (".pre-commit-config.yaml", f"repos:\n- repo: https://HOST/a/b\n  rev: {COMMIT}\n  hooks: [{{id: x}}]\n"),
    "npm lock": ("package-lock.json", json.dumps({"lockfileVersion": 3, "packages": {"node_modules/a": {
        "version": "1.0.0", "resolved": "https://HOST/a/-/a-1.0.0.tgz", "integrity": "sha512-" + "A" * 86 + "=="}}})),
    "npm configuration": (".npmrc", "registry=https://HOST/\n//registry.example/:_authToken=${GITHUB_TOKEN}\n"),
    "requirements": ("requirements.txt", f"--index-url https://HOST/simple\na==1.0 --hash=sha256:{SHA}\n"),
    "chart": ("Chart.yaml", f"{CHART}- {{name: b, version: 1.2.3, repository: 'https://HOST/charts'}}\n"),
    "chart in a registry": ("Chart.yaml", f"{CHART}- {{name: b, version: 1.2.3, repository: 'oci://HOST/charts'}}\n"),
    "base": ("kustomization.yaml", f"resources:\n- https://HOST/a/b//c?ref={COMMIT}\n"),
    "module": ("main.tf", f'module "a" {{\n  source = "git::https://HOST/a/b.git?ref={COMMIT}"\n}}\n'),
    "include": (".gitlab-ci.yml", f"include:\n- component: HOST/a/b/c@{COMMIT}\n"),
    "download": ("Dockerfile", f"FROM scratch\nADD --checksum=sha256:{SHA} https://HOST/a.tgz /\n"),
}  # fmt: skip
NOBODY = CASES[0]._replace(files={}, answers=[])


@pytest.mark.parametrize(
    "host", ["169.254.169.254", "metadata.google.internal", "127.0.0.1:8443", "localhost", "2852039166", "evil.example"]
)
def test_files_lead_nowhere_where_no_registry_lives_and_no_login_with_them(
    host: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """This machine may run a registry (so images are asked for here), and is never asked with a login of somebody else's."""
    audited(NOBODY, Seen(NOBODY), tmp_path, monkeypatch, capsys)
    for path, text in LOGINS.items():
        (tmp_path / "home" / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "home" / path).write_text(text)
    monkeypatch.setenv("GITHUB_TOKEN", SECRET)
    monkeypatch.setenv("CI_JOB_TOKEN", SECRET)
    for name, (path, text) in LEADING.items():
        server = Seen(NOBODY)
        example = NOBODY._replace(files={path: text.replace("HOST", host)})
        found = audited(example, server, tmp_path, monkeypatch, capsys)
        (tmp_path / "repository" / path).unlink()
        for request in server.requests:
            assert not any(one in f"{request.headers.raw}{request.url}{request.content!r}" for one in ENCODED), name
        if host not in ("evil.example", "127.0.0.1:8443", "localhost"):
            assert host not in [one.url.host for one in server.requests], name
            assert all(one.state == UNKNOWN for one in found.said), (name, found.said)
