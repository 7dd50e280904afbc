"""One folder an ecosystem: `names` (grammar of names and versions, offline) and, where somebody can be asked, `registry`.

The table says everything about a kind that other rooms look up; a new ecosystem is its folder and its line here.
"""

from importlib import import_module
from typing import NamedTuple

__all__ = ["ECOSYSTEMS", "LEVELS", "Ecosystem", "alike"]

#: What a policy may require, the firmest last.
LEVELS = ("any", "tag", "version", "digest")


class Ecosystem(NamedTuple):
    """What there is to know about an artifact kind. `folder` has its grammar; a kind without one of its own shares one. `required`
    is the level that is required by default, `firmest` the one beyond which no file of the kind can go. `example` is a pattern in a
    policy. `registry` is the folder of who is asked about its versions, "" where there is nobody. `written` is what a fix writes,
    in a word; `chosen` what it chooses where a range stands, "" where it never has a choice. `command` is the level that is
    required by default where a command asks for it, "" where none does."""

    folder: str
    required: str
    firmest: str
    example: str
    registry: str = ""
    written: str = ""
    chosen: str = ""
    command: str = ""


#: By artifact kind, in the order in which people are told of them.
ECOSYSTEMS = {
    "image": Ecosystem("oci", "digest", "digest", "ghcr.io/me/*", "oci", "digest", command="tag"),
    "action": Ecosystem("action", "digest", "digest", "actions/*", "git", "commit"),
    "npm": Ecosystem("npm", "digest", "digest", "left-pad", "npm", "integrity", command="version"),
    "pypi": Ecosystem("pypi", "version", "digest", "requests", "pypi", "hashes", "release", "version"),
    "maven": Ecosystem("maven", "version", "version", "org.example:*", "maven", "version", "release"),
    "helm": Ecosystem("helm", "version", "version", "redis", "helm", "version", "release", "version"),
    "git": Ecosystem("git", "digest", "digest", "github.com/acme/*", "git", "commit", command="tag"),
    "marketplace": Ecosystem("git", "tag", "tag", "github.com/acme/*"),
    "url": Ecosystem("url", "digest", "digest", "https://files.example/*", "url", "checksum", command="digest"),
    "orb": Ecosystem("orb", "version", "version", "circleci/*", "orb", "version", "release"),
    "task": Ecosystem("task", "any", "version", "Docker"),
    "pipe": Ecosystem("pipe", "tag", "digest", "atlassian/*"),
    "tool": Ecosystem("tool", "version", "digest", "pnpm", command="version"),
    "cargo": Ecosystem("cargo", "digest", "digest", "serde*", command="version"),
    "go": Ecosystem("go", "digest", "digest", "golang.org/x/*", command="version"),
    "conda": Ecosystem("conda", "version", "digest", "numpy", command="any"),
    "composer": Ecosystem("composer", "version", "digest", "symfony/*"),
    "gem": Ecosystem("gem", "version", "digest", "rails", command="version"),
    "nuget": Ecosystem("nuget", "version", "digest", "Newtonsoft.*", command="version"),
    "os": Ecosystem("os", "any", "version", "curl", command="any"),
    "galaxy": Ecosystem("galaxy", "version", "version", "community.*"),
    "hex": Ecosystem("hex", "digest", "digest", "phoenix*"),
    "pub": Ecosystem("pub", "digest", "digest", "flutter_*"),
    "swift": Ecosystem("swift", "version", "digest", "github.com/apple/*"),
    "pod": Ecosystem("pod", "version", "digest", "Firebase*"),
    "conan": Ecosystem("conan", "any", "version", "zlib"),
    "vcpkg": Ecosystem("vcpkg", "any", "version", "zlib"),
    "cran": Ecosystem("cran", "any", "digest", "ggplot2"),
    "julia": Ecosystem("julia", "any", "digest", "DataFrames"),
    "bazel": Ecosystem("bazel", "version", "digest", "rules_*"),
    "buf": Ecosystem("buf", "version", "digest", "buf.build/acme/*"),
    "terraform": Ecosystem("terraform", "version", "digest", "hashicorp/*"),
}


def alike(kind: str, text: str) -> tuple[str, ...]:
    """The names of that kind that a name in a policy means, in the spelling that is compared; the first is that of the name of a
    reference. () for what can never be one."""
    found: tuple[str, ...] = import_module(f"pinlint.ecosystems.{ECOSYSTEMS[kind].folder}.names").alike(text)
    return found
