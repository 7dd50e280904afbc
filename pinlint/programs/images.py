"""Images that docker, podman and nerdctl run or pull, and those that commands build.

Sources: the helps of Docker 29 and Podman 5.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from pinlint.programs.asked import image, one
from pinlint.programs.options import Options, given, options, subcommand

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pinlint.model import Fact, Reference
    from pinlint.programs.words import Context, Invocation, Word

__all__ = ["built", "read"]

_GLOBAL = (
    "--config -c --context -H --host -l --log-level --tlscacert --tlscert --tlskey --connection --identity --root --runroot --url"
)
#: Options of `docker run` and `podman run` that take no word.
_RUN = (
    "--detach --disable-content-trust --env-host --help --http-proxy --init --interactive --no-healthcheck --no-hosts "
    "--oom-kill-disable --privileged --publish-all --quiet --read-only --replace --rm --rmi --sig-proxy --tls-verify --tty "
    "--use-api-socket --no-hostname --passwd --read-only-tmpfs --rootfs --unsetenv-all --debug --tls --tlsverify -d -i -P -q -t "
    "-D"
)
_PULL = (
    "--platform --arch --os --variant --authfile --cert-dir --creds --signature-policy --retry --retry-delay "
    "--decryption-key --policy --unpack"
)
_PULL_SWITCHES = "-a --all-tags --disable-content-trust -q --quiet --tls-verify --help"
_BUILD = (
    "-t --tag -f --file --build-arg --target --platform --cache-from --cache-to --label -o --output --progress --secret --ssh "
    "--network --add-host --builder --iidfile --metadata-file --attest --sbom --provenance --allow --build-context "
    "--cgroup-parent --shm-size --ulimit --memory -m --memory-swap --cpu-shares -c --cpu-period --cpu-quota --cpuset-cpus "
    "--cpuset-mems --isolation --security-opt --no-cache-filter --annotation --format --layers --volume -v --squash-all --jobs "
    "--manifest --env --userns --ignorefile --creds"
)
_BUILD_SWITCHES = (
    "--no-cache --pull --push --load -q --quiet --rm --force-rm --squash --compress --check -D --debug "
    "--disable-content-trust --layers"
)
_NAMES = ("", "container ", "image ", "builder ", "buildx ")
_HOW = {
    "run": "run",
    "create": "run",
    "pull": "pull",
    "build": "build",
    "b": "build",
    "tag": "tag",
    "commit": "tag",
    "import": "tag",
}
_COMMANDS = {**dict.fromkeys(_NAMES[1:], ""), **{f"{name}{word}": how for name in _NAMES for word, how in _HOW.items()}}


@cache
def _table(how: str) -> Options:
    if how == "run":
        return options("", _RUN, ends=True, other="always")
    if how == "pull":
        return options(_PULL, _PULL_SWITCHES)
    return options(_BUILD, _BUILD_SWITCHES) if how else options(_GLOBAL, "-D --debug --tls --tlsverify -v --version --remote")


def read(call: Invocation, context: Context) -> Iterator[Reference | Fact]:
    """What a call runs or pulls."""
    name, words = subcommand(call.words, _COMMANDS, _table(""))
    how = _COMMANDS.get(name, "")
    if name == "buildx create" or how not in ("run", "pull"):
        return
    asked = given(words, _table(how))
    if asked.has("--rootfs"):
        return
    for number, word in enumerate(asked.operands):
        role = context.role or ("image that is run" if how == "run" else "image that is pulled")
        found = one(word, "image", role, image, asked.doubted.get(number, ""))
        if how == "pull" and found.notation and context.document.text.count(word.text) > 1:
            found = found.unpinnable()  # a pull by digest makes no tag: another command would not find the image
        yield found


def built(calls: Iterable[Invocation]) -> Iterator[str]:
    """The names of images that calls build, tag or load, as written; a variable in a tag does not matter."""
    for call in calls:
        if call.program not in ("docker", "podman", "nerdctl", "buildah", "img", "kaniko"):
            continue
        words = call.words
        if call.program == "buildah" and words and words[0].text in ("bud", "commit", "tag"):
            words = [words[0]._replace(text={"bud": "build"}.get(words[0].text, words[0].text)), *words[1:]]
        name, words = subcommand(words, _COMMANDS, _table(""))
        how = _COMMANDS.get(name, "")
        if how == "build":
            yield from (word.text for word in given(words, _table(how)).values("-t", "--tag"))
        elif how == "tag":
            yield from (word.text for word in _tagged(words))


def _tagged(words: list[Word]) -> list[Word]:
    return given(words, options("-a --author -c --change -m --message --platform", "-p --pause")).operands[1:]
