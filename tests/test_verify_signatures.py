"""NET908 against a real registry: images signed in every way that publishers have used, and in none; one run judges them all."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from conftest import need
from servers import registry as servers
from servers.registry import Registry
from servers.signing import EMPTY, Signed, marks
from servers.sigstore import ISSUER, SAN, Instance, Private, b64, key, pem, simple, statement
from test_fix_images import Project

from pinlint.trust import Signer, Trust
from pinlint.verify.evidence import INVALID, MISSING, TRUE, UNKNOWN, Evidence
from pinlint.verify.signed.candidate import Candidate, of_layer
from pinlint.verify.signed.coverage import Coverage
from pinlint.verify.signed.judgement import judged
from pinlint.verify.signed.trusted import Trusted
from pinlint.verify.sigstore import root

SIGN, SLSA = "https://sigstore.dev/cosign/sign/v1", "https://slsa.dev/provenance/v1"
KEYLESS = f"identity = '{SAN}'\nissuer = '{ISSUER}'\n"
#: The same, from which nobody can tell of which repository GitHub might be asked.
ALIKE = f"identity-regexp = '{re.escape(SAN)}'\nissuer = '{ISSUER}'\n"
BY_KEY, UNLOGGED = "key = 'keys/cosign.pub'\n", "key = ['keys/other.pub', 'keys/cosign.pub']\nlog = false\n"


class World(NamedTuple):
    """Who signs: an instance, one that calls itself the same, and a key."""

    registry: Registry
    mine: Instance
    fake: Instance
    private: Private

    def said(self, image: Signed, predicate: str = SIGN, **how: Any) -> dict[str, Any]:
        return self.mine.envelope(statement(predicate, image.digest), **how)


class Case(NamedTuple):
    """How an image is signed, what the policy says, and what is found: a part of the message, "" where it is true."""

    signs: Callable[[World, Signed], object]
    found: str = ""
    policy: str = KEYLESS
    child: bool = False


def nothing(*_: object) -> None:
    """Nobody signs it."""


def each(*made: object) -> None:
    """Several signatures."""


def platforms(world: World, image: Signed, count: int, attested: bool = False) -> None:
    for one in (image.attestations if attested else image.images)[:count]:
        image.refer(world.mine.envelope(statement(SIGN, one["digest"])), one)


def noise(world: World, image: Signed) -> None:
    """What anybody who may push can put there, before the signature that counts."""
    junk: object
    for junk in ({}, [], "x", {"mediaType": "application/vnd.dev.sigstore.bundle.v0.3+json"}, {"dsseEnvelope": {"payload": 3}}):
        image.refer(junk)
    image.older(b"{}", {})
    image.older(b"no json", {"dev.sigstore.cosign/bundle": "[]"})
    image.refer(world.fake.envelope(statement(SIGN, image.digest)))
    image.refer(world.said(image))


def elsewhere(world: World, image: Signed) -> None:
    other = Signed(world.registry, "team/signatures")
    other.refer(world.said(image), image.index)


def withheld(world: World, image: Signed) -> None:
    """The index is signed, and the registry does not show it."""
    image.digest = f"sha256:{'5a' * 32}"
    image.refer(world.said(image), {**image.index, "digest": image.digest})


def scanned(world: World, image: Signed) -> None:
    other = Signed(world.registry, image.name, "https://in-toto.io/attestation/vulns")
    platforms(world, other, 2, attested=True)
    image.digest = other.digest


CASES = {
    "cosign-3": Case(lambda world, image: image.refer(world.said(image))),
    "cosign-3-listed-as-empty": Case(lambda world, image: image.refer(world.said(image), listed=EMPTY)),
    "cosign-3-by-key": Case(lambda world, image: image.refer(world.said(image, private=world.private)), policy=BY_KEY),
    "github-pushed": Case(lambda world, image: image.refer(world.said(image, SLSA))),
    "cosign-2": Case(lambda world, image: image.older(*older(world, image))),
    "cosign-2-by-key": Case(lambda world, image: image.by_key(world.private, world.mine), policy=BY_KEY),
    "cosign-2-by-key-unlogged": Case(lambda world, image: image.by_key(world.private), policy=UNLOGGED),
    "cosign-1-attested": Case(lambda world, image: image.attested(world.said(image, SLSA, log="intoto 0.0.1"))),
    "noise": Case(noise),
    "one-of-two-signers": Case(
        lambda world, image: image.by_key(world.private),
        policy=f"signers = [{{ identity = '{SAN}', issuer = '{ISSUER}' }}, {{ key = 'keys/cosign.pub', log = false }}]\n",
    ),
    "whole-expression": Case(
        lambda world, image: image.refer(world.said(image)),
        policy="identity-regexp = 'https://github\\.com/acme/.*'\nissuer-regexp = 'https://token\\.actions\\.[a-z.]+'\n",
    ),
    "elsewhere": Case(elsewhere, policy=f"{KEYLESS}repository = 'HOST/team/signatures'\n"),
    "docker": Case(lambda world, image: platforms(world, image, 2, attested=True)),
    "platforms": Case(lambda world, image: platforms(world, image, 2), policy=f"{KEYLESS}covers = 'platforms'\n"),
    "child-of-signed-index": Case(lambda world, image: image.refer(world.said(image)), child=True),
    "none-demanded": Case(nothing, policy="none = true\n"),
    # from here on something is found
    "unsigned": Case(nothing, "nobody has signed it, as verify.signatures", ALIKE),
    "key-unlogged": Case(lambda world, image: image.by_key(world.private), "no transparency log vouches for it", BY_KEY),
    "another-key": Case(lambda world, image: image.by_key(key()), "signed with a key that the policy does not name", UNLOGGED),
    "key-for-login": Case(lambda world, image: image.by_key(world.private), "signed with a key that the policy does not name"),
    "about-another": Case(
        lambda world, image: image.refer(world.mine.envelope(statement(SIGN, image.images[0]["digest"]))), "about another artifact"
    ),
    "older-about-another": Case(
        lambda world, image: image.older(*older(world, image, image.images[0]["digest"])), "it is about another artifact"
    ),
    "stranger": Case(
        lambda world, image: image.refer(world.said(image, san="https://github.com/evil/app/.github/workflows/x.yml@refs/heads/main")),
        f"signed by https://github.com/evil/app/.github/workflows/x.yml@refs/heads/main (issuer {ISSUER}), whom the policy",
    ),
    "other-issuer": Case(
        lambda world, image: image.refer(world.said(image, issuer="https://evil.example")), "(issuer https://evil.example)"
    ),
    "only-a-beginning": Case(
        lambda world, image: image.refer(world.said(image, san="https://github.com/acme-evil/app/x.yml@refs/heads/main")),
        "signed by https://github.com/acme-evil/", f"identity-regexp = 'https://github\\.com/acme'\nissuer = '{ISSUER}'\n",
    ),
    "control-characters": Case(
        lambda world, image: image.refer(world.said(image, san="https://x.example/\x1b[2J", issuer="\u202e::error::")),
        r"https://x.example/\x1b[2J (issuer \u202e",
    ),
    "same-names": Case(
        lambda world, image: image.refer(world.fake.envelope(statement(SIGN, image.digest))), "does not know"
    ),
    "list-of-parts": Case(lambda world, image: image.refer(world.said(image, "https://spdx.dev/Document")), "only https://spdx.dev"),
    "notation": Case(
        lambda world, image: image.refer({}, kind="application/vnd.cncf.notary.signature"), "signed with Notation, which pinlint"
    ),
    "docker-by-half": Case(
        lambda world, image: platforms(world, image, 1, attested=True), "1 of its 2 platforms are unsigned"
    ),
    "index-alone": Case(
        lambda world, image: image.refer(world.said(image)), "nobody has signed it", f"{KEYLESS}covers = 'platforms'\n"
    ),
    "child-of-unsigned-index": Case(nothing, "nobody has signed it", ALIKE, child=True),
    "platforms-withheld": Case(
        withheld, "nobody has signed it, as verify.signatures", f"{KEYLESS}covers = 'platforms'\n"
    ),
    "scans-of-each-platform": Case(scanned, "nobody has signed it", ALIKE),
    "no-such-key": Case(nothing, "keys/gone.pub, which verify.signatures", "key = 'keys/gone.pub'\n"),
    "no-key-at-all": Case(nothing, "it is no public key in PEM", "key = 'Dockerfile'\n"),
}  # fmt: skip


def older(world: World, image: Signed, about: str = "") -> tuple[bytes, dict[str, str]]:
    payload = simple(about or image.digest)
    return payload, marks(world.mine.message(payload, proof=False))


class Results(NamedTuple):
    """What one run said, by image, the same from its record without a network, and from one in which every signature has another
    byte."""

    messages: dict[str, str]
    replayed: dict[str, str]
    err: str
    doctored: dict[str, str]


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Results:
    need("docker-registry")
    folder = tmp_path_factory.mktemp("signed")
    with servers.registry(folder / "registry") as registry:
        world = World(registry, Instance(), Instance(), key())
        project = Project(folder)
        project.write(pem(world.private), "keys/cosign.pub")
        project.write(pem(key()), "keys/other.pub")
        project.write(json.dumps(world.mine.trusted_root()), "root.json")
        lines: list[str] = []
        rules: list[str] = []
        for name, case in CASES.items():
            image = Signed(registry, f"team/{name}")
            case.signs(world, image)
            pin = image.images[0]["digest"] if case.child else image.digest
            lines.append(f"FROM {registry.host}/team/{name}:1@{pin} AS s{len(lines)}\n")
            policy = case.policy.replace("HOST", registry.host)
            rules.append(f"[[verify.signatures]]\npattern = 'image:{registry.host}/team/{name}'\n{policy}")
            rules.append("" if "none" in policy else "trusted-root = 'root.json'\n")
        project.write("".join(lines))
        project.write("".join(rules), "pinlint.toml")
        ran = project.run("verify", "--select=NET908", "--output-format=json", "--save-resolutions=record.json", "Dockerfile")
    again = project.run("verify", "--select=NET908", "--output-format=json", "--resolutions=record.json", "Dockerfile")
    record = json.loads(project.text("record.json"))
    for one in record["evidence"]:
        one["facts"]["candidates"] = [json.dumps(doctored(json.loads(text))) for text in one["facts"].get("candidates", ())]
    project.write(json.dumps(record), "doctored.json")
    wrong = project.run("verify", "--select=NET908", "--output-format=json", "--resolutions=doctored.json", "Dockerfile")
    return Results(said(ran.out), said(again.out), ran.err, said(wrong.out))


def doctored(found: Any) -> Any:
    """A signature as it was found, with another byte in what is signed with."""
    if isinstance(found, list):
        return list(map(doctored, found))
    if not isinstance(found, dict):
        return found
    return {
        key: other(one) if key in ("sig", "signature") and isinstance(one, str) else doctored(one) for key, one in found.items()
    }


def other(signature: str) -> str:
    data = bytearray(base64.b64decode(signature))
    data[-1:] = bytes([data[-1] ^ 1]) if data else b""
    return b64(bytes(data))


def said(out: str) -> dict[str, str]:
    return {one["name"].rpartition("/")[2]: one["message"] for one in json.loads(out)["findings"]}


@pytest.mark.parametrize("name", CASES)
def test_an_image_is_judged_by_who_signed_it(results: Results, name: str) -> None:
    found = CASES[name].found
    message = results.messages.get(name, "")
    assert bool(message) == bool(found), (message, results.err)
    assert found in message


def test_a_record_is_verified_again_without_a_network(results: Results) -> None:
    assert results.messages
    assert results.replayed == results.messages


@pytest.mark.parametrize("name", [name for name, case in CASES.items() if not case.found and "none" not in case.policy])
def test_a_record_in_which_somebody_changed_a_signature_is_believed_no_more(results: Results, name: str) -> None:
    assert name not in results.messages
    assert results.doctored.get(name)


def test_of_what_is_gone_nobody_hears_that_it_is_not_signed(tmp_path: Path) -> None:
    """Unless the finding that it is gone has an exception, which is none for the signature."""
    need("docker-registry")
    with servers.registry(tmp_path / "registry") as registry:
        name = Signed(registry, "team/a").name
        project = Project(tmp_path)
        project.write(f"[[verify.signatures]]\npattern = 'image:*'\ntrusted-root = 'root.json'\n{ALIKE}", "pinlint.toml")
        project.write(json.dumps(Instance().trusted_root()), "root.json")
        line = f"FROM {registry.host}/{name}:1@sha256:{'5a' * 32}\n"
        for text, rules in ((line, ["NET902"]), (f"# pinlint: ignore[NET902] we know\n{line}", ["NET908"])):
            project.write(text)
            ran = project.run("verify", "--select=NET902,NET908", "--output-format=json", "Dockerfile")
            shown = [one for one in json.loads(ran.out)["findings"] if not one.get("suppressed")]
            assert [one["rule"] for one in shown] == rules, ran


RULE = Trust("image:*", "", (Signer(identity=SAN, issuer=ISSUER),))
ONE, TWO, BAD = (f"sha256:{number:064x}" for number in range(3))
LINUX, NOWHERE = {"os": "linux", "architecture": "amd64"}, {"os": "unknown", "architecture": "unknown"}
GOOD = [{"digest": ONE, "platform": LINUX}, {"digest": TWO, "platform": {"os": "linux", "architecture": "arm64"}}]


def trusting(mine: Instance) -> Trusted:
    return Trusted(root.roots(json.dumps(mine.trusted_root()).encode()), ((),))


@pytest.mark.parametrize(
    ("index", "state"),
    [
        pytest.param(json.dumps({"manifests": GOOD}), TRUE, id="both-signed"),
        pytest.param(json.dumps({"manifests": GOOD * 3_000}), TRUE, id="again-and-again"),
        pytest.param(json.dumps({"manifests": [*GOOD, {"digest": BAD, "platform": NOWHERE}]}), TRUE, id="attestation"),
        pytest.param(json.dumps({"manifests": [*GOOD, {"digest": BAD}]}), MISSING, id="one-unsigned"),
        # what follows is read otherwise by Go's programs, which are those that run images
        pytest.param(json.dumps({"manifests": GOOD, "Manifests": [{"digest": BAD}]}), MISSING, id="list-in-capitals"),
        pytest.param(json.dumps({"manifests": GOOD, "manife\u017fts": [{"digest": BAD}]}), MISSING, id="list-with-a-long-s"),
        pytest.param(json.dumps({"manifests": [{**GOOD[0], "Digest": BAD}, GOOD[1]]}), MISSING, id="digest-in-capitals"),
        pytest.param(
            json.dumps({"manifests": [*GOOD, {"digest": BAD, "platform": NOWHERE, "Platform": LINUX}]}), MISSING, id="platform"
        ),
        pytest.param(
            json.dumps({"manifests": [*GOOD, {"digest": BAD, "platform": {**NOWHERE, "OS": "linux"}}]}),
            MISSING,
            id="os-in-capitals",
        ),
        pytest.param(f'{{"manifests": [{{"digest": "{BAD}"}}], "manifests": {json.dumps(GOOD)}}}', MISSING, id="list-twice"),
        pytest.param(json.dumps({"manifests": GOOD, "config": {}, "layers": []}), MISSING, id="image-and-index"),
        pytest.param(json.dumps({"manifests": [{"digest": f"sha256:{one:064}"} for one in range(51)]}), UNKNOWN, id="too-many"),
    ],
)
def test_an_index_that_nobody_signed_is_what_its_platforms_are(index: str, state: str) -> None:
    mine = instance()
    signed = [Candidate("", one, mine.envelope(statement(SIGN, one))).text for one in (ONE, TWO)]
    found = Coverage(Evidence({"candidates": signed, "manifests": [b64(index.encode())]}), RULE, trusting(mine))
    assert found.of(f"sha256:{hashlib.sha256(index.encode()).hexdigest()}").state == state


def test_of_countless_signatures_some_are_judged() -> None:
    mine = instance()
    by_others = mine.envelope(statement(SIGN, ONE), san="https://evil.example")
    noise = [Candidate(str(number), ONE, by_others if number == 0 else {}).text for number in range(201)]
    found = Coverage(Evidence({"candidates": noise}), RULE, trusting(mine)).of(ONE)
    assert (found.state, found.why) == (UNKNOWN, "201 signatures lie beside it, of which only 200 are looked at")


@cache
def instance() -> Instance:
    return Instance()


def test_what_is_stamped_is_the_envelope_that_is_judged() -> None:
    mine, digest = instance(), f"sha256:{'5a' * 32}"
    bundle = mine.envelope(statement(SIGN, digest), log="intoto 0.0.1")
    text = json.dumps(bundle["dsseEnvelope"], separators=(",", ":"))
    found = of_layer(".att tag", digest, marks(bundle), text.encode())
    assert judged(found, digest, RULE, trusting(mine)).state == TRUE
    other = b64(text.replace(bundle["dsseEnvelope"]["payload"], b64(b"{}")).encode())
    assert judged(found._replace(payload=other), digest, RULE, trusting(mine)) == (INVALID, "what is stamped is another envelope")
