"""Who the user is at a host, read and told alike for every registry."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pinlint.ecosystems.git.credentials import authorization
from pinlint.logins import basic, from_netrc, refused
from pinlint.pins import NoPin

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("files", "named", "host", "expected"),
    [
        pytest.param({".netrc": "machine h login ann password pw"}, "", "h", "ann:pw", id="dot"),
        pytest.param({"_netrc": "machine h login ann password pw"}, "", "h", "ann:pw", id="underscore"),
        pytest.param({".netrc": "machine i login bob", "_netrc": "machine h login ann password pw"}, "", "h", "ann:pw", id="both"),
        pytest.param({"mine": "machine h login ann password pw"}, "mine", "h", "ann:pw", id="named"),
        pytest.param({".netrc": "machine h login ann password pw", "mine": ""}, "mine", "h", "", id="the named one alone"),
        pytest.param({".netrc": "machine h account ann password pw"}, "", "h", "ann:pw", id="account"),
        pytest.param({".netrc": "machine h login t0k3n"}, "", "h", "t0k3n:", id="token alone"),
        pytest.param({".netrc": "machine h"}, "", "h", "", id="nothing of it"),
        pytest.param({".netrc": "default login ann password pw"}, "", "h", "", id="default"),
        pytest.param({".netrc": "default login ann password pw"}, "", "default", "", id="a host of that name"),
        pytest.param({".netrc": "machine h login ann nonsense"}, "", "h", "", id="unreadable"),
        pytest.param({}, "", "h", "", id="none"),
    ],
)
def test_a_netrc_is_read_as_requests_reads_it(tmp_path: Path, files: dict[str, str], named: str, host: str, expected: str) -> None:
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    environment = {"HOME": str(tmp_path), **({"NETRC": str(tmp_path / named)} if named else {})}
    user, _, secret = expected.partition(":")
    assert from_netrc(host, environment) == (basic(user, secret) if expected else "")
    if not named:
        assert authorization("https", host, environment) == from_netrc(host, environment)


def test_git_looks_at_home_whatever_netrc_says(tmp_path: Path) -> None:
    (tmp_path / ".netrc").write_text("machine h login ann password pw")
    assert authorization("https", "h", {"HOME": str(tmp_path), "NETRC": "/dev/null"}) == basic("ann", "pw")


def test_a_password_may_hold_any_bytes() -> None:
    assert basic("ann", b"p\xffw".decode("utf-8", "surrogateescape")) == "Basic YW5uOnD/dw=="


@pytest.mark.parametrize(
    ("status", "why", "retry"),
    [
        (401, "the registry answers 401, log in", False), (403, "the registry answers 403, log in", False),
        (404, "the registry answers 404, nothing is there: correct the address", False),
        (418, "the registry answers 418, ask who runs it", False),
        (429, "the registry answers 429, it has had enough of us for now", True),
        (431, "the registry answers 431, ask who runs it", False),
        (500, "the registry answers 500", True), (503, "the registry answers 503", True),
    ],
)  # fmt: skip
def test_a_refusal_says_what_would_help_and_whether_later_would(status: int, why: str, retry: bool) -> None:
    assert refused("the registry", status, "log in") == NoPin(why, retry)
