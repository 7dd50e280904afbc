"""What docker, podman, crane, regctl, skopeo, oras and flux build, pull, tag, push and copy.

Sources: the helps of Docker 29 and buildx 0.30, Podman 5, crane 0.20, regctl 0.11, skopeo 1.21, oras 1.3, Flux 2.7 (2026-08). An
option that nobody knows may take the next word: then that is no operand for certain.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from pinlint.programs.acts import Act, of_image
from pinlint.programs.image_names import Named
from pinlint.programs.options import Given, Options, given, options, subcommand

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinlint.programs.words import Invocation

__all__ = ["acts"]

_DOCKER = {
    "build": "build", "buildx ": "", "buildx build": "build", "buildx bake": "bake", "buildx imagetools ": "",
    "buildx imagetools create": "create", "imagetools ": "", "imagetools create": "create", "pull": "pull", "push": "push",
    "tag": "tag", "image ": "", "image build": "build", "image pull": "pull", "image push": "push", "image tag": "tag",
    "builder ": "", "builder build": "build", "compose ": "", "compose push": "bake", "compose build": "bake", "commit": "build",
    "load": "build", "import": "build", "manifest ": "", "manifest push": "push", "manifest create": "build", "bud": "build",
}  # fmt: skip
_UPLOADS = {"push": "uploads", "append": "uploads", "mutate": "uploads", "index ": "", "index append": "uploads"}
_CRANE = {"copy": "copy", "cp": "copy", "tag": "retag", **_UPLOADS}
_REGCTL = {"image ": "", "image copy": "copy", "image cp": "copy", "index ": "", "index create": "uploads"}
_OF_SKOPEO = (
    "--command-timeout --override-arch --override-os --override-variant --policy --registries.d --tmpdir --multi-arch "
    "--additional-tag --authfile --src-authfile --dest-authfile --src-cert-dir --dest-cert-dir --src-creds --dest-creds "
    "--src-registry-token --dest-registry-token --dest-compress-format --dest-compress-level --format -f --sign-by "
    "--sign-passphrase-file --sign-by-sigstore --sign-by-sigstore-private-key --sign-identity --digestfile "
    "--encryption-key --encrypt-layer --decryption-key --retry-times --retry-delay --src-shared-blob-dir "
    "--dest-shared-blob-dir --src-username --src-password --dest-username --dest-password --src-daemon-host "
    "--dest-daemon-host --image-parallel-copies --src-tls-verify --dest-tls-verify -s --src -d --dest"
)
_SKOPEO_SWITCHES = (
    "--debug --insecure-policy --all -a --preserve-digests --remove-signatures --quiet -q --src-no-creds --dest-no-creds "
    "--dest-compress --dest-decompress --dest-precompute-digests --dest-oci-accept-uncompressed-layers --scoped --keep-going"
)
_OF_ORAS = (
    "--from-username --from-password --to-username --to-password --platform --concurrency --registry-config "
    "--from-registry-config --to-registry-config --username -u --password -p --ca-file --from-ca-file --to-ca-file "
    "--format --artifact-type --annotation -a --config --export-manifest --annotation-file --from-resolve --to-resolve"
)
_ORAS_SWITCHES = (
    "-r --recursive -v --verbose -d --debug --no-tty --insecure --plain-http --from-insecure --to-insecure "
    "--from-plain-http --to-plain-http --password-stdin"
)
_OF_REGCTL = "--platform --platforms --logopt --host -v --verbosity --format --referrers-src --referrers-tgt --user-agent"
_REGCTL_SWITCHES = "--referrers --digest-tags --fast --force-recursive --include-external --verbose"
_OF_CRANE = "--platform -j --jobs"
_CRANE_SWITCHES = "--allow-nondistributable-artifacts --insecure -v --verbose -a --all-tags -n --no-clobber"
_OF_FLUX = (
    "--tag --creds --provider -n --namespace --context --kubeconfig --timeout --cluster -f --path --source --revision "
    "-a --annotations -o --output --ignore-paths --layer-type --layer-media-type"
)
_FLUX_SWITCHES = "--insecure-registry --verbose --debug --reproducible --resolve-symlinks"
#: By program: its subcommands with what they do, its options that take a word, and those that take none.
_COPIERS = {
    "crane": (_CRANE, _OF_CRANE, _CRANE_SWITCHES),
    "gcrane": (_CRANE, _OF_CRANE, _CRANE_SWITCHES),
    "flux": ({"push ": "", "push artifact": "uploads", "tag ": "", "tag artifact": "retag"}, _OF_FLUX, _FLUX_SWITCHES),
    "oras": ({"cp": "copy", "copy": "copy", "tag": "retag", "push": "uploads"}, _OF_ORAS, _ORAS_SWITCHES),
    "regctl": (_REGCTL, _OF_REGCTL, _REGCTL_SWITCHES),
    "skopeo": ({"copy": "copy", "sync": "sync"}, _OF_SKOPEO, _SKOPEO_SWITCHES),
}
_BUILD = (
    "-t --tag -f --file --build-arg --platform --target --label --cache-from --cache-to --output -o --progress --secret --ssh "
    "--builder --iidfile --metadata-file --network --add-host --build-context --annotation --attest --provenance --sbom "
    "--isolation --shm-size --ulimit --format --authfile --digestfile --layers --jobs -p -m --memory --append --prefer-index"
)
_SWITCHES = (
    "--append --dry-run --prefer-index -q --quiet -a --all-tags --disable-content-trust --push --load --pull --no-cache --rm -D "
    "--debug --all"
)


_OF_PULL = "--platform --arch --os --variant --authfile --cert-dir --creds --digestfile --format --sign-by --retry --retry-delay"


@cache
def _table(program: str) -> Options:
    if program in _COPIERS:
        return options(_COPIERS[program][1], _COPIERS[program][2])
    if program == "create":
        return options(_BUILD, _SWITCHES)
    if program in ("tag", "pull", "push"):
        return options(_OF_PULL, f"{_SWITCHES} -f --force --remove-signatures --tls-verify")
    return options(_BUILD + " --config -c --context -H --host -l --log-level", _SWITCHES)


def acts(call: Invocation) -> Iterator[Act]:
    """What a call does to images."""
    program = call.program if call.program in _COPIERS else "docker"
    known = _COPIERS[program][0] if program in _COPIERS else _DOCKER
    name, words = subcommand(call.words, known, _table(program))
    how = known.get(name, "")
    if not how:
        return
    asked = given(words, _table(how if how in ("create", "tag", "pull", "push") else program))
    if how in ("build", "bake"):
        yield from _built(asked, how, call)
    elif how == "create":
        yield from _assembled(asked, call)
    elif how == "uploads":
        yield Act("push", call, of_image(asked.values("-t", "--tag", "--new_tag") or asked.operands[-1:], call))
    elif how in ("pull", "push"):
        yield Act(how, call, of_image(asked.operands[: 1 if how == "pull" else None], call), [], asked.options)
    elif how == "sync":
        yield from _synchronized(asked, call)
    else:
        yield from _copied(asked, how, call)


def _built(asked: Given, how: str, call: Invocation) -> Iterator[Act]:
    tagged = of_image(asked.values("-t", "--tag"), call)
    context = [Named("local", word.text, "", word.text) for word in asked.operands[-1:]]
    yield Act("build", call, tagged, context if how == "build" else [], asked.options)
    outputs = asked.values("-o", "--output")
    registry = any("push=true" in word.text or "type=registry" in word.text for word in outputs)
    if registry or asked.has("--push") or (how == "bake" and "push" in [word.text for word in call.words]):
        yield Act("push", call, tagged, [], asked.options)


def _assembled(asked: Given, call: Invocation) -> Iterator[Act]:
    """An index that is made of others: of one source it is a copy, if that is certain to be one."""
    tagged = of_image(asked.values("-t", "--tag"), call)
    plain = len(asked.operands) == 1 and not asked.doubted and not asked.has("--append", "--dry-run", "-f", "--file")
    if plain:
        for _, target in tagged:
            yield Act("copy", call, of_image(asked.operands, call), [target], asked.options)
    if tagged and not asked.has("--dry-run"):
        yield Act("push", call, tagged, [], asked.options)


def _synchronized(asked: Given, call: Invocation) -> Iterator[Act]:
    """One image by tag, which keeps its name and its tag below the destination."""
    transports = [word.text for word in (asked.value("-s", "--src"), asked.value("-d", "--dest")) if word is not None]
    if transports != ["docker", "docker"] or len(asked.operands) != 2 or asked.doubted or asked.has("-a", "--all"):
        return
    [(word, image), (_, below)] = of_image(asked.operands, call)
    if image.how == "tag" and image.tag and below.how == "tag" and not below.tag:
        name = f"{below.name}/{image.name.rpartition('/')[2]}"
        yield Act("copy", call, [(word, image)], [Named("tag", name, image.tag, f"{name}:{image.tag}")], asked.options)


def _copied(asked: Given, how: str, call: Invocation) -> Iterator[Act]:
    operands = asked.operands + (asked.values("--tag") if call.program == "flux" else [])
    if len(operands) < 2 or asked.doubted or asked.has("--all-tags") or (asked.has("-a") and call.program in ("crane", "gcrane")):
        return
    source, *others = operands if how == "retag" else operands[:2]
    [(word, image)] = of_image([source], call)
    if call.program == "skopeo" and image.how == "tag" and "://" not in word.text and word.clear:
        return
    if how == "tag":
        yield Act("tag", call, [(word, image)], [target for _, target in of_image(others, call)])
        return
    targets = [Named("tag", image.name, one.text, f"{image.name}:{one.text}") for one in others] if how == "retag" else []
    if how == "copy":
        targets = [target for _, target in of_image(others, call)]
    for target in targets:
        yield Act("copy", call, [(word, image)], [target], asked.options)
        yield Act("push", call, [(others[0], target)], [], asked.options)
