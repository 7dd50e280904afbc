"""The client against servers that break every rule: an answer, or a reason; never a hang, a leak or another exception."""

from __future__ import annotations

import gzip
import hashlib
import ipaddress
import os
import socket
import subprocess
import sys
import threading
import time
import tracemalloc
import zlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from email.utils import formatdate

import httpcore
import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from servers.stub import Answer, Asked, Stub, stub

from pinlint import wire
from pinlint.http import Client, Failed, Response, loaded, origin
from pinlint.wire import Wire

SECRET = "Basic YWxpY2U6czNjcmV0"
PROXIES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")


@pytest.fixture(autouse=True)
def _direct(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in PROXIES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.fixture
def server() -> Iterator[Stub]:
    with stub() as server:
        yield server


@pytest.fixture
def other() -> Iterator[Stub]:
    with stub() as server:
        yield server


class Impatient(Client):
    """A client that never really sleeps, and says how long it would have."""

    def __init__(self, deadline: float = 5.0, transport: httpx.BaseTransport | None = None) -> None:
        self.slept: list[float] = []
        super().__init__(sleep=self.slept.append, deadline=deadline, transport=transport)


@pytest.fixture
def client() -> Iterator[Impatient]:
    made = Impatient()
    yield made
    made.close()


def failure(client: Client, url: str, **more: object) -> Failed:
    with pytest.raises(Failed) as caught:
        client.request("GET", url, **more)  # type: ignore[arg-type]
    assert "YWxpY2U6czNjcmV0" not in str(caught.value)
    return caught.value


def moves(where: str, status: int = 302) -> Callable[[Asked], Answer]:
    return lambda _: Answer(status, (("Location", where),))


def everywhere(answers: dict[str, Answer]) -> httpx.MockTransport:
    """Any host, answered by its address; for what cannot be had on loopback."""

    def respond(request: httpx.Request) -> httpx.Response:
        answer = answers.get(str(request.url), Answer(404))
        return httpx.Response(answer.status, headers=list(answer.headers), stream=httpx.ByteStream(answer.body))

    return httpx.MockTransport(respond)


# Answers


def test_an_answer_is_what_was_sent(server: Stub, client: Impatient) -> None:
    server.answer = lambda _: Answer(203, (("X-Two", "a"), ("x-two", "b, c")), b"\x00body")
    answer = client.request("GET", f"{server.url}/x?y=1")
    assert (answer.status, answer.body, answer.url) == (203, b"\x00body", f"{server.url}/x?y=1")
    assert answer.listed("x-two") == ["a", "b, c"]
    assert answer.listed("x-three") == []
    assert server.asked[0].headers["accept-encoding"] == "identity"
    assert "authorization" not in server.asked[0].headers


def test_nothing_is_hidden_in_a_fragment(server: Stub, client: Impatient) -> None:
    """`http://host/quit#` with a path behind it would ask for /quit."""
    with pytest.raises(Failed, match="fragment"):
        client.request("GET", f"{server.url}/quit#/index.yaml")
    assert server.asked == []


@pytest.mark.parametrize("announced", ["0", "5000", "999999999999"])
def test_a_head_leaves_its_connection_to_the_next(server: Stub, client: Impatient, announced: str) -> None:
    server.answer = lambda asked: Answer(headers=(("Content-Length", announced),) if asked.method == "HEAD" else (), body=b"hello")
    for _ in range(3):
        head = client.request("HEAD", f"{server.url}/a")
        assert (head.status, head.headers["content-length"], head.body) == (200, announced, b"")
        assert client.request("GET", f"{server.url}/a").body == b"hello"
    assert server.connections == 1


def test_gzip_is_taken_apart(server: Stub, client: Impatient) -> None:
    server.answer = lambda _: Answer(headers=(("Content-Encoding", "gzip"),), body=gzip.compress(b"one ") + gzip.compress(b"two"))
    assert client.request("GET", server.url, {"Accept-Encoding": "gzip"}).body == b"one two"
    assert server.asked[0].headers["accept-encoding"] == "gzip"


@pytest.mark.parametrize(
    ("encoding", "body", "why"),
    [
        ("br", b"x", "an encoding that nobody asked for"),
        ("gzip, gzip", gzip.compress(gzip.compress(b"x")), "an encoding that nobody asked for"),
        ("gzip", b"no gzip at all", "broken gzip"),
        ("gzip", gzip.compress(os.urandom(3000))[:-9], "broke off"),
    ],
    ids=["another", "twice", "none", "cut off"],
)
def test_strange_compression_is_a_reason(server: Stub, client: Impatient, encoding: str, body: bytes, why: str) -> None:
    server.answer = lambda _: Answer(headers=(("Content-Encoding", encoding),), body=body)
    assert why in str(failure(client, server.url))


def test_a_bomb_is_left_before_it_unfolds(server: Stub, client: Impatient) -> None:
    bomb = zlib.compressobj(9, zlib.DEFLATED, 31)
    packed = b"".join(bomb.compress(bytes(2**20)) for _ in range(50)) + bomb.flush()
    server.answer = lambda _: Answer(headers=(("Content-Encoding", "gzip"),), body=packed)
    assert "more than 1 MiB" in str(failure(client, server.url, largest=2**20))


@given(st.lists(st.binary(max_size=300), max_size=5), st.lists(st.integers(1, 70), min_size=1, max_size=20))
def test_decoding_never_yields_a_large_piece(parts: list[bytes], cuts: list[int]) -> None:
    packed = b"".join(map(gzip.compress, [*parts, bytes(200_000)]))
    pieces: list[bytes] = []
    at = 0
    while at < len(packed):
        cut = cuts[len(pieces) % len(cuts)]
        pieces.append(packed[at : at + cut])
        at += cut
    found = list(wire.decoded(iter(pieces), "gzip", "host"))
    assert b"".join(found) == b"".join(parts) + bytes(200_000)
    assert max(map(len, found)) <= 65536


# Limits


def endless(size: int) -> Callable[[], Iterator[bytes]]:
    def pieces() -> Iterator[bytes]:
        while True:
            yield bytes(size)

    return pieces


def dripping(piece: bytes) -> Callable[[], Iterator[bytes]]:
    def pieces() -> Iterator[bytes]:
        while True:
            time.sleep(0.02)
            yield piece

    return pieces


def test_an_endless_body_ends(server: Stub, client: Impatient) -> None:
    server.answer = lambda _: Answer(pieces=endless(65536))
    assert "more than 1 MiB" in str(failure(client, server.url, largest=2**20))
    assert len(server.asked) == 1, "what is too large now is too large later"


def test_a_large_body_is_left_when_it_is_announced(server: Stub, client: Impatient) -> None:
    server.answer = lambda _: Answer(headers=(("Content-Length", "5000000"),))
    assert "announces 4 MiB" in str(failure(client, server.url, largest=2**20))


def test_what_is_summed_up_is_not_kept(server: Stub, client: Impatient) -> None:
    server.answer = lambda _: Answer(headers=(("Content-Length", str(80 * 2**20)),), pieces=lambda: iter([bytes(2**20)] * 80))
    tracemalloc.start()
    found = client.request("GET", server.url, largest=2**27, sums=("sha256", "sha1"))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert found.sums == {name: hashlib.new(name, bytes(80 * 2**20)).hexdigest() for name in ("sha256", "sha1")}
    assert found.body == bytes(len(found.body))
    assert peak < 16 * 2**20
    server.answer = lambda _: Answer(pieces=endless(65536))
    assert "more than 1 MiB" in str(failure(client, server.url, largest=2**20, sums=("sha256",)))


@pytest.mark.parametrize("where", ["body", "headers"])
def test_a_drip_ends_at_the_deadline(server: Stub, where: str) -> None:
    client = Impatient(deadline=0.5)
    if where == "body":
        server.answer = lambda _: Answer(pieces=dripping(b"x"))
    else:
        server.answer = lambda _: Answer(raw=b"HTTP/1.1 200 OK\r\nX: ", pieces=dripping(b"y"))
    error = failure(client, server.url)
    assert "too slow" in str(error)
    assert error.retry
    assert len(server.asked) <= 2
    client.close()


def test_a_drip_through_a_proxy_ends_at_the_deadline() -> None:
    """Where the connection is not made here, each piece of the body is still a look at the clock."""

    class Drip(httpx.SyncByteStream):
        def __iter__(self) -> Iterator[bytes]:
            return dripping(b"x")()

    client = Impatient(deadline=0.3, transport=httpx.MockTransport(lambda _: httpx.Response(200, stream=Drip())))
    assert "too slow" in str(failure(client, "https://registry.example/"))


def test_silence_ends_at_the_deadline(server: Stub) -> None:
    client = Impatient(deadline=0.4)
    quiet = threading.Event()

    def answer(_: Asked) -> Answer:
        quiet.wait(5)
        return Answer()

    server.answer = answer
    assert "too slow" in str(failure(client, server.url))
    quiet.set()
    client.close()


def test_closing_ends_what_is_under_way(server: Stub) -> None:
    client = Client()
    server.answer = lambda _: Answer(pieces=dripping(b"x"))
    said: list[str] = []

    def ask() -> None:
        try:
            client.request("GET", server.url)
        except Failed as error:
            said.append(str(error))

    thread = threading.Thread(target=ask)
    thread.start()
    while not server.asked:
        time.sleep(0.01)
    client.close()
    thread.join(10)
    assert not thread.is_alive()
    assert len(said) == 1
    assert "interrupted" in str(failure(client, server.url)) or "went wrong" in str(failure(client, server.url))


@pytest.mark.parametrize(
    "raw",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nff\r\nshort",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nno number\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
        b"HTTP/1.1 2oo OK\r\n\r\n",
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"\x15\x03\x01\x00\x02\x02\x46",
        b"HTTP/1.1 200 OK\r\nX: " + b"y" * 200_000,
        b" ",
    ],
)
def test_what_is_no_whole_answer_is_a_reason(server: Stub, client: Impatient, raw: bytes) -> None:
    server.answer = lambda _: Answer(raw=raw)
    error = failure(client, server.url)
    assert "broke off" in str(error)
    assert error.retry
    assert len(server.asked) == 3


def test_nobody_there_is_a_reason(client: Impatient) -> None:
    with stub() as server:
        url = server.url
    assert "cannot be reached" in str(failure(client, url))
    assert client.requests == 3


def test_a_host_that_never_answers_is_asked_three_times_in_a_run(client: Impatient) -> None:
    with stub() as server:
        url = server.url
    why = str(failure(client, url, tries=2))
    for _ in range(3):
        error = failure(client, url)
        assert (str(error), error.silent, error.retry) == (why, "127.0.0.1", True)
    assert client.requests == 3


def test_threads_that_wait_for_a_host_together_have_asked_it_once(server: Stub, client: Impatient) -> None:
    together = threading.Barrier(8)

    def silent(_: Asked) -> Answer:
        together.wait(5)
        return Answer(raw=b" ")

    def ask() -> None:
        with suppress(Failed):
            client.request("GET", server.url, tries=2)

    server.answer = silent
    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(server.asked) == 16, "eight that begin together are one round, and three are the limit"
    server.answer = lambda _: Answer(body=b"there")
    assert client.request("GET", server.url).body == b"there"
    server.answer = lambda _: Answer(raw=b" ")
    failure(client, server.url)
    assert len(server.asked) == 16 + 1 + 3, "who answered has all patience again"


def test_without_a_network_each_further_host_is_tried_once() -> None:
    asked: list[str] = []

    def nobody(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.host)
        if request.url.host == "here.example":
            return httpx.Response(200, stream=httpx.ByteStream(b"there"))
        raise httpx.ConnectError("Network is unreachable")

    client = Impatient(transport=httpx.MockTransport(nobody))
    for host in ("a", "b", "c", "a", "b"):
        failure(client, f"https://{host}.example/")
    assert asked == ["a.example"] * 3 + ["b.example", "c.example"]
    client.request("GET", "https://here.example/")
    failure(client, "https://d.example/")
    assert asked.count("d.example") == 3, "the network is there"


# Patience


def in_turn(*answers: Answer) -> Callable[[Asked], Answer]:
    left = list(answers)
    return lambda _: left.pop(0) if len(left) > 1 else left[0]


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_what_passes_is_asked_again(server: Stub, client: Impatient, status: int) -> None:
    server.answer = in_turn(Answer(status), Answer(status), Answer(body=b"now"))
    assert client.request("GET", server.url).body == b"now"
    assert len(client.slept) == 2
    assert client.slept[1] > client.slept[0]


@pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 410, 501])
def test_what_stays_is_not_asked_again(server: Stub, client: Impatient, status: int) -> None:
    server.answer = lambda _: Answer(status)
    assert client.request("GET", server.url).status == status
    assert len(server.asked) == 1


def test_it_gives_up_after_four(server: Stub, client: Impatient) -> None:
    server.answer = lambda _: Answer(503)
    assert client.request("GET", server.url).status == 503
    assert len(server.asked) == 4


def test_retry_after_is_honoured(server: Stub, client: Impatient) -> None:
    server.answer = in_turn(Answer(429, (("Retry-After", "17"),)), Answer())
    client.request("GET", server.url)
    assert client.slept == [17.0]


def test_one_who_is_asked_for_patience_has_it_for_all(server: Stub, client: Impatient) -> None:
    server.answer = lambda _: Answer(429 if len(server.asked) == 1 else 200, (("Retry-After", "9"),))
    client.request("GET", server.url)
    client.request("GET", server.url)
    assert len(client.slept) == 2
    assert client.slept[0] == 9
    assert 8 < client.slept[1] <= 9


def test_a_host_is_asked_a_few_things_at_once(server: Stub) -> None:
    now, most, lock = 0, 0, threading.Lock()

    def answer(_: Asked) -> Answer:
        nonlocal now, most
        with lock:
            now += 1
            most = max(most, now)
        time.sleep(0.05)
        with lock:
            now -= 1
        return Answer()

    server.answer = answer
    client = Client()
    threads = [threading.Thread(target=client.request, args=("GET", server.url)) for _ in range(48)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    client.close()
    assert len(server.asked) == 48
    assert 2 < most <= 16
    assert server.connections <= 16


def test_retry_after_as_a_date(server: Stub, client: Impatient) -> None:
    server.answer = in_turn(Answer(429, (("Retry-After", formatdate(time.time() + 20, usegmt=True)),)), Answer())
    client.request("GET", server.url)
    assert 10 < client.slept[0] <= 21


@pytest.mark.parametrize("value", ["3600", "9" * 9, "a day"])
def test_who_asks_for_an_hour_is_left_alone(server: Stub, client: Impatient, value: str) -> None:
    value = formatdate(time.time() + 90000, usegmt=True) if value == "a day" else value
    server.answer = lambda _: Answer(429, (("Retry-After", value),))
    assert client.request("GET", server.url).status == 429
    assert (len(server.asked), client.slept) == (1, [])


@pytest.mark.parametrize("value", ["", "soon", "-5", "1e9", "\u00b2", "9" * 5000, "Mon, 99 Foo 20000", "nan"])
def test_nonsense_in_retry_after_is_no_reason_to_wait(server: Stub, client: Impatient, value: str) -> None:
    server.answer = in_turn(Answer(429, (("Retry-After", value.encode("utf-8").decode("latin-1")),)), Answer())
    client.request("GET", server.url)
    assert client.slept[0] < 1


# Secrets and redirects


def test_a_secret_goes_to_its_own_host_only(server: Stub, other: Stub, client: Impatient) -> None:
    server.answer = moves(f"{other.url}/there")
    other.answer = lambda _: Answer(body=b"other")
    assert client.request("GET", server.url, secret=SECRET).body == b"other"
    assert server.asked[0].headers["authorization"] == SECRET
    assert "authorization" not in other.asked[0].headers


def test_a_secret_comes_back_with_the_way(server: Stub, other: Stub, client: Impatient) -> None:
    server.answer = lambda asked: Answer() if asked.path == "/back" else Answer(307, (("Location", other.url),))
    other.answer = moves(f"{server.url}/back")
    client.request("GET", server.url, secret=SECRET)
    assert ["authorization" in one.headers for one in (*server.asked, *other.asked)] == [True, True, False]


@pytest.mark.parametrize("status", [307, 308])
def test_a_body_goes_to_its_own_host_only(server: Stub, other: Stub, client: Impatient, status: int) -> None:
    server.answer = moves(other.url, status)
    with pytest.raises(Failed, match="meant for it alone"):
        client.request("POST", server.url, content=b"refresh_token=s3cret")
    assert other.asked == []


@pytest.mark.parametrize("status", [301, 302, 303])
def test_a_post_becomes_a_get_without_its_body(server: Stub, other: Stub, client: Impatient, status: int) -> None:
    server.answer = moves(other.url, status)
    client.request("POST", server.url, content=b"refresh_token=s3cret")
    assert (other.asked[0].method, other.asked[0].body) == ("GET", b"")


def test_a_name_and_password_in_a_redirect_are_dropped(server: Stub, other: Stub, client: Impatient) -> None:
    server.answer = moves(f"http://mallory:pw@{other.host}/x#y")
    assert client.request("GET", server.url, secret=SECRET).url == f"{other.url}/x"
    assert other.paths() == ["/x"]
    assert "authorization" not in other.asked[0].headers


def test_no_cookie_is_kept(server: Stub, client: Impatient) -> None:
    server.answer = lambda _: Answer(headers=(("Set-Cookie", "track=1; Path=/"),))
    client.request("GET", server.url)
    client.request("GET", server.url)
    assert "cookie" not in server.asked[1].headers


@pytest.mark.parametrize(
    ("location", "why"),
    [
        ("file:///etc/passwd", "not file"),
        ("ftp://files.example/x", "not ftp"),
        ("gopher://127.0.0.1:70/x", "not gopher"),
        ("http://169.254.169.254/latest/meta-data/", "no registry lives"),
        ("http://[fe80::1]/", "no registry lives"),
        ("http://[::ffff:169.254.169.254]/", "no registry lives"),
        ("http://[64:ff9b::a9fe:a9fe]/", "no registry lives"),
        ("http://[fd00:ec2::254]/", "no registry lives"),
        ("http://100.100.100.200/", "no registry lives"),
        ("https://168.63.129.16/", "no registry lives"),
        ("https://2852039166/", "no registry lives"),
        ("https://0xa9FEa9fe/", "no registry lives"),
        ("https://0251.254.0xa9.254/", "no registry lives"),
        ("https://169.254.43518/", "no registry lives"),
        ("https://169.254.169.254./", "no registry lives"),
        ("https://[::169.254.169.254]/", "no registry lives"),
        ("https://[64:ff9b:1::a9fe:a9fe]/", "no registry lives"),
        ("https://[2002:a9fe:a9fe::]/", "no registry lives"),
        ("https://[FE80::1]/", "no registry lives"),
        ("https://instance-data./", "no registry lives"),
        ("http://0.0.0.0/", "no registry lives"),
        ("http://metadata.google.internal/", "no registry lives"),
        ("http://10.1.2.3/", "without TLS"),
        ("http://registry.example/", "without TLS"),
        ("http://[", "malformed"),
        ("http://x:port/", "malformed"),
        ("https://", "malformed"),
    ],
)
def test_a_redirect_that_leads_astray_is_a_reason(server: Stub, client: Impatient, location: str, why: str) -> None:
    server.answer = moves(location)
    assert why in str(failure(client, server.url, secret=SECRET))
    assert len(server.asked) == 1


def test_a_redirect_loop_ends(server: Stub, client: Impatient) -> None:
    server.answer = moves(server.url)
    assert "more than 5 times" in str(failure(client, server.url))
    assert len(server.asked) == 6


@pytest.mark.parametrize(
    ("location", "why"),
    [
        ("http://registry.example/x", "without TLS"),
        ("https://127.0.0.1:8443/x", "to this machine"),
        ("https://localhost/x", "to this machine"),
        ("https://LOCALHOST./x", "to this machine"),
        ("https://[::ffff:127.0.0.1]/x", "to this machine"),
        ("https://127.1/x", "to this machine"),
        ("https://2130706433/x", "to this machine"),
    ],
)
def test_who_has_tls_cannot_send_us_lower(location: str, why: str) -> None:
    transport = everywhere({"https://registry.example/": Answer(302, (("Location", location),))})
    client = Client(transport=transport, may_be_plain=lambda _: True)
    assert why in str(failure(client, "https://registry.example/"))
    assert client.requests == 1


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "LOCALHOST.", "0x7f.1", "127.1", "[::1]", "[::ffff:127.0.0.1]", "foo.localhost"]
)
@pytest.mark.parametrize("leader", ["https://registry.example/a", "the repository"])
def test_only_the_users_own_words_lead_to_this_machine(server: Stub, client: Impatient, host: str, leader: str) -> None:
    """An address in an answer, or in a file of a repository, is held to the rule for redirects."""
    url = f"http://{host}:{server.port}/"
    name = leader.removeprefix("https://").partition("/")[0]
    assert str(failure(client, url, named_by=leader)) == f"{name} leads to this machine, where only your own configuration may lead"
    assert server.asked == []


def test_what_this_machine_names_may_be_here(server: Stub, other: Stub, client: Impatient) -> None:
    assert client.request("GET", other.url, named_by=server.url).url == other.url
    assert len(other.asked) == 1


def test_a_name_that_an_answer_gives_and_that_is_this_machine_is_refused(server: Stub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wire, "_addresses", addresses_of({"near.example": "127.0.0.1"}))
    client = Impatient()
    assert "leads to this machine" in str(
        failure(client, f"https://near.example:{server.port}/", named_by="https://registry.example/")
    )
    assert server.connections == 0


def test_all_answers_to_one_question_have_a_limit(server: Stub, client: Impatient, monkeypatch: pytest.MonkeyPatch) -> None:
    server.answer = lambda _: Answer(body=bytes(2**20))
    monkeypatch.setattr("pinlint.http._QUESTION_BYTES", 3 * 2**20)
    with client.question():
        for _ in range(3):
            client.request("GET", server.url)
        assert "more than 3 MiB in answer to one question" in str(failure(client, server.url))
    with client.question():  # the next one begins anew
        client.request("GET", server.url)
    monkeypatch.setattr("pinlint.http._QUESTION_SECONDS", -1.0)
    with client.question():
        assert "seconds to answer one question" in str(failure(client, server.url))
    monkeypatch.setattr("pinlint.http._RUN_BYTES", 2**20)
    assert "this run has taken more than" in str(failure(client, server.url))


def test_a_document_of_very_many_values_is_none() -> None:
    assert loaded(b'{"a": [1, 2]}') == {"a": [1, 2]}
    for body in (b"[" + b"0," * 3_000_001 + b"0]", b"[" + b"[]," * 1_600_000 + b"0]", b"{"):
        with pytest.raises(ValueError, match=r"values|Expecting"):
            loaded(body)


def test_a_name_that_leads_to_a_metadata_address_is_refused(monkeypatch: pytest.MonkeyPatch, client: Impatient) -> None:
    """Also when it did not a moment ago: the address that was looked at is the one that is connected to."""
    monkeypatch.setattr(wire, "_addresses", lambda *_: [ipaddress.ip_address("10.0.0.1"), ipaddress.ip_address("169.254.169.254")])
    assert "169.254.169.254" in str(failure(client, "https://registry.example/"))


def addresses_of(names: dict[str, str]) -> Callable[[str, int], list[wire.Address]]:
    return lambda host, _: [ipaddress.ip_address(names.get(host, host))]


def test_a_redirect_to_a_name_of_this_machine_is_refused(server: Stub, other: Stub, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who looks such a name up may be anyone; the user may call this machine what they like."""
    names = {"near.example": "127.0.0.1", "also-near.example": "::1"}
    monkeypatch.setattr(wire, "_addresses", addresses_of(names))
    made = Wire(threading.Event())
    made.begin(time.monotonic() + 5, "registry.example", "registry.example")
    with pytest.raises(Failed, match=r"registry\.example leads to this machine"):
        made.connect_tcp("near.example", server.port)
    made.begin(time.monotonic() + 5, "near.example", "near.example")
    made.connect_tcp("near.example", server.port).close()
    made.begin(time.monotonic() + 5, "near.example", "near.example")
    with pytest.raises(httpcore.ConnectError):  # it may be gone to, and nobody is there
        made.connect_tcp("also-near.example", server.port)


def test_the_users_proxy_may_be_this_machine(other: Stub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wire, "_addresses", addresses_of({"proxy.example": "127.0.0.1"}))
    monkeypatch.setenv("http_proxy", f"http://proxy.example:{other.port}")
    client = Client(may_be_plain=lambda _: True, sleep=lambda _: None)
    assert client.request("GET", "http://registry.example/").status == 404
    assert other.paths() == ["http://registry.example/"]
    client.close()


@pytest.mark.parametrize(
    "host",
    ["169.254.169.254", "2852039166", "0xa9.0376.43518", "[::ffff:a9fe:a9fe]", "[::a9fe:a9fe]", "169\u3002254\u3002169\u3002254",
     "metadata.google.internal", "METADATA.goog.", "100.100.100.200"],
)  # fmt: skip
def test_a_proxy_is_not_asked_for_what_no_registry_is(other: Stub, monkeypatch: pytest.MonkeyPatch, host: str) -> None:
    monkeypatch.setenv("http_proxy", other.url)
    monkeypatch.setenv("https_proxy", other.url)
    client = Client(may_be_plain=lambda _: True, sleep=lambda _: None)
    for scheme in ("http", "https"):
        failure(client, f"{scheme}://{host}/latest/meta-data/")
    assert other.asked == []
    client.close()


@given(st.integers(0, 2**32 - 1), st.data())
def test_whatever_form_an_address_is_written_in_it_is_the_same(number: int, data: st.DataObject) -> None:
    """The judge is the system's own reader of names."""
    octets = list(number.to_bytes(4, "big"))
    last = data.draw(st.integers(0, 3))
    parts = [*octets[:last], int.from_bytes(bytes(octets[last:]), "big")]
    written = ".".join(data.draw(st.sampled_from([str(part), hex(part), f"0{part:o}", f"0X{part:X}"])) for part in parts)
    (found,) = wire.literal(written)
    assert str(found) == socket.getaddrinfo(written, 80, type=socket.SOCK_STREAM)[0][4][0] == str(ipaddress.IPv4Address(number))


@pytest.mark.parametrize("host", ["1.2.3.4.5", "256.1.1.1", "0x", "a", "1.2.3.4 x", "", ".", "09", "4294967296", "dead.beef"])
def test_what_is_no_address_is_a_name(host: str) -> None:
    assert wire.literal(host) == []


def test_plain_http_needs_the_users_word(server: Stub) -> None:
    assert "without TLS" in str(failure(Client(), "http://registry.example/"))
    allowed = Client(may_be_plain=lambda host: host == "registry.example", transport=everywhere({}))
    assert allowed.request("GET", "http://registry.example/").status == 404


@pytest.mark.parametrize("url", ["http://user:s3cret@127.0.0.1:1/", "http://127.0.0.1:1/?token=s3cret"])
def test_an_address_with_a_secret_is_not_repeated(client: Impatient, url: str) -> None:
    assert "s3cret" not in str(failure(client, url))


@pytest.mark.parametrize(
    "secret", ["Bearer s3cret\nX: y", "Bearer s3cret\0", "Bearer s3cr\u00e9t", "Bearer s3cret ", "\ud800s3cret"]
)
def test_a_secret_that_is_no_header_is_not_repeated(server: Stub, client: Impatient, secret: str) -> None:
    error = failure(client, server.url, secret=secret)
    assert "s3cr" not in str(error)
    assert error.__suppress_context__, "what caused it quotes the header, and a traceback would show it"
    assert server.asked == []


# TLS and proxies


def test_a_certificate_that_nobody_vouches_for(client: Impatient) -> None:
    error = httpx.ConnectError("[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: self-signed certificate (_ssl.c:1000)")

    def refuse(_: httpx.Request) -> httpx.Response:
        raise error

    found = failure(Impatient(transport=httpx.MockTransport(refuse)), "https://registry.example/")
    assert found.untrusted
    assert "self-signed certificate (SSL_CERT_FILE" in str(found)


def test_a_proxy_is_asked_for_other_hosts_only(server: Stub, other: Stub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", other.url)
    client = Client(may_be_plain=lambda _: True)
    client.request("GET", server.url)
    assert other.asked == []
    client.request("GET", "http://registry.example/v2/")
    assert other.paths() == ["http://registry.example/v2/"]
    client.close()


@pytest.mark.parametrize("where", ["headers", "body"])
def test_a_proxy_that_drips_ends_at_the_deadline(other: Stub, monkeypatch: pytest.MonkeyPatch, where: str) -> None:
    monkeypatch.setenv("http_proxy", other.url)
    head = b"HTTP/1.1 200 OK\r\nX: " if where == "headers" else b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n"
    other.answer = lambda _: Answer(raw=head, pieces=dripping(b"x"))
    client = Client(may_be_plain=lambda _: True, deadline=0.5, sleep=lambda _: None)
    assert "too slow" in str(failure(client, "http://registry.example/", tries=1))
    client.close()


@pytest.mark.parametrize("proxy", ["HOST", "http://ann:p%40ss@HOST"])
def test_a_proxy_knows_its_own_user_alone(other: Stub, monkeypatch: pytest.MonkeyPatch, proxy: str) -> None:
    monkeypatch.setenv("http_proxy", proxy.replace("HOST", other.host))
    client = Client(may_be_plain=lambda _: True)
    assert client.request("GET", "http://registry.example/", secret=SECRET).status == 404
    told = other.asked[0].headers
    assert told.get("proxy-authorization") == ("Basic YW5uOnBAc3M=" if "@" in proxy else None)
    assert told["authorization"] == SECRET
    client.close()


@pytest.mark.parametrize("proxy", ["socks5://127.0.0.1:1", "http://", "ftp://x", "http://[", "http://x:99999"])
def test_a_proxy_that_is_none_is_a_reason(monkeypatch: pytest.MonkeyPatch, proxy: str) -> None:
    monkeypatch.setenv("https_proxy", proxy)
    client = Client(sleep=lambda _: None)
    assert str(failure(client, "https://registry.example/"))
    client.close()


def test_a_proxy_that_is_not_there_is_named_and_given_up_for_every_host(monkeypatch: pytest.MonkeyPatch) -> None:
    with stub() as gone:
        monkeypatch.setenv("https_proxy", f"http://ann:s3cret@{gone.host}")
    client = Impatient()
    for host in ("a", "b", "c"):
        error = failure(client, f"https://{host}.example/")
        assert str(error).startswith(f"the proxy {gone.host} cannot be reached: ")
        assert "HTTPS_PROXY" in str(error)
        assert "s3cret" not in str(error)
        assert error.silent == f"the proxy {gone.host}"
    assert client.requests == 3
    client.close()


@pytest.mark.parametrize(
    ("status", "why"),
    [("407 Proxy Authentication Required", "the proxy HOST wants a name and password"),
     ("403 Forbidden", "registry.example cannot be reached: the proxy HOST answers 403 Forbidden")],
)  # fmt: skip
def test_a_proxy_that_lets_nothing_through_is_named(other: Stub, monkeypatch: pytest.MonkeyPatch, status: str, why: str) -> None:
    other.answer = lambda _: Answer(raw=f"HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n".encode())
    monkeypatch.setenv("https_proxy", other.host)
    client = Impatient()
    error = failure(client, "https://registry.example/")
    assert str(error).startswith(why.replace("HOST", other.host))
    assert not error.retry
    client.close()


def test_a_tools_own_proxy_comes_before_the_environments(server: Stub, other: Stub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", other.url)
    ways = {"a.example:80": server.url, "b.example:80": None, "c.example:80": server.url}
    client = Client(may_be_plain=lambda _: True, proxy=lambda scheme, place: ways[place] if scheme == "http" else "")
    for host in ("a", "b", "c"):
        client.request("GET", f"http://{host}.example/")
    assert server.paths() == ["http://a.example/", "http://c.example/"]
    assert other.paths() == ["http://b.example/"]
    client.close()


@pytest.mark.parametrize("url", ["", "x", "file:///etc/passwd", "http://", "http://[::1", "http://x:99999/", "http://a:b:c/"])
def test_what_is_no_address_is_a_reason(url: str) -> None:
    with pytest.raises(Failed):
        origin(url)


@settings(max_examples=200)
@given(st.text(max_size=30), st.text(max_size=30))
def test_no_address_and_no_redirect_ends_in_another_exception(url: str, location: str) -> None:
    answer = httpx.Response(302, headers=[(b"Location", location.encode("utf-8", "replace"))], stream=httpx.ByteStream(b""))
    client = Client(transport=httpx.MockTransport(lambda _: answer), sleep=lambda _: None)
    for address in (f"https://registry.example/{url}", f"https://{url}/"):
        with suppress(Failed):
            assert isinstance(client.request("GET", address), Response)


def test_the_client_needs_no_system_store_of_its_own(tmp_path: object) -> None:
    """SSL_CERT_FILE decides alone who is trusted."""
    code = "from pinlint.wire import trust; print(len(trust(()).get_ca_certs()))"
    done = subprocess.run(
        [sys.executable, "-c", code], env={**os.environ, "SSL_CERT_FILE": os.devnull}, capture_output=True, text=True, check=False
    )  # fmt: skip
    assert done.stdout == "0\n", done.stderr
