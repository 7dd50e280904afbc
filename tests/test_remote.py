"""Trees of repositories that lie elsewhere: real ones behind `git http-backend`, and packs that no git would send."""

from __future__ import annotations

import zlib
from collections.abc import Iterator

import httpx
import pytest
from packs import copying, delta, entry, named, pack, tree
from servers.git_http import GitHost, git, running

from pinlint.ecosystems.git import packs
from pinlint.ecosystems.git.packs import Broken, objects, parents, peeled
from pinlint.ecosystems.git.protocol import HISTORY, Host, Missing, Unable
from pinlint.ecosystems.git.registry import Registry
from pinlint.http import Client, Failed
from pinlint.remote import RemoteTree, opened
from pinlint.text import Unread


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GitHost]:
    with running(tmp_path_factory.mktemp("git")) as host:
        for name, objects_ in (("filters", "sha1"), ("plain", "sha1"), ("long", "sha256")):
            work = host.repository(name, objects=objects_)
            (work / "folder/deep").mkdir(parents=True)
            (work / "folder/deep/web.yaml").write_text("image: python\n" * 50)
            (work / "Dockerfile").write_text("FROM python\n")
            (work / "link").symlink_to("folder/deep")
            (work / "out").symlink_to("/etc")
            host.commit(work, "two")
            git(work, "tag", "-a", "-m", "signed off", "v1")
            if name != "plain":
                git(work, "config", "uploadpack.allowFilter", "true")
        yield host


def registry(client: Client) -> Registry:
    return Registry(client, lambda *_: "", lambda _: "")


@pytest.fixture
def client() -> Iterator[Client]:
    made = Client()
    yield made
    made.close()


@pytest.mark.parametrize("name", ["filters", "plain", "long"])
@pytest.mark.parametrize("revision", ["", "main", "v1", "TAG", "COMMIT"])
def test_a_tree_has_the_files_of_its_commit(served: GitHost, client: Client, name: str, revision: str) -> None:
    work = served.root / f"{name}.tree"
    commit = git(work, "rev-parse", "HEAD")
    given = {"TAG": git(work, "rev-parse", "v1"), "COMMIT": commit}.get(revision, revision)
    found = opened(f"{served.url}/{name}", given, registry(client))
    assert found.commit == commit
    assert sorted(found.listed()) == git(work, "ls-files").split("\n")
    assert found.bytes("folder/deep/web.yaml") == found.bytes("link/web.yaml") == (work / "folder/deep/web.yaml").read_bytes()
    assert found.exists("link/web.yaml")
    with pytest.raises(Unread, match="outside the repository"):
        found.bytes("out/passwd")
    with pytest.raises(Unread, match="does not exist"):
        found.bytes("nothing")


def test_a_tree_costs_three_questions(served: GitHost, client: Client) -> None:
    commit = git(served.root / "filters.tree", "rev-parse", "HEAD")
    before = len(served.requests)
    found = opened(f"{served.url}/filters", commit, registry(client))
    found.fetch(["Dockerfile", "README", "folder/deep/web.yaml"])
    assert found.bytes("README") == b"two"
    assert found.bytes("Dockerfile") == b"FROM python\n"
    assert [one[0] for one in served.requests[before:]] == ["GET", "POST", "POST"]


def test_what_a_host_does_not_have_or_offer(served: GitHost, client: Client) -> None:
    asked = registry(client).host
    with pytest.raises(Missing, match="not our ref"):
        asked.fetch(f"{served.url}/filters", ["1" * 40])
    with pytest.raises(Failed, match="not our ref"):
        opened(f"{served.url}/filters", "1" * 40, registry(client))
    with pytest.raises(Unable, match="allowFilter"):
        asked.fetch(f"{served.url}/plain", ["1" * 40], HISTORY)
    with pytest.raises(Failed, match="404"):
        opened(f"{served.url}/none", "1" * 40, registry(client))
    with pytest.raises(Failed, match="no tag or branch v9"):
        opened(f"{served.url}/plain", "v9", registry(client))
    served.ancient = True
    try:
        with pytest.raises(Failed, match="version 2"):
            opened(f"{served.url}/plain", "1" * 40, registry(client))
    finally:
        served.ancient = False


def test_a_repository_that_moved_and_one_that_wants_a_password(served: GitHost, client: Client) -> None:
    served.moved["old"] = "filters"
    served.private.add("plain")
    try:
        assert opened(f"{served.url}/old", "", registry(client)).exists("README")
        with pytest.raises(Failed, match="401"):
            opened(f"{served.url}/plain", "1" * 40, registry(client))
        helped = Registry(client, lambda *_: "", lambda _: "Basic YW5uOnNlY3JldA==")
        commit = git(served.root / "plain.tree", "rev-parse", "HEAD")
        assert opened(f"{served.url}/plain", commit, helped).exists("README")
    finally:
        served.moved.clear()
        served.private.clear()


# --- packs --------------------------------------------------------------------------------------------------------------------

BLOB = b"0123456789" * 10
OF_BLOB = named("blob", BLOB)


def bomb() -> bytes:
    """A kilobyte that becomes gigabytes: each delta copies its base many times over."""
    content, entries = b"x" * 0xFFFF, []
    entries.append(entry(3, content))
    for _ in range(8):
        steps = [copying(0, len(content))] * 40
        entries.append(entry(7, delta(len(content), len(content) * 40, *steps), named("blob", content)))
        if len(content) * 40 > 64 << 20:
            break
        content *= 40
    return pack(*entries)


@pytest.mark.parametrize(
    ("made", "why"),
    [
        (b"", "begins as no pack"),
        (b"PACK\0\0\0\2", "begins as no pack"),
        (b"ELSE" + pack(entry(3, BLOB))[4:], "begins as no pack"),
        (pack(entry(3, BLOB), trailer=bytes(20)), "checksum"),
        (pack(entry(3, BLOB), count=2), "cut off"),
        (pack(entry(3, BLOB), count=2**32 - 1), "cut off"),
        (pack(entry(3, BLOB), behind=b"more"), "more than it says"),
        (pack(entry(3, BLOB, claimed=99)), "larger than it says"),
        (pack(entry(3, BLOB, claimed=101)), "smaller than it says"),
        (pack(entry(3, BLOB, claimed=2**40)), "more than"),
        (pack(b"\xff" * 30), "no number"),
        (pack(b"\x33abcdef"), "inflated"),
        (pack(entry(6, BLOB)), "kind 6"),
        (pack(entry(0, BLOB)), "kind 0"),
        (pack(entry(7, delta(100, 100, copying(0, 100)), "1" * 40)), "not in it"),
        (pack(entry(3, BLOB), entry(7, delta(99, 1, b"\1a"), OF_BLOB)), "something else"),
        (pack(entry(3, BLOB), entry(7, delta(100, 200, copying(50, 100)), OF_BLOB)), "not there"),
        (pack(entry(3, BLOB), entry(7, delta(100, 1, b"\5a"), OF_BLOB)), "cut off"),
        (pack(entry(3, BLOB), entry(7, delta(100, 1, b"\x81"), OF_BLOB)), "cut off"),
        (pack(entry(3, BLOB), entry(7, b"\xff" * 20, OF_BLOB)), "cut off"),
        (pack(entry(3, BLOB), entry(7, delta(100, 1, b"\0"), OF_BLOB)), "no kind"),
        (pack(entry(3, BLOB), entry(7, delta(100, 1, copying(0, 100)), OF_BLOB)), "more than it says"),
        (pack(entry(3, BLOB), entry(7, delta(100, 200, copying(0, 100)), OF_BLOB)), "less than it says"),
        (bomb(), "more than"),
    ],
)  # fmt: skip
def test_a_pack_that_no_git_would_send(made: bytes, why: str) -> None:
    with pytest.raises(Broken, match=why):
        objects(made)


def test_deltas_in_any_order_and_a_long_chain() -> None:
    contents = [BLOB]
    entries = []
    for number in range(300):
        last = contents[-1]
        contents.append(last + b"%d" % number)
        step = bytes([len(b"%d" % number)]) + b"%d" % number
        entries.append(entry(7, delta(len(last), len(contents[-1]), copying(0, len(last)), step), named("blob", last)))
    found = objects(pack(*reversed(entries), entry(3, BLOB)))
    assert {one.content for one in found.values()} == set(contents)
    assert all(named(one.kind, one.content) == name for name, one in found.items())


def test_steps_of_deltas_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packs, "_STEPS", 10)
    with pytest.raises(Broken, match="more than it says"):
        objects(pack(entry(3, BLOB), entry(7, delta(100, 11, *[b"\1a"] * 11), OF_BLOB)))


def test_tags_lead_to_commits() -> None:
    commit = b"tree " + b"1" * 40 + b"\nparent " + b"2" * 40 + b"\nparent " + b"3" * 40 + b"\n\nparent " + b"4" * 40
    assert parents(commit) == ["2" * 40, "3" * 40]
    tag = b"object %s\ntype commit\ntag v1\n" % named("commit", commit).encode()
    found = objects(pack(entry(1, commit), entry(4, tag), entry(3, BLOB)))
    assert peeled(named("tag", tag), found) == peeled(named("commit", commit), found) == named("commit", commit)
    with pytest.raises(Broken, match="a blob and no commit"):
        peeled(OF_BLOB, found)
    with pytest.raises(Broken, match="not in it"):
        peeled("5" * 40, found)


# --- hosts that are hostile ----------------------------------------------------------------------------------------------------


def answered(made: bytes, monkeypatch: pytest.MonkeyPatch) -> Host:
    """A host that answers any fetch with this pack."""
    offer = b"001e# service=git-upload-pack\n0000000eversion 2\n0012fetch=filter \n0000"
    lines = [made[at : at + 60_000] for at in range(0, len(made), 60_000)]
    body = b"000dpackfile\n" + b"".join(b"%04x\1%s" % (len(line) + 5, line) for line in lines) + b"0000"
    kind = {"content-type": "application/x-git-upload-pack-result"}

    def answer(request: httpx.Request) -> httpx.Response:
        content = offer if request.method == "GET" else body
        return httpx.Response(200, headers=kind, stream=httpx.ByteStream(content))

    monkeypatch.setattr("pinlint.http._backoff", lambda _: 0.0)
    return Host(Client(transport=httpx.MockTransport(answer)), lambda *_: "", lambda _: "")


def folders(depth: int, width: int) -> tuple[list[bytes], str]:
    """Trees one inside the other, each of which holds the next many times."""
    content = tree(("100644", "file", OF_BLOB))
    made = [content]
    for _ in range(depth):
        content = tree(*((("40000"), f"d{number:03}", named("tree", content)) for number in range(width)))
        made.append(content)
    return [entry(2, one) for one in made], named("tree", content)


@pytest.mark.parametrize(("depth", "width", "why"), [(8, 10, "more than 4,000 files"), (150, 1, "100 deep")])
def test_folders_that_hold_one_another(depth: int, width: int, why: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pinlint.remote._FILES", 4_000)
    entries, root = folders(depth, width)
    commit = f"tree {root}\n\n".encode()
    asked = answered(pack(*entries, entry(1, commit)), monkeypatch)
    with pytest.raises(Unread, match=why):
        RemoteTree(asked, "https://git.example/bomb", named("commit", commit)).entries  # noqa: B018


def test_a_host_that_sends_another_commit_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was pinned arrives, or nothing: names follow from bytes."""
    root = tree(("100644", "action.yml", OF_BLOB))
    commit = f"tree {named('tree', root)}\n\n".encode()
    asked = answered(pack(entry(1, commit), entry(2, root), entry(3, b"other bytes")), monkeypatch)
    with pytest.raises(Unread, match="is not in it"):
        RemoteTree(asked, "https://git.example/x", "1" * 40).entries  # noqa: B018
    found = RemoteTree(asked, "https://git.example/x", named("commit", commit))
    with pytest.raises(Unread, match="does not send its content"):
        found.bytes("action.yml")


def test_names_that_git_would_not_check_out_are_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    inner = tree(("100644", "config", OF_BLOB))
    root = tree(
        ("40000", ".git", named("tree", inner)), ("40000", "..", named("tree", inner)), ("40000", ".GIT", named("tree", inner)),
        ("160000", "module", "1" * 40), ("100644", "good", OF_BLOB), ("100644", "new\nline", OF_BLOB),
    )  # fmt: skip
    commit = f"tree {named('tree', root)}\n\n".encode()
    asked = answered(pack(*(entry(2, one) for one in (root, inner)), entry(1, commit), entry(3, BLOB)), monkeypatch)
    found = RemoteTree(asked, "https://git.example/x", named("commit", commit))
    assert sorted(found.listed()) == ["good", "new\nline"]
    assert found.bytes("good") == BLOB


def test_a_reader_that_asks_for_ever_is_refused(served: GitHost, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pinlint.remote._QUESTIONS", 1)
    found = opened(f"{served.url}/filters", "", registry(client))
    assert found.bytes("README") == b"two"
    with pytest.raises(Unread, match="too many questions"):
        found.bytes("Dockerfile")


def test_compressed_nothing_is_no_way_to_hang() -> None:
    """A content that inflates to more than it says ends at that size, however far it would go on."""
    huge = zlib.compress(bytes(64 << 20))
    with pytest.raises(Broken, match="larger than it says"):
        objects(pack(b"\x3a" + huge))
