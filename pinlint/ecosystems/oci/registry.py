"""What a registry says about an image: the digest of a tag, proven by the bytes.

Source: opencontainers/distribution-spec (pulling manifests), distribution docs (token authentication). A digest is written only
after the manifest was fetched by it and hashed here: headers have been missing or wrong at several registries.
"""

from __future__ import annotations

import hashlib
import json
import re
import threading
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from pinlint.ecosystems.oci.credentials import Credential, credential
from pinlint.http import Client, Failed, Response
from pinlint.model import Reference
from pinlint.pins import NoPin, Pin

__all__ = ["Registry"]

#: All four, or a registry answers with another manifest than the tag's: an index first, then single images.
_ACCEPT = (
    "application/vnd.oci.image.index.v1+json, application/vnd.docker.distribution.manifest.list.v2+json, "
    "application/vnd.oci.image.manifest.v1+json, application/vnd.docker.distribution.manifest.v2+json"
)
_LARGEST_MANIFEST = 4 * 1024 * 1024
_CHALLENGE = re.compile(r'(?:^|,\s*)(Bearer|Basic)(?=\s|$)((?:\s*,?\s*[A-Za-z_]+=(?:"[^"]*"|[^\s,"]+))*)', re.IGNORECASE)
_PARAMETER = re.compile(r'([A-Za-z_]+)=(?:"([^"]*)"|([^\s,"]+))')


class Registry:
    """Resolves image references; one for a run, shared by its threads. Tokens are kept by host and repository, in memory alone."""

    def __init__(self, client: Client, credential_of: Callable[[str], Credential | None] = credential) -> None:
        self._client = client
        self._credential_of = credential_of
        self._authorizations: dict[str, str] = {}
        self._bases: dict[str, str] = {}
        self._lock = threading.Lock()

    def resolve(self, reference: Reference) -> Pin | NoPin:
        """The digest that the tag (latest, where none is written) has now; of the index, where the tag names one."""
        name = reference.artifact.name
        tag = reference.version.partition("@")[0] or "latest"
        host, _, repository = name.partition("/")
        try:
            base = self._base(host)
            return self._pin(f"{base}/v2/{repository}/manifests/", name, tag)
        except Failed as error:
            return NoPin(str(error), retry=error.retry)

    def _base(self, host: str) -> str:
        """The address of a registry. Only a loopback or configured host may turn out to speak plain http, as docker has it."""
        with self._lock:
            known = self._bases.get(host)
        if known is None:
            api = "registry-1.docker.io" if host == "docker.io" else host
            known = f"https://{api}"
            if self._client.may_be_plain(api):
                try:
                    self._client.request("GET", f"{known}/v2/", tries=1)
                except Failed:
                    known = f"http://{api}"
            with self._lock:
                self._bases[host] = known
        return known

    def _pin(self, manifests: str, name: str, tag: str) -> Pin | NoPin:
        head = self._ask("HEAD", manifests + tag, name)
        if head.status not in (200, 404, 405):
            return _refusal(head, name, tag)
        announced = head.headers.get("docker-content-digest", "") if head.status == 200 else ""
        by_digest = re.fullmatch(r"sha256:[0-9a-f]{64}", announced) is not None
        got = self._ask("GET", manifests + (announced if by_digest else tag), name)
        if got.status != 200:
            return _refusal(got, name, tag)
        problem = _unusable(got)
        if problem:
            return NoPin(f"{name}:{tag}: {problem}")
        digest = "sha256:" + hashlib.sha256(got.body).hexdigest()
        if by_digest and digest != announced:
            return NoPin(f"{name}:{tag}: the registry announces {announced[:19]}… and sends {digest[:19]}…")
        return Pin(tag, (digest,), manifests + tag)

    def _ask(self, method: str, url: str, name: str) -> Response:
        headers = {"Accept": _ACCEPT}
        with self._lock:
            authorization = self._authorizations.get(name, "")
        response = self._client.request(method, url, headers, secret=authorization, largest=_LARGEST_MANIFEST)
        if response.status != 401:
            return response
        authorization = self._authorize(response, name)
        if not authorization:
            return response
        with self._lock:
            self._authorizations[name] = authorization
        return self._client.request(method, url, headers, secret=authorization, largest=_LARGEST_MANIFEST)

    def _authorize(self, response: Response, name: str) -> str:
        """The Authorization that answers a 401, or "": a token where the registry wants one, else name and password."""
        found = self._credential_of(name)
        challenges: dict[str, dict[str, str]] = {}
        for header in response.listed("www-authenticate"):
            for match in _CHALLENGE.finditer(header):
                parameters = {key.lower(): quoted or bare for key, quoted, bare in _PARAMETER.findall(match[2])}
                challenges.setdefault(match[1].lower(), parameters)
        if "bearer" in challenges:
            return self._token(challenges["bearer"], name, found)
        return found.basic if "basic" in challenges and found and found.username else ""

    def _token(self, challenge: dict[str, str], name: str, found: Credential | None) -> str:
        realm = challenge.get("realm", "")
        scope = f"repository:{name.partition('/')[2]}:pull"
        fields = {"service": challenge.get("service", ""), "scope": scope}
        if found and not found.username:
            fields |= {"grant_type": "refresh_token", "refresh_token": found.secret, "client_id": "pinlint"}
            headers = {"Content-Type": "application/x-www-form-urlencoded"}
            answer = self._client.request("POST", realm, headers, content=urlencode(fields).encode(), largest=2**20)
        else:
            separator = "&" if "?" in realm else "?"
            answer = self._client.request(
                "GET", realm + separator + urlencode(fields), secret=found.basic if found else "", largest=2**20
            )
        if answer.status != 200:
            return ""
        try:
            document: Any = json.loads(answer.body)
        except ValueError:
            return ""
        token = (document.get("token") or document.get("access_token")) if isinstance(document, dict) else ""
        return f"Bearer {token}" if isinstance(token, str) and token and token.isprintable() else ""


def _refusal(response: Response, name: str, tag: str) -> NoPin:
    host = name.partition("/")[0]
    where = f"{name}:{tag}"
    if response.status in (401, 403):
        return NoPin(f"{where}: {response.status}, not logged in or not allowed (docker login {host})")
    if response.status == 404:
        return NoPin(f"{where}: the registry knows no such image or tag")
    if response.status == 429:
        return NoPin(f"{where}: 429, the registry has had enough of us for now; log in or try again later", retry=True)
    return NoPin(f"{where}: the registry answers {response.status}", retry=response.status >= 500)


def _unusable(response: Response) -> str:
    """Why the body is no manifest that a digest may stand for ("" = it is one)."""
    try:
        document: Any = json.loads(response.body)
    except (ValueError, RecursionError):
        return "the registry answers with something that is no manifest"
    if not isinstance(document, dict) or document.get("schemaVersion") == 1:
        return "the registry has only a manifest of schema 1, which has no stable digest"
    if document.get("schemaVersion") != 2 or not ("manifests" in document or "config" in document):
        return "the registry answers with something that is no manifest"
    return ""
