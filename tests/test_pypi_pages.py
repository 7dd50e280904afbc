"""Pages of an index: what is on them is what pip sees there, and whatever they hold is read in linear time."""

from __future__ import annotations

from contextlib import suppress
from types import SimpleNamespace
from typing import Any

import pytest
from clock import seconds
from hypothesis import given
from hypothesis import strategies as st
from pip._internal.index.collector import IndexContent, parse_links

from pinlint.ecosystems.pypi.pages import page
from pinlint.ecosystems.pypi.registry import Registry
from pinlint.http import Response
from pinlint.pins import NoPin, Pin
from pinlint.question import Question

SUM = "ab" * 32


_addresses = st.sampled_from(
    ["leaf-1.0.zip", "../x/leaf-1.0.whl#sha256=" + SUM, "https://f.example/leaf.zip?a=1&amp;b=2", "/leaf%201.zip"]
)
_quotes = st.sampled_from(["'", '"', ""])
_extras = st.sampled_from([
    "", " data-yanked=''", " data-yanked='no &quot;more'", ' data-requires-python="&gt;=3.8"', " DATA-REQUIRES-PYTHON = '>3'",
    " rel=x href='last.zip'", " / ", "\n\tclass=a ",
])  # fmt: skip
_anchors = st.builds(
    lambda tag, href, quote, extra: f"<{tag} href={quote}{href}{quote}{extra}>x</a>",
    st.sampled_from("aA"),
    _addresses,
    _quotes,
    _extras,
)
_others = st.sampled_from([
    "<!-- <a href='no.zip'> -->", "<p title='<a href=no.zip>'>", "<script>'<a href=no.zip>'</script>", "<br/>", "text & more",
    "<!DOCTYPE html>", "<base href='https://b.example/c/'>", "<base target=x>", "<style><a href=no.zip></style>", "</p>",
    "<a name=x>", "<abbr href=no.zip>",
])  # fmt: skip


@given(st.lists(_anchors | _others, max_size=8))
def test_the_anchors_are_those_that_pip_sees(elements: list[str]) -> None:
    html = "\n".join(elements)
    content: Any = IndexContent(html.encode(), "text/html", "utf-8", "https://i.example/leaf/", cache_link_parsing=False)
    theirs = [
        (link.url_without_fragment, link.hash or "", link.is_yanked, link.requires_python or "") for link in parse_links(content)
    ]
    ours = page(html.encode(), "text/html", "https://i.example/leaf/").files
    assert [(one.url, one.hashes.get("sha256", ""), one.yanked, one.python) for one in ours] == theirs


HOSTILE = [
    "<a ", '<a href="', "<a href='x", "<!--", "<script>", "<a x", "<a" + " " * 50, "<a href=x#" + "sha256=", "&#", "<a =",
    "<a / / /", "</a", "<", "<a href= \"'", "<p '", "<style></style", "<a href=x>", "<base href=x>", "<a data-yanked ",
    "<a href=" + "&amp;" * 9, "<a href=x#sha256=" + SUM + ">",
]  # fmt: skip


@pytest.mark.parametrize("piece", HOSTILE)
def test_no_page_takes_long(piece: str) -> None:
    """180 kB of some took 73 s with a reader that goes back."""

    def read() -> None:
        with suppress(ValueError):
            page((piece * (400_000 // len(piece))).encode(), "text/html", "https://i.example/")

    assert seconds(read, 1) < 8


@pytest.mark.parametrize(
    ("said", "metadata"),
    [
        ("", ""), ("data-core-metadata", "?"), ("data-core-metadata=true", "?"), (f"data-dist-info-metadata=sha256={SUM}", SUM),
        ("data-dist-info-metadata=sha256=1 data-core-metadata=false", ""), ("data-core-metadata=md5=12", "?"),
    ],
)  # fmt: skip
def test_where_metadata_are_offered(said: str, metadata: str) -> None:
    (one,) = page(f"<a href=leaf-1.0-py3-none-any.whl {said}>".encode(), "text/html", "https://i.example/leaf/").files
    assert one.metadata == metadata


class Index:
    """A client that knows one page, and remembers which addresses were told a secret."""

    def __init__(self, page: str, base: str) -> None:
        self.page, self.base = page, base
        self.asked: list[tuple[str, str]] = []

    def request(self, method: str, url: str, headers: object, *, secret: str = "", largest: int = 0) -> Response:
        self.asked.append((url, secret))
        if url == f"{self.base}/leaf/":
            return Response(200, {"content-type": "text/html", "content-length": ""}, self.page.encode(), url)
        body = b"Metadata-Version: 2.2\nName: leaf\nVersion: 1.0\n" if url.endswith(".metadata") else b"bytes"
        return Response(200, {"content-length": ""}, body, url)


def asked(page: str, named: str = "https://i.example") -> tuple[Pin | NoPin, list[tuple[str, str]]]:
    """(what an index of the page says of leaf 1.0, the questions with their secrets) for a user who has a login everywhere."""
    client: Any = Index(page, "https://i.example")
    user: Any = SimpleNamespace(
        no_index=False, indexes=["https://i.example"], find_links=[], python="", plain_hosts=set(), authorization=lambda _: "mine",
        second=lambda _: "", names=lambda url: url.startswith(named),
    )  # fmt: skip
    return Registry(client, user).resolve(Question("pypi", "leaf", "", "1.0")), client.asked


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "0x7f.1", "127.1", "[::1]", "[::ffff:127.0.0.1]", "2130706433", "LOCALHOST."]
)
def test_an_index_elsewhere_names_no_file_here(host: str) -> None:
    answer, questions = asked(f"<a href='https://{host}/leaf-1.0.zip'>")
    assert isinstance(answer, NoPin)
    assert "lists files on this machine" in answer.why
    assert len(questions) == 1


def test_a_login_goes_where_the_user_named_an_index() -> None:
    page = f"<a href='https://{{}}/leaf-1.0.zip#sha256={SUM}' data-core-metadata>"
    assert [secret for _, secret in asked(page.format("files.example"))[1]] == ["mine", ""]
    assert [secret for _, secret in asked(page.format("i.example"))[1]] == ["mine", "mine"]
    assert [secret for _, secret in asked(page.format("files.example"), "https://files.example")[1]] == ["mine", "mine"]


def test_a_page_and_a_run_have_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    from pinlint.ecosystems.pypi import pages, registry

    monkeypatch.setattr(pages, "_MOST_FILES", 3)
    page = f"<a href='leaf-1.0.zip#sha256={SUM}' data-core-metadata>"
    assert isinstance(asked(page * 3)[0], Pin)
    assert "no index page" in str(asked(page * 4)[0])
    monkeypatch.setattr(registry, "_MOST_FILES", 2)
    assert "more than a run can keep" in str(asked(page * 3)[0])
