"""Who the user is at a host, in the forms that every registry shares, and what is said where that was not enough.

Knows netrc and the header of a name and password; must not know any registry or where a tool keeps its own logins. Source:
`get_netrc_auth` of requests (pip's), .netrc(5).
"""

from __future__ import annotations

import base64
import netrc
import os
from collections.abc import Mapping

from pinlint.pins import NoPin

__all__ = ["basic", "from_netrc", "refused", "strange"]


def basic(user: str, secret: str) -> str:
    """The value of an Authorization header for a name and password; bytes that are no UTF-8 stay what they are."""
    return "Basic " + base64.b64encode(f"{user}:{secret}".encode("utf-8", "surrogateescape")).decode("ascii")


def from_netrc(host: str, environment: Mapping[str, str]) -> str:
    """The value of an Authorization header that the user's netrc has for a host (no port), or "".

    It is the file that NETRC names, else .netrc or _netrc in the home. What it has as `default` is bound to no host, so it goes
    nowhere; a file that cannot be read counts as absent.
    """
    home = environment.get("HOME") or os.path.expanduser("~")
    named = environment.get("NETRC")
    for path in [named] if named else [os.path.join(home, name) for name in (".netrc", "_netrc")]:
        try:
            login, account, password = netrc.netrc(path).hosts.get(host) or ("", "", "")
        except (OSError, netrc.NetrcParseError, UnicodeDecodeError):
            continue
        if host != "default" and (login or account or password):
            return basic(login or account or "", password or "")
    return ""


def refused(where: str, status: int, denied: str = "") -> NoPin:
    """Why an answer of this status is none: `where` says who gave it, `denied` what it means that the user may not have it. Later
    it may be another one where a host has had enough, or has trouble."""
    usual = "" if status >= 500 else "ask who runs it"
    words = {401: denied, 403: denied, 404: "nothing is there: correct the address", 429: "it has had enough of us for now"}
    word = words.get(status) or usual
    return NoPin(f"{where} answers {status}{', ' if word else ''}{word}", retry=status == 429 or status >= 500)


def strange(where: str, wanted: str) -> NoPin:
    """Why an answer is none that is not even of the kind that is `wanted`."""
    return NoPin(f"{where} answers with something that is {wanted}, perhaps a page to log in: open its address and look")
