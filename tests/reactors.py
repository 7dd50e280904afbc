"""Random small Maven reactors: parents, profiles, properties, management and BOMs, some of them outside the repository."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass, field

GROUP = "com.acme"
PROPERTIES = [f"p{number}" for number in range(6)]
MANAGED = [f"m{number}" for number in range(8)]
PLUGINS = [f"plug{number}" for number in range(6)]


@dataclass
class Reactor:
    """The files of a repository and of the world outside it, by path; what is hard about it; user properties."""

    draw: random.Random
    inside: dict[str, str] = field(default_factory=dict)
    outside: dict[str, str] = field(default_factory=dict)
    config: dict[str, str] = field(default_factory=dict)
    seen: Counter[str] = field(default_factory=Counter)
    serial: int = 0
    open: bool = False

    def chance(self, what: str, odds: float) -> bool:
        """True with these odds, and then counted as a hard construct."""
        happens = self.draw.random() < odds
        if happens:
            self.seen[what] += 1
        return happens


def tag(name: str, text: str) -> str:
    return f"<{name}>{text}</{name}>"


def reactor(seed: int) -> Reactor:
    """A reactor of a root, BOMs and modules on three levels. Parents and BOMs outside are files that only Maven sees."""
    new = Reactor(random.Random(seed))
    if new.chance("maven.config", 0.3):
        new.config = {name: number(new) for name in new.draw.sample(PROPERTIES, 2)}
        new.inside[".mvn/maven.config"] = "".join(f"-D{name}={value}\n" for name, value in new.config.items())
    parent = ""
    if new.chance("parent outside", 0.3):
        new.open = True
        new.outside["far/pom.xml"] = project(new, "far", "7", "", "")
        parent = reference(new, "far", "7", "" if new.chance("empty relativePath", 0.5) else None)
    new.open = new.open or new.draw.random() < 0.4
    if new.open:
        new.outside["farbom/pom.xml"] = project(new, "farbom", "8", "", "")
    version = "1.0-SNAPSHOT"
    if new.chance("CI-friendly version", 0.2):
        version = "${revision}"
    boms: list[str] = []
    for name in ("bom-a", "bom-b"):
        if new.draw.random() < 0.6:
            alone = new.chance("BOM without parent", 0.4) or version == "${revision}"
            own = "" if alone else reference(new, "root", version, None)
            if own:
                new.seen["BOM with parent"] += 1
            new.inside[f"{name}/pom.xml"] = project(new, name, "3", own, imports(new, boms))
            boms.append(name)
    revision = tag("revision", "5.5") if version == "${revision}" else ""
    # Maven refuses a parent that imports a BOM whose parent it is.
    usable = [bom for bom in boms if "<parent>" not in new.inside[f"{bom}/pom.xml"]]
    new.inside["pom.xml"] = project(new, "root", version, parent, imports(new, usable), revision)
    new.inside["mid/pom.xml"] = project(new, "mid", "", reference(new, "root", version, None), imports(new, boms))
    for leaf in ("leaf0", "leaf1"):
        new.inside[f"mid/{leaf}/pom.xml"] = project(new, leaf, "", reference(new, "mid", version, None), imports(new, boms))
    relative = "../pom.xml" if new.chance("relativePath", 0.5) else "../"
    new.inside["side/pom.xml"] = project(new, "side", "9", reference(new, "root", version, relative), imports(new, boms))
    return new


def reference(new: Reactor, artifact: str, version: str, relative: str | None) -> str:
    path = "" if relative is None else "<relativePath/>" if relative == "" else tag("relativePath", relative)
    return tag("parent", tag("groupId", GROUP) + tag("artifactId", artifact) + tag("version", version) + path)


def imports(new: Reactor, boms: list[str]) -> str:
    named = [(bom, "3") for bom in boms if new.chance("BOM import", 0.4)]
    if "farbom/pom.xml" in new.outside and new.chance("BOM outside", 0.15):
        named.append(("farbom", "8"))
    new.draw.shuffle(named)
    how = "<type>pom</type><scope>import</scope>"
    keys = [(tag("groupId", GROUP) + tag("artifactId", bom), tag("version", version)) for bom, version in named]
    return "".join(tag("dependency", key + version + how) for key, version in keys)


def number(new: Reactor) -> str:
    return f"{new.draw.randrange(1, 9)}.{new.draw.randrange(100)}"


def value(new: Reactor) -> str:
    """What a property holds: a version, another property (of higher number: no cycle), or both."""
    if new.chance("nested property", 0.2):
        return f"${{{new.draw.choice(PROPERTIES[3:])}}}"
    return number(new)


def version(new: Reactor) -> str:
    """What a version element holds."""
    form = new.draw.randrange(10)
    if form < 5:
        return f"${{{new.draw.choice(PROPERTIES)}}}"
    if form == 5:
        new.seen["project.version"] += 1
        return new.draw.choice(["${project.version}", "${pom.version}", "${version}", "${project.parent.version}"])
    if form == 6:
        new.seen["two properties"] += 1
        return f"${{{new.draw.choice(PROPERTIES)}}}-${{{new.draw.choice(PROPERTIES)}}}"
    if form == 7:
        new.seen["blanks and comments"] += 1
        return f"\n  {number(new)}<!-- no --> "
    return number(new) if form == 8 else f"[{number(new)}]"


def properties(new: Reactor, extra: str = "") -> str:
    chosen = [name for name in PROPERTIES if new.draw.random() < 0.4]
    lines = [tag(name, number(new) if name in PROPERTIES[3:] else value(new)) for name in chosen]
    return tag("properties", "".join(lines) + extra) if lines or extra else ""


def dependency(new: Reactor, artifact: str, text: str) -> str:
    # With a parent outside, keys that are only equal once properties are replaced cannot be followed.
    group = "${project.groupId}" if not new.open and new.chance("property in a key", 0.1) else GROUP
    parts = tag("groupId", group) + tag("artifactId", artifact) + (tag("version", text) if text else "")
    return tag("dependency", parts + ("<type>zip</type>" if artifact in MANAGED[6:] else ""))


def plugin(new: Reactor, artifact: str, text: str) -> str:
    more = tag("inherited", "false") if new.chance("plugin that is not inherited", 0.15) else ""
    return tag("plugin", tag("groupId", GROUP) + tag("artifactId", artifact) + (tag("version", text) if text else "") + more)


def unique(new: Reactor, what: str) -> str:
    new.serial += 1
    return f"{what}-u{new.serial}"


def section(new: Reactor, boms: str, extra: str = "") -> str:
    """What the project itself or one of its profiles says."""
    managed = "".join(dependency(new, name, version(new)) for name in MANAGED if new.chance("managed", 0.25))
    managed += boms
    asked = dependency(new, unique(new, "lib"), version(new))
    asked += "".join(dependency(new, name, "") for name in MANAGED if new.chance("no version", 0.3))
    plugins = plugin(new, unique(new, "plugin"), version(new))
    asked_plugins = [name for name in PLUGINS if new.draw.random() < 0.3]
    plugins += "".join(plugin(new, name, version(new) if new.chance("plugin in build", 0.2) else "") for name in asked_plugins)
    kept = "".join(plugin(new, name, version(new)) for name in PLUGINS if new.chance("managed plugin", 0.25))
    build = tag("pluginManagement", tag("plugins", kept)) + tag("plugins", plugins)
    parts = [properties(new, extra), tag("dependencies", asked), tag("build", build)]
    if managed:
        parts.append(tag("dependencyManagement", tag("dependencies", managed)))
    return "".join(parts)


def profile(new: Reactor, name: str) -> str:
    form = new.draw.randrange(4)
    activation = ""
    if form == 0:
        new.seen["active by default"] += 1
        activation = tag("activation", "<activeByDefault>true</activeByDefault>")
    elif form == 1:
        new.seen["active without property"] += 1
        activation = tag("activation", tag("property", "<name>!absent</name>"))
    elif form == 2:
        new.seen["active by property"] += 1
        activation = tag("activation", tag("property", tag("name", new.draw.choice(PROPERTIES))))
    return tag("profile", tag("id", name) + activation + section(new, ""))


def project(new: Reactor, artifact: str, own: str, parent: str, boms: str, extra: str = "") -> str:
    head = "<modelVersion>4.0.0</modelVersion>" + parent + ("" if parent else tag("groupId", GROUP)) + tag("artifactId", artifact)
    head += (tag("version", own) if own else "") + tag("packaging", "pom")
    names = [name for name in ("x", "y", f"z-{artifact}") if new.chance("profile", 0.25)]
    return tag("project", head + section(new, boms, extra) + tag("profiles", "".join(profile(new, name) for name in names)))
