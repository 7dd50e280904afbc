"""Images that the commands of a repository build or name: `docker build -t`, `docker tag`, bake targets, Compose services with a
build, tags of build actions. Whoever names one means it, wherever that is written.

Looks at the bytes of the files that may hold such commands, once a run and only where an image is asked for without a digest. Must
not know who asks. Source: the helps of docker, podman, nerdctl and buildah; docker/build-push-action, action.yml.
"""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING

from pinlint.ecosystems.oci.names import parse_image
from pinlint.text import Unread

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinlint.model import Reference
    from pinlint.tree import Tree

__all__ = ["FAMOUS", "OFFICIAL", "own"]

_SCRIPTS = (".sh", ".bash", ".zsh", ".mk", ".ps1", ".just", ".groovy", ".bats")
#: Other files by name: nearly every path of a repository is looked at.
_MAYBE = (".yml", ".yaml", ".json", ".hcl")
_NAMES = re.compile(
    r"(?:.*/)?(?:(?:GNU)?[Mm]akefile(?:\.[^/]*)?|\.?[Jj]ustfile|[Tt]askfile[^/]*\.ya?ml|[^/]*Jenkinsfile[^/]*|package\.json"
    r"|docker-bake[^/]*\.(?:hcl|json)|action\.ya?ml|cloudbuild[^/]*\.ya?ml|[^/]*(?:compose|docker-stack)[^/]*\.ya?ml"
    r"|[^/]*(?:gitlab-ci|azure-pipelines|bitbucket-pipelines|drone|woodpecker)[^/]*\.ya?ml)"
    r"|(?:.*/)?\.(?:github|gitlab|circleci|forgejo|gitea|woodpecker|azure-pipelines|buildkite)/.*\.ya?ml"
)
#: Folders of programs that a repository runs itself; a script there needs no ending.
_SCRIPTED = r"(?:\A|/)(?:s?bin|scripts?|hack|tools?|utils?|ci|build|dev|devops|tests?)/[^/]+\Z"
#: What such a file holds, one of each.
_BUILDERS = (b"docker", b"podman", b"nerdctl", b"buildah", b"build:", b"tags", b"OCI", b"CONTAINER", b"DOCKER")
_FILES, _LARGEST, _TOGETHER = 5_000, 512 * 1024, 32 * 1024 * 1024
_LONGEST = 500  # characters of a name as it is written

#: A program, or a variable that is called as one; one may stand for the whole command (`$(OCI_BUILD) -t x .`).
_COMMAND = (
    r"(?:(?:\b(?:docker|podman|nerdctl|buildah)|\$[({]?\w{0,60}(?i:docker|podman|container|engine|oci)\w{0,60}[)}]?)[ \t]+"
    r"(?:(?:image|buildx|builder|container)[ \t]+)?(?P<what>build|bud|tag|commit|import)\b"
    r"|\$[({]?\w{0,60}(?i:build)\w{0,60}[)}]?(?=[ \t]))"
    r"(?P<rest>(?:[^\n\\]|\\\r?\n|\\.)*+)"
)
#: What fills in a part of a name, in one piece.
_FILLED_IN = r"\$\([^()\n]*\)|\$\{\{[^}\n]{0,300}\}\}"
_OPTION = rf"(?<=[\s\"',\[])(?:-t|--tag)(?:[ \t=]+|[\"'],?[ \t]*)[\"']?(?P<name>(?:{_FILLED_IN}|[^\s\"',;|&)\]])+)"
_WORD = rf"\"[^\"]*\"|'[^']*'|(?:{_FILLED_IN}|[^\s;|&\"'])+"
_LISTED = (
    r"(?m)^(?P<indent>[ \t]*+)-?[ \t]*+[\"']?tags[\"']?[ \t]*[:=][ \t]*(?P<inline>[^\n]*)\n"
    r"(?P<below>(?:(?P=indent)[ \t]+[^\n]*\n|[ \t]*\n)*+)"
)
_ITEM = rf"(?:{_FILLED_IN}|[^\s\"',\[\]|>-])(?:{_FILLED_IN}|[^\s\"',\[\]])*"
_SERVICE = r"(?m)^(?P<indent>[ ]+)(?:image|build):[^\n]*\n(?:(?P=indent)[^\n]*\n|[ \t]*\n)*+"
_SERVED = r"(?m)^{}image:[ \t]*[\"']?([^\s\"'#]+)"
_SET = (
    r"(?m)^[ \t]*+(?:export[ \t]+|-[ \t]+|set[ \t]+)?\$?(?P<name>[A-Za-z_]\w*)[ \t]*+(?::|[:?]?=)[ \t]*+[\"']?"
    r"(?P<value>[^\s\"'#;]{1,200})"
)
_VARIABLE = r"\$(?:\{\{\s*env\.(?P<env>\w+)\s*\}\}|\{(?P<braced>\w+)(?::?-(?P<default>[^}]*))?\}|\((?P<made>\w+)\)|(?P<plain>\w+))"
_LINKS = 3  # of variables made of variables

#: What everybody builds on: whoever names one means that of Docker Hub, even where some script gives an image of its own that name.
FAMOUS = frozenset((
    "adminer", "alpine", "amazoncorretto", "archlinux", "bash", "busybox", "caddy", "cassandra", "centos", "chronograf",
    "clojure", "consul", "couchbase", "couchdb", "dart", "debian", "docker", "eclipse-mosquitto", "eclipse-temurin",
    "elasticsearch", "elixir", "erlang", "fedora", "fluentd", "gcc", "ghost", "golang", "gradle", "grafana", "groovy",
    "haproxy", "haskell", "hello-world", "httpd", "influxdb", "jenkins", "jetty", "joomla", "jruby", "julia", "kafka", "kibana",
    "kong", "logstash", "mariadb", "maven", "memcached", "mongo", "mongo-express", "mysql", "nats", "nextcloud", "nginx",
    "node", "openjdk", "oraclelinux", "perl", "php", "postgres", "prometheus", "pypy", "python", "rabbitmq", "redis",
    "registry", "rockylinux", "ruby", "rust", "sonarqube", "solr", "swift", "tomcat", "traefik", "ubuntu", "vault", "wordpress",
    "zookeeper",
))  # fmt: skip
#: Where the names of one word lead.
OFFICIAL = "docker.io/library/"

#: For each name the tags that are built, "" for one that nobody can tell, and the file that says so.
_Built = dict[str, dict[str, str]]


def own(reference: Reference, tree: Tree) -> str:
    """Why an image that is asked for without a digest is one of this repository's own; "" if nothing says so.

    A name of one word may be another's, so its tag counts, too; one with a registry or a namespace is the repository's own.
    """
    artifact = reference.artifact
    if artifact.kind != "image" or reference.verdict not in ("floating", "tag") or reference.digests:
        return ""
    short = artifact.name.removeprefix(OFFICIAL) if artifact.name.startswith(OFFICIAL) else ""
    if short in FAMOUS:
        return ""
    tags = tree.memo("images built by commands", "", lambda: _built(tree)).get(artifact.name)
    if not tags:
        return ""
    asked = reference.version or "latest"
    path = next(iter(tags.values())) if not short else tags.get(asked) or tags.get("") or ""
    return f"{path} builds it" if path else ""


def _built(tree: Tree) -> _Built:
    found: _Built = {}
    together = 0
    candidates = tree.memo("files that may build images", "", lambda: list(filter(_may_build, sorted(tree.listed()))))
    for path in candidates[:_FILES]:
        size, named = tree.memo("images that a file builds", path, partial(_of_file, tree, path))
        together += size
        for name, tag in named:
            found.setdefault(name, {}).setdefault(tag, path)
        if together >= _TOGETHER:
            break
    return found


def _of_file(tree: Tree, path: str) -> tuple[int, list[tuple[str, str]]]:
    """(bytes of a file, what it builds): kept by itself, as an editor changes one file at a time."""
    try:
        data = tree.bytes(path)
    except Unread:
        return 0, []
    if len(data) > _LARGEST or not any(word in data for word in _BUILDERS):
        return len(data), []
    return len(data), list(_named(data.decode("utf-8", "replace"), path))


def _may_build(path: str) -> bool:
    if path.endswith(_SCRIPTS):
        return True
    name = path[path.rfind("/") + 1 :]
    if name == "tox.ini" or ("." not in name and re.search(_SCRIPTED, path)):
        return True
    return (name.endswith(_MAYBE) or "akefile" in name or "ustfile" in name or "Jenkinsfile" in name) and bool(
        _NAMES.fullmatch(path)
    )


def _named(text: str, path: str) -> Iterator[tuple[str, str]]:
    """(normalised name, tag) of every image that a file builds; the tag is "" where only a run knows it."""
    values: dict[str, str] | None = None
    for written in _written(text, path):
        image = written
        if len(image) > _LONGEST:
            continue
        if "$" in image:
            values = _values(text) if values is None else values
            image = _filled(image, values)
        before, _, behind = image.partition("$")
        colon = before.rfind(":")
        if behind and colon <= before.rfind("/"):  # what the run fills in is a part of the name
            continue
        parsed = parse_image(before[:colon] if behind else image)
        if not parsed.problem and parsed.name:
            yield parsed.name, "" if behind else parsed.tag or "latest"


def _written(text: str, path: str) -> Iterator[str]:
    """What is written in the place of an image's name."""
    for command in re.finditer(_COMMAND, text):
        rest = command["rest"]
        if command["what"] in ("build", "bud", None):
            yield from (one["name"] for one in re.finditer(_OPTION, rest))
            continue
        words = [word.strip("\"'") for word in re.findall(_WORD, re.split(r"[;|&)]|\s#", rest)[0]) if not word.startswith("-")]
        if len(words) > 1:
            yield words[-1] if command["what"] != "tag" else words[1]
    if "build-push-action" in text or "docker-bake" in path:
        for listed in re.finditer(_LISTED, text):
            yield from re.findall(_ITEM, f"{listed['inline']}\n{listed['below']}")
    if "build:" in text and "compose" in path:
        for service in re.finditer(_SERVICE, text):
            held = re.findall(_SERVED.format(service["indent"]), service[0])
            if re.search(rf"(?m)^{service['indent']}build:", service[0]):
                yield from held


def _values(text: str) -> dict[str, str]:
    """What the file says of its variables, the first of several."""
    found: dict[str, str] = {}
    for one in re.finditer(_SET, text):
        found.setdefault(one["name"], one["value"])
    return found


def _filled(text: str, values: dict[str, str]) -> str:
    for _ in range(_LINKS):
        text = re.sub(_VARIABLE, lambda one: _value(one, values), text)[:_LONGEST]
    return text


def _value(one: re.Match[str], values: dict[str, str]) -> str:
    name = one["env"] or one["braced"] or one["made"] or one["plain"]
    return values.get(name) or one["default"] or one[0]
