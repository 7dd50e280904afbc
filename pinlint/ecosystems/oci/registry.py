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
from typing import Any, NamedTuple
from urllib.parse import urlencode, urljoin

from pinlint.ecosystems.oci.configuration import Configuration, Source
from pinlint.ecosystems.oci.credentials import Credential, Keyring
from pinlint.ecosystems.oci.names import parse_image
from pinlint.http import Client, Failed, Response, loaded, origin
from pinlint.logins import refused, strange
from pinlint.once import Once
from pinlint.pins import CONTRADICTED, NoPin, Pin
from pinlint.question import Question
from pinlint.wire import is_loopback

__all__ = ["Registry", "Seen"]

#: All four, or a registry answers with another manifest than the tag's: an index first, then single images.
_ACCEPT = (
    "application/vnd.oci.image.index.v1+json, application/vnd.docker.distribution.manifest.list.v2+json, "
    "application/vnd.oci.image.manifest.v1+json, application/vnd.docker.distribution.manifest.v2+json"
)
#: Pages of tags that a repository may have; registries put a hundred to a thousand on each.
_MOST_PAGES = 500
_LARGEST_LIST = 32 * 1024 * 1024
_NEXT = re.compile(r'<([^<>]+)>\s*;\s*rel="?next"?', re.IGNORECASE)
_LARGEST_MANIFEST, _LARGEST_TOKEN = 4 * 1024 * 1024, 1024 * 1024
_STRANGE = strange("the registry", "no manifest").why
_DIGEST = re.compile("sha256:[0-9a-f]{64}")
_CHALLENGE = re.compile(r'(?:^|,\s*)(Bearer|Basic)(?=\s|$)((?:\s*,?\s*[A-Za-z_]+=(?:"[^"]*"|[^\s,"]+))*)', re.IGNORECASE)
_PARAMETER = re.compile(r'([A-Za-z_]+)=(?:"([^"]*)"|([^\s,"]+))')


class Seen(NamedTuple):
    """What a registry has at a tag or digest: its digest and media type, and the name of the source that has it."""

    digest: str
    type: str
    source: Source


class Registry:
    """Resolves image references; one for a run, shared by its threads. Tokens are kept by host and repository, in memory alone."""

    def __init__(
        self,
        client: Client,
        credential_of: Callable[[str], Credential | None] | None = None,
        sources_of: Callable[[str], list[Source]] | None = None,
    ) -> None:
        self._client = client
        self._credential_of = credential_of or Keyring()
        self._sources_of = sources_of or Configuration().sources
        self._authorizations: dict[str, str] = {}
        self._bases: dict[str, str] = {}
        self._lock = threading.Lock()
        self._probing = threading.Lock()
        self._looked = Once(self._look)

    def resolve(self, question: Question) -> Pin | NoPin:
        """The digest that the tag has now; of the index, where the tag names one."""
        name, tag = question.name, question.version
        reasons: list[NoPin] = []
        for source in self._sources_of(name):
            found = self._resolved(source, tag)
            if isinstance(found, Pin):
                return found
            reasons.insert(0, found)  # the registry's own comes last, and says most
        if not reasons:
            return NoPin(f"{name}:{tag}: your registries.conf blocks it")
        rule, silent = (next(filter(None, words), "") for words in zip(*((one.rule, one.silent) for one in reasons), strict=True))
        retry = any(one.retry for one in reasons)
        silent = silent if retry and all(one.silent for one in reasons) else ""  # who answered has something to say
        return NoPin("; ".join(dict.fromkeys(one.why for one in reasons)), retry, rule, silent)

    def look(self, name: str, reference: str) -> Seen | NoPin | None:
        """What is at a tag or digest of a repository, each looked at once a run; None if the registry that it belongs to has
        nothing there. What a mirror lacks proves nothing; nor does a 404 of whoever knows no such repository, or does not say."""
        return self._looked((name, reference))

    def _look(self, asked: tuple[str, str]) -> Seen | NoPin | None:
        found: Seen | NoPin | None = NoPin(f"{asked[0]}: your registries.conf blocks it")
        for source in self._sources_of(asked[0]):
            found = self._seen(source, asked[1])
            if isinstance(found, Seen):
                break
        return found

    def _seen(self, source: Source, reference: str) -> Seen | NoPin | None:
        where = f"{source.name}{'@' if ':' in reference else ':'}{reference}"
        try:
            url = f"{self._address(source)}/manifests/{reference}"
            head = self._ask("HEAD", url, source.name)
            announced = head.headers.get("docker-content-digest", "").strip()
            kind = head.headers.get("content-type", "").partition(";")[0].strip()
            if head.status == 200 and kind and _DIGEST.fullmatch(announced):
                return _at(reference, announced, kind, source)
            if head.status not in (200, 404, 405):
                return self._refusal(head, source.name, where)
            got = self._ask("GET", url, source.name)  # some do not answer HEAD rightly
        except Failed as error:
            return NoPin(f"{where}: {error}", retry=error.retry, silent=error.silent)
        if got.status == 200:
            if problem := _contents(got)[1]:  # as a page to log in, of which nothing follows
                return NoPin(f"{where}: {problem}")
            kind = got.headers.get("content-type", "").partition(";")[0].strip()
            return _at(reference, _sum(got.body, reference), kind, source)
        if got.status != 404:
            return self._refusal(got, source.name, where)
        if "MANIFEST_UNKNOWN" in _codes(got.body):
            return None
        return NoPin(f"{where}: the registry knows no such repository, or does not say what it lacks (docker login)")

    def bytes(self, source: Source, digest: str, what: str = "manifests", largest: int = _LARGEST_MANIFEST) -> bytes | NoPin:
        """The manifest, or one of the `blobs`, that a digest names at a source; nothing but what it is the digest of."""
        try:
            got = self._ask("GET", f"{self._address(source)}/{what}/{digest}", source.name, largest=largest)
        except Failed as error:
            return NoPin(f"{source.name}: {error}", retry=error.retry, silent=error.silent)
        if got.status != 200:
            return self._refusal(got, source.name, f"{source.name}@{digest[:19]}…")
        if _sum(got.body, digest) != digest and got.headers.get("content-type", "").startswith("text/html"):
            return strange(f"{source.name}: the registry", "no content")
        if _sum(got.body, digest) != digest:
            return NoPin(f"the registry sends other bytes than those of {digest[:19]}…", rule=CONTRADICTED)
        return got.body

    def _address(self, source: Source) -> str:
        host, _, repository = source.name.partition("/")
        return f"{self._base(host, source.insecure)}/v2/{repository}"

    def content(self, name: str, path: str, accept: str = _ACCEPT, largest: int = _LARGEST_MANIFEST) -> Response:
        """What the registry of a repository ("ghcr.io/acme/app") answers at `manifests/…`, `blobs/…` or `referrers/…`, whatever its
        status. No mirror is asked: what one lacks may be there all the same. Raises Failed."""
        sources = self._sources_of(name)
        if not sources:
            raise Failed(f"{name}: your registries.conf blocks it")
        return self._ask("GET", f"{self._address(sources[-1])}/{path}", sources[-1].name, accept, largest)

    def refusal(self, response: Response, name: str) -> NoPin:
        """Why a registry that answered did not give what it was asked for."""
        return self._refusal(response, name, name)

    def tags(self, name: str) -> list[str] | NoPin:
        """Every tag of a repository ("ghcr.io/acme/chart"), in the registry's order. Mirrors are not asked."""
        host, _, repository = name.partition("/")
        image = parse_image(name)
        if image.problem or image.tag or image.digest or not repository:
            return NoPin("its address is none of a repository in an OCI registry")
        try:
            return self._tags(f"{self._base(host, insecure=False)}/v2/{repository}/tags/list", name)
        except Failed as error:
            return NoPin(f"{name}: {error}", retry=error.retry, silent=error.silent)
        except ValueError:  # urljoin has no other way to say it
            return NoPin(f"{name}: the registry's next page of tags is at a malformed address")

    def _tags(self, url: str, name: str) -> list[str] | NoPin:
        found: list[str] = []
        size = 0
        for _ in range(_MOST_PAGES):
            page = self._ask("GET", url, name, "application/json")
            if page.status == 404:
                return NoPin(f"{name}: the registry knows no such repository")
            if page.status != 200:
                return self._refusal(page, name, name)
            if (tags := _listed(page.body)) is None:
                return strange(f"{name}: the registry", "no list of tags")
            found += tags
            if (size := size + len(page.body)) > _LARGEST_LIST:
                return NoPin(f"{name}: the registry has more than {_LARGEST_LIST // 2**20} MiB of tags")
            match = _NEXT.search(page.headers.get("link", ""))
            if not match:
                return found
            following = urljoin(url, match[1])
            if origin(following) != origin(url) or following == url:
                return NoPin(f"{name}: the registry's next page of tags leads astray")
            url = following
        return NoPin(f"{name}: the registry has more than {_MOST_PAGES} pages of tags")

    def _resolved(self, source: Source, tag: str) -> Pin | NoPin:
        try:
            return self._pin(f"{self._address(source)}/manifests/", source.name, tag)
        except Failed as error:
            return NoPin(f"{source.name}:{tag}: {error}", retry=error.retry, silent=error.silent)

    def _base(self, host: str, insecure: bool) -> str:
        """The address of a registry. Only a loopback or configured host may turn out to speak plain http, as docker has it."""
        api = "registry-1.docker.io" if host == "docker.io" else host
        if not insecure and not is_loopback(origin(f"https://{api}")[1]):
            return f"https://{api}"
        with self._probing:  # one look for all that wait for it
            if host not in self._bases:
                self._bases[host] = f"https://{api}"
                try:
                    self._client.request("GET", f"https://{api}/v2/", tries=1)
                except Failed as error:
                    if not error.untrusted:  # who shows a certificate that nobody vouches for is told nothing at all
                        self._bases[host] = f"http://{api}"
            return self._bases[host]

    def _pin(self, manifests: str, name: str, tag: str) -> Pin | NoPin:
        where = f"{name}:{tag}"
        head = self._ask("HEAD", manifests + tag, name)
        if head.status not in (200, 404, 405):
            return self._refusal(head, name, where)
        announced = head.headers.get("docker-content-digest", "").strip() if head.status == 200 else ""
        if announced and not _DIGEST.fullmatch(announced):
            algorithm = re.sub(r"[^a-z0-9]", "", announced.partition(":")[0])[:16]
            return NoPin(f"{where}: the registry announces no sha256 digest but one of {algorithm or 'no algorithm'}")
        got = self._ask("GET", manifests + (announced or tag), name)
        if got.status == 404 and announced:
            return NoPin(f"{where}: the tag was moved while pinlint asked, or the registry lacks what it announces", retry=True)
        if got.status != 200:
            return self._refusal(got, name, where)
        platforms, problem = _contents(got)
        if problem:
            return NoPin(f"{where}: {problem}")
        digest = "sha256:" + hashlib.sha256(got.body).hexdigest()
        if announced and digest != announced:
            return NoPin(f"the registry announces {announced[:19]}… and sends {digest[:19]}…", rule=CONTRADICTED)
        if not announced and self._ask("GET", manifests + digest, name).body != got.body:
            return NoPin(f"{where}: the registry announces no digest, and does not know {digest[:19]}…, the one of what it sent")
        return Pin(tag, (digest,), manifests + tag, platforms)

    def _ask(self, method: str, url: str, name: str, accept: str = _ACCEPT, largest: int = _LARGEST_MANIFEST) -> Response:
        headers = {"Accept": accept}
        with self._lock:
            authorization = self._authorizations.get(name, "")
        response = self._client.request(method, url, headers, secret=authorization, largest=largest)
        if response.status != 401 or origin(response.url) != origin(url):  # whoever else asks for a password gets none
            return response
        authorization = self._authorize(response, name)
        if not authorization:
            return response
        with self._lock:
            self._authorizations[name] = authorization
        return self._client.request(method, url, headers, secret=authorization, largest=largest)

    def _authorize(self, response: Response, name: str) -> str:
        """The Authorization that answers a 401, or "": a token where the registry wants one, else name and password."""
        found = self._credential_of(name)
        challenges: dict[str, dict[str, str]] = {}
        for header in response.listed("www-authenticate"):
            for match in _CHALLENGE.finditer(header):
                parameters = {key.lower(): quoted or bare for key, quoted, bare in _PARAMETER.findall(match[2])}
                challenges.setdefault(match[1].lower(), parameters)
        if "bearer" in challenges:
            return self._token(challenges["bearer"], response.url, name, found)
        return found.basic if "basic" in challenges and found and found.username else ""

    def _token(self, challenge: dict[str, str], asked: str, name: str, found: Credential | None) -> str:
        """A token for pulling `name`, from the server that the registry names. Source: distribution docs, spec/auth.

        The password is bound to the registry, which may ask for it itself (`Basic`) or have its token server ask, on another host
        as Docker Hub's and GitLab's are. That is docker's protocol, and who answers as the registry over TLS could have it anyway.
        """
        host, _, repository = name.partition("/")
        realm = challenge.get("realm", "")
        if origin(asked)[0] == "https" and origin(realm)[0] != "https":
            raise Failed(f"{host} names a token server without TLS, which is told nothing")
        fields = {"service": challenge.get("service", ""), "scope": f"repository:{repository}:pull"}
        if found and not found.username:
            fields |= {"grant_type": "refresh_token", "refresh_token": found.secret, "client_id": "pinlint"}
            headers = {"Content-Type": "application/x-www-form-urlencoded"}
            content = urlencode(fields).encode()
            answer = self._client.request("POST", realm, headers, content=content, largest=_LARGEST_TOKEN, named_by=asked)
        else:
            address = realm + ("&" if "?" in realm else "?") + urlencode(fields)
            secret = found.basic if found else ""
            answer = self._client.request("GET", address, secret=secret, largest=_LARGEST_TOKEN, named_by=asked)
        if answer.status in (400, 401, 403):
            return ""
        if answer.status != 200:
            told = refused(f"the token server of {host}", answer.status)
            raise Failed(told.why, retry=told.retry)
        try:
            document: Any = json.loads(answer.body)
        except (ValueError, RecursionError):
            document = None
        token = (document.get("token") or document.get("access_token")) if isinstance(document, dict) else None
        if not isinstance(token, str) or not re.fullmatch(r"[!-~]+", token):
            raise Failed(f"the token server of {host} answers with no token")
        return f"Bearer {token}"

    def _refusal(self, response: Response, name: str, where: str) -> NoPin:
        host = name.partition("/")[0]
        if response.status == 404:
            return NoPin(f"{where}: the registry knows no such image or tag")
        known = response.status in (401, 403) and self._credential_of(name) is not None
        what = "the credential for it was refused" if known else "no such image, or not logged in"
        found = refused(f"{where}: the registry", response.status, f"{what} (docker login {host})")
        return found._replace(why=f"{found.why}; logging in may help") if response.status == 429 else found


def _at(reference: str, digest: str, kind: str, source: Source) -> Seen | NoPin:
    """What was seen; a digest that leads to other bytes is a contradiction."""
    if reference.startswith("sha256:") and digest != reference:
        return NoPin(f"the registry has {digest[:19]}… where {reference[:19]}… is asked for", rule=CONTRADICTED)
    return Seen(reference if ":" in reference else digest, kind, source)


def _sum(body: bytes, digest: str) -> str:
    """The digest of bytes, by the algorithm of another digest; by sha256 where that is none."""
    algorithm = digest.partition(":")[0] if digest.startswith(("sha384:", "sha512:")) else "sha256"
    return f"{algorithm}:{hashlib.new(algorithm, body).hexdigest()}"


def _codes(body: bytes) -> list[str]:
    """The codes of the errors in an answer of a registry."""
    try:
        errors: Any = json.loads(body)["errors"]
        return [str(one["code"]) for one in errors]
    except (ValueError, RecursionError, LookupError, TypeError):
        return []


def _listed(body: bytes) -> list[str] | None:
    """The tags of a page; None if it is none."""
    try:
        tags: Any = loaded(body)["tags"]
    except (ValueError, RecursionError, LookupError, TypeError):
        return None
    if tags is None:  # of a repository that lost all of them
        return []
    return tags if isinstance(tags, list) and all(isinstance(one, str) for one in tags) else None


def _contents(response: Response) -> tuple[tuple[str, ...], str]:
    """(the platforms of an index, why the body is no manifest that a digest may stand for: "" = it is one)."""
    try:
        document: Any = json.loads(response.body)
    except (ValueError, RecursionError):
        return (), _STRANGE
    if isinstance(document, dict) and document.get("schemaVersion") == 1:
        return (), "the registry has only a manifest of schema 1, which has no stable digest"
    manifests = document.get("manifests", ()) if isinstance(document, dict) else None
    if not isinstance(manifests, list | tuple) or document.get("schemaVersion") != 2 or not (manifests or "config" in document):
        return (), _STRANGE
    return tuple(filter(None, map(_platform, manifests))), ""


def _platform(entry: object) -> str:
    """The platform of an entry of an index, "linux/arm/v7"; "" where it names none, as attestations do."""
    platform = entry.get("platform") if isinstance(entry, dict) else None
    found = [platform.get(key) for key in ("os", "architecture", "variant")] if isinstance(platform, dict) else []
    words = [word for word in found if isinstance(word, str) and word]
    return "" if "unknown" in words or len(words) < 2 else "/".join(words)
