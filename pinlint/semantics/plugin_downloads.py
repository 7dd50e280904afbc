"""What plugins download because their configuration says so: artifacts, files and images.

Knows the keys of a few plugins of which each value is fetched, and nothing else; must not know how firm a version of Maven is.
Source: the plugins' own descriptions (maven-dependency-plugin: copy, unpack, get; maven-remote-resources-plugin: process;
protobuf-maven-plugin: compile; download-maven-plugin: wget; jib; spring-boot-maven-plugin: build-image; Fabric8; JKube).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pinlint.semantics.pom_references import Asked, judge
from pinlint.semantics.poms import Entry, dependency_entry

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinlint.model import Fact, Reference
    from pinlint.semantics.effective_poms import Model
    from pinlint.syntax.xml import Element

__all__ = ["downloads", "images"]

_APACHE = "org.apache.maven.plugins"
#: Plugin → where its configuration names an artifact as `group:artifact:version[:type[:classifier]]`, and what that is.
_COORDINATES = {
    f"{_APACHE}:maven-dependency-plugin": ((("artifact",), "downloaded artifact"),),
    f"{_APACHE}:maven-remote-resources-plugin": ((("resourceBundles", "resourceBundle"), "resource bundle"),),
    "org.xolstice.maven.plugins:protobuf-maven-plugin": (
        (("protocArtifact",), "protobuf compiler"),
        (("pluginArtifact",), "protobuf compiler plugin"),
    ),
}
#: Plugin → where its configuration names an image.
_IMAGES = {
    "com.google.cloud.tools:jib-maven-plugin": ((("from", "image"), "base image"),),
    "org.springframework.boot:spring-boot-maven-plugin": (
        (("image", "builder"), "builder image"),
        (("image", "runImage"), "run image"),
    ),
    "io.fabric8:docker-maven-plugin": ((("images", "image", "build", "from"), "base image"),),
    "org.eclipse.jkube:kubernetes-maven-plugin": ((("images", "image", "build", "from"), "base image"),),
    "org.eclipse.jkube:openshift-maven-plugin": ((("images", "image", "build", "from"), "base image"),),
}
_FETCHERS = ("com.googlecode.maven-download-plugin:download-maven-plugin", "io.github.download-maven-plugin:download-maven-plugin")
#: The checksums that one compares, best first, with their digits.
_SUMS = (("sha512", 128), ("sha256", 64), ("sha1", 40), ("md5", 32))


def downloads(plugin: Element, name: str, own: Model) -> Iterator[Reference | Fact]:
    """What the plugin called `name` (group:artifact) fetches by its configuration and those of its executions."""
    holders = [plugin, *plugin.find("executions", "execution")]
    if name == f"{_APACHE}:maven-dependency-plugin":
        for holder in holders:
            for item in holder.find("configuration", "artifactItems", "artifactItem"):
                yield from _item(item, own)
    for holder in holders:
        for path, role in _COORDINATES.get(name, ()):
            for element in holder.find("configuration", *path):
                yield from _coordinates(element, role, own)
        if name in _FETCHERS:
            for configuration in holder.find("configuration"):
                yield from _file(configuration, plugin.child("configuration") or configuration, own)


def images(plugin: Element, name: str) -> Iterator[tuple[Element, str]]:
    """(what names an image, its role) of the images that the plugin called `name` builds upon or builds with."""
    for holder in (plugin, *plugin.find("executions", "execution")) if name in _IMAGES else ():
        for path, role in _IMAGES[name]:
            yield from ((element, role) for element in holder.find("configuration", *path))


def _item(item: Element, own: Model) -> Iterator[Reference]:
    """An artifact to copy or unpack. Without a version it is a dependency, which is judged for itself, or a managed one."""
    entry = dependency_entry(item)
    same = (entry.group, entry.artifact)
    sections = [section for _, found in own.sections for section in found]
    if entry.version or all(same != one[:2] for section in sections for one in section.entries("dependencies/dependency")):
        yield from judge(own, Asked(entry, "downloaded artifact", managed=True))


def _coordinates(element: Element, role: str, own: Model) -> Iterator[Reference]:
    group, artifact, version, *variant = (*element.text.split(":"), "", "", "")[: max(3, element.text.count(":") + 1)]
    if not (group and artifact and version):
        return
    entry = Entry(group, artifact, version, f":{':'.join(variant) or 'jar'}", "", element)
    for found in judge(own, Asked(entry, role)):  # nothing is written into a text of several parts
        yield found.unpinnable()


def _file(configuration: Element, shared: Element, own: Model) -> Iterator[Reference | Fact]:
    from pinlint.ecosystems.url.names import is_insecure, origin, url_verdict, without_credentials
    from pinlint.model import Artifact, Fact, Reference

    element = configuration.child("url")
    if element is None or not element.text:
        return
    text, problem = own.expand(element.text)
    shown = without_credentials(text)
    artifact, role = Artifact("url", shown, origin(text)), "download"
    for algorithm, digits in _SUMS:
        if said := configuration.read(algorithm) or shared.read(algorithm):
            value, unknown = own.expand(said)
            whole = re.fullmatch(f"[0-9a-fA-F]{{{digits}}}", value) is not None
            verdict = "unknown" if unknown else "floating" if not whole else "digest" if digits >= 64 else "weak-digest"
            why = unknown or ("" if whole else f"{value[:20]} is no {algorithm} sum")
            yield Reference(artifact, "", () if unknown else (f"{algorithm}:{value}",), verdict, element.span, role, why)
            return
    verdict, why = url_verdict(text)
    if problem:
        verdict, why = "unknown", problem
    elif is_insecure(text):
        yield Fact("insecure-transport", element.span, f"{shown} is fetched without TLS")
    yield Reference(artifact, "", (), verdict, element.span, role, why)
