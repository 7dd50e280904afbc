"""NET910 of charts: what charts of a static repository and of a real OCI registry deploy, with the values of those who use them."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import pytest
from conftest import need
from servers import registry as servers
from servers.charts import manifest, packed
from servers.helm_repository import ChartRepository, running, sdk

from pinlint.archives import ArchiveTree
from pinlint.cli import main
from pinlint.semantics.chart_data import UNTOLD, put
from pinlint.semantics.chart_guards import Guards
from pinlint.text import Unread
from pinlint.verify import charts
from pinlint.verify.chart_asks import asked
from pinlint.verify.evidence import UNKNOWN, Evidence

UNCHECKED = "Could not be checked"
AT = f"sha256:{'a' * 64}"
IMAGE = 'image: "{{ .Values.%s.repository }}:{{ .Values.%s.tag }}"\n'
SHOP = {
    "Chart.yaml": manifest("shop", more="appVersion: 7.0.0\n"),
    "values.yaml": (
        "image:\n  repository: ghcr.io/acme/shop\n  tag: ''\n"
        "job:\n  enabled: false\n  image:\n    repository: ghcr.io/acme/job\n    tag: '2'\n"
        "tool: {image: {repository: ghcr.io/acme/tool, tag: '3'}}\n"
    ),
    "templates/_a.tpl": '{{- define "shop.tool" }}' + IMAGE % ("tool.image", "tool.image") + "{{- end }}\n",
    "templates/a.yaml": (
        'image: "{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}"\n'
        "{{- if .Values.job.enabled }}\n" + IMAGE % ("job.image", "job.image") + "{{- end }}\n"
        '{{ include "shop.tool" . }}\n'
    ),
    "templates/tests/a.yaml": "apiVersion: v1\nkind: Pod\nspec: {containers: [{image: 'busybox:1'}]}\n",
}
POD = "apiVersion: v1\nkind: Pod\nspec:\n  containers:\n  - image: docker.io/library/busybox:1.36\n"


class Served(NamedTuple):
    """A chart repository, and where the user's files lie."""

    repository: ChartRepository
    work: Path
    run: Any

    def publish(self, name: str, version: str = "1.2.3", **files: str | bytes) -> bytes:
        archive = packed(name, files)
        (self.repository.folder / "served" / f"{name}-{version}.tgz").write_bytes(archive)
        self.repository.helm.registry.repo_index_generate(self.repository.folder / "served", base_url="")
        return archive

    def verify(self, *arguments: str, select: str = "NET910", **files: str) -> tuple[list[str], str]:
        """(what is found in these files, what could not be checked)."""
        for path, text in files.items():
            file = self.work / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text.replace("ADDRESS", self.repository.url))
        options = arguments or ("--deep",)
        _, out, err = self.run("verify", "--isolated", "--select", select, "--output-format", "json", "--verbose", *options, ".")
        return [f"{one['rule']} {one['path']}:{one['line']} {one['message']}" for one in json.loads(out)["findings"]], err


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Any:
    """(exit code, output, what else is said) of pinlint, run here."""

    def _run(*arguments: str) -> tuple[int, str, str]:
        code = main(list(arguments))
        return code, *capsys.readouterr()

    return _run


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ChartRepository]:
    with running(tmp_path_factory.mktemp("charts") / "repository") as made:
        yield made


@pytest.fixture
def served(repository: ChartRepository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, run: Any) -> Served:
    for name in ("HELM_CONFIG_HOME", "XDG_CONFIG_HOME", "HOME", "DOCKER_CONFIG"):
        monkeypatch.setenv(name, str(tmp_path / "home"))
    (tmp_path / "work/.git").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "work")
    repository.requests.clear()
    for path in (repository.folder / "served").iterdir():
        path.unlink()
    return Served(repository, tmp_path / "work", run)


def application(values: str = "", chart: str = "shop", version: str = "1.2.3") -> str:
    """An application of Argo CD, whose `helm` has these values."""
    helm = "".join(f"\n        {line}" for line in values.splitlines())
    given = f"\n      valuesObject:{helm}" if values else " {}"
    return (
        "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: shop}\nspec:\n  source:\n"
        f"    repoURL: ADDRESS\n    chart: {chart}\n    targetRevision: {version}\n    helm:{given}\n"
    )


def ways(findings: list[str]) -> list[str]:
    return [re.sub(r".*(?:not pinned: )([^;]*).*", r"\1", one) for one in findings]


def test_the_images_that_a_chart_deploys_are_found(served: Served) -> None:
    served.publish("shop", **SHOP)
    found, err = served.verify(**{"app.yaml": application()})
    assert found == [
        (
            "NET910 app.yaml:8 application chart shop 1.2.3: it asks for what is not pinned: "
            "shop 1.2.3 → ghcr.io/acme/shop:7.0.0 (values.yaml:2), → ghcr.io/acme/tool:3 (values.yaml:9); "
            "say them with digests in your values, or take a version that has them"
        )
    ]
    assert UNCHECKED not in err
    assert [path for path, _ in served.repository.requests] == ["/index.yaml", "/shop-1.2.3.tgz"]


@pytest.mark.parametrize(
    ("values", "left"),
    [
        (f"image: {{digest: '{AT}'}}", ["tool:3"]),
        (f"image: {{tag: '8@{AT}'}}\ntool: {{image: {{tag: '3@{AT}'}}}}", []),
        (f"image: {{tag: '8@{AT}'}}", ["tool:3"]),
        ("image: {tag: '8'}", ["shop:8", "tool:3"]),
        ("image: {tag: 1.10}", ["shop:1.1", "tool:3"]),
        ("image: {tag: ''}", ["shop:7.0.0", "tool:3"]),
        ("image: {repository: ghcr.io/me/shop, tag: '8'}", ["tool:3"]),
        ("image: {repository: ghcr.io/me/shop}", ["me/shop:7.0.0", "tool:3"]),
        ("image: null", ["tool:3"]),
        ("tool: null", ["shop:7.0.0"]),
        ("job: {enabled: true}", ["shop:7.0.0", "job:2", "tool:3"]),
    ],
    ids=[
        "digest", "tag with digest", "one of them", "another tag", "a number", "an empty tag", "another image", "another name",
        "nothing", "nothing above", "switched on",
    ],
)  # fmt: skip
def test_what_the_user_says_is_judged(served: Served, values: str, left: list[str]) -> None:
    served.publish("shop", **SHOP)
    found, _ = served.verify(**{"app.yaml": application(values)})
    told = " ".join(ways([one for one in found if one.startswith("NET910")]))
    assert re.findall(r"ghcr\.io/(?:acme/)?(\S+)", told) == left


RELEASE = """\
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {name: shop}
spec:
  chart: {spec: {chart: shop, version: 1.2.3, sourceRef: {kind: HelmRepository, name: acme}}}
"""
OTHER_RELEASE = RELEASE.replace("name: shop", "name: other") + "  values: {image: {}}\n"
REPOSITORY = "apiVersion: source.toolkit.fluxcd.io/v1\nkind: HelmRepository\nmetadata: {name: acme}\nspec: {url: ADDRESS}\n"
STATE = """\
repositories: [{name: acme, url: ADDRESS}]
releases:
- name: shop
  chart: acme/shop
  version: 1.2.3
"""
KUSTOMIZATION = "helmCharts:\n- name: shop\n  repo: ADDRESS\n  version: 1.2.3\n"
UMBRELLA = manifest("mine", more="dependencies:\n- {name: shop, version: 1.2.3, repository: 'ADDRESS'}\n")
BOTH, ONE = ["shop:7.0.0", "tool:3"], ["tool:3"]
PINNED = f"image: {{tag: '8@{AT}'}}"
TEXT = "valuesObject:\n        image: {tag: '8'}"


@pytest.mark.parametrize(
    ("files", "left"),
    [
        ({"r.yaml": RELEASE, "s.yaml": REPOSITORY}, BOTH),
        ({"r.yaml": RELEASE + f"  values: {{{PINNED}}}\n", "s.yaml": REPOSITORY}, ONE),
        ({"r.yaml": RELEASE + "  suspend: true\n", "s.yaml": REPOSITORY}, BOTH),
        ({"r.yaml": RELEASE + "  values: {image: {tag: '${TAG}'}}\n", "s.yaml": REPOSITORY}, [*ONE, "?shop"]),
        ({"r.yaml": RELEASE + "  valuesFrom: [{kind: Secret, name: x}]\n", "s.yaml": REPOSITORY}, ["?"]),
        ({"r.yaml": RELEASE + "  postRenderers: [{kustomize: {images: [{name: ghcr.io/acme/shop, newTag: '9'}]}}]\n",
          "s.yaml": REPOSITORY}, ONE),
        ({"r.yaml": RELEASE + "  postRenderers: [{kustomize: {images: [{name: ghcr.io/acme/shop, newName: me.example/shop}]}}]\n",
          "s.yaml": REPOSITORY}, BOTH),
        ({"r.yaml": f"{REPOSITORY}---\n{RELEASE}  values: {{{PINNED}}}\n"}, ONE),
        ({"r.yaml": f"{RELEASE}  values: {{{PINNED}}}\n---\n{OTHER_RELEASE}", "s.yaml": REPOSITORY}, [*ONE, *BOTH]),
        ({"app.yaml": f"{POD}---\n{application('tool: null')}"}, ["shop:7.0.0"]),
        ({"r.yaml": RELEASE + "  valuesFrom: [{kind: ConfigMap, name: x}]\n", "s.yaml": REPOSITORY, "own/v.yaml": PINNED,
          "kustomization.yaml": "configMapGenerator: [{name: x, files: [values.yaml=own/v.yaml]}]\n"}, ONE),
        ({"r.yaml": RELEASE, "s.yaml": REPOSITORY, "o/kustomization.yaml": "resources: [../r.yaml]\npatches:\n- patch: |\n"
          "    kind: HelmRelease\n    metadata: {name: shop}\n    spec: {values: {image: {tag: x}}}\n"}, ["?"]),
        ({"helmfile.yaml": STATE}, BOTH),
        ({"helmfile.yaml": STATE + f"  values: [{{{PINNED}}}, own.yaml]\n", "own.yaml": f"tool: {{{PINNED}}}"}, []),
        ({"helmfile.yaml": STATE + "  values: [own.yaml.gotmpl]\n", "own.yaml.gotmpl": "a: 1"}, ["?"]),
        ({"helmfile.yaml": STATE + f"  set: [{{name: image.tag, value: '8@{AT}'}}]\n"}, ONE),
        ({"helmfile.yaml": STATE + "  installed: false\n"}, []),
        ({"kustomization.yaml": KUSTOMIZATION}, BOTH),
        ({"kustomization.yaml": KUSTOMIZATION + f"  valuesInline: {{{PINNED}}}\n"}, ONE),
        ({"kustomization.yaml": KUSTOMIZATION + f"images: [{{name: ghcr.io/acme/tool, digest: '{AT}'}}]\n"}, ["shop:7.0.0"]),
        ({"kustomization.yaml": KUSTOMIZATION + "patches: [{path: x.yaml}]\n"}, ["?"]),
        ({"Chart.yaml": UMBRELLA}, BOTH),
        ({"Chart.yaml": UMBRELLA, "values.yaml": f"shop: {{{PINNED}}}\n"}, ONE),
        ({"Chart.yaml": UMBRELLA.replace("}\n", ", alias: s}\n"), "values.yaml": f"s: {{{PINNED}}}\n"}, ONE),
        ({"Chart.yaml": UMBRELLA.replace("}\n", ", condition: s.on}\n"), "values.yaml": "s: {on: false}\n"}, []),
        ({"Chart.yaml": UMBRELLA.replace("}\n", ", condition: s.on}\n"), "values.yaml": "s: {on: true}\n"}, BOTH),
        ({"Chart.yaml": UMBRELLA.replace("}\n", ", tags: [t]}\n"), "values.yaml": "tags: {t: false}\n"}, []),
        ({"Chart.yaml": UMBRELLA.replace("}\n", ", condition: s.on}\n"), "values.yaml": "s: {on: false}\n",
          "values-live.yaml": "s: {on: true}\n"}, ["?"]),
        ({"Chart.yaml": UMBRELLA, "values-live.yaml": f"shop: {{{PINNED}}}\n"}, [*ONE, "?shop"]),
        ({"app.yaml": application().replace("helm: {}", "helm: {values: \"image: {tag: '8'}\"}")}, ["?"]),
        ({"app.yaml": application("image: {tag: '8'}").replace(TEXT, f"values: |\n        {PINNED}")}, ONE),
        ({"app.yaml": application().replace("helm: {}", f"helm: {{parameters: [{{name: image.tag, value: '8@{AT}'}}]}}")}, ONE),
        ({"app.yaml": application().replace("helm: {}", "helm: {valueFiles: [values-live.yaml]}")}, ["?"]),
    ],
    ids=[
        "flux", "flux: values", "flux: suspended", "flux: substituted", "flux: from a secret", "flux: behind",
        "flux: behind, a name", "flux: in one file", "flux: two in one file", "argo: in one file", "flux: generated",
        "flux: patched",
        "helmfile", "helmfile: values", "helmfile: template", "helmfile: set", "helmfile: not installed",
        "kustomize", "kustomize: inline", "kustomize: images", "kustomize: patches",
        "umbrella", "umbrella: values", "umbrella: alias", "umbrella: off", "umbrella: on", "umbrella: tags",
        "umbrella: elsewhere on", "umbrella: elsewhere", "argo: a quoted text", "argo: a text", "argo: parameters", "argo: files",
    ],
)  # fmt: skip
def test_values_come_from_whoever_installs(served: Served, files: dict[str, str], left: list[str]) -> None:
    served.publish("shop", **SHOP)
    found, err = served.verify(**files)
    told = " ".join(ways([one for one in found if one.startswith("NET910")]))
    said = " ".join(err.split())
    unsure = ["?shop" if "it deploys ghcr.io/acme/shop only" in said else "?"] if UNCHECKED in err else []
    assert re.findall(r"ghcr\.io/acme/(\S+)", told) + unsure == left, (found, err)


def test_a_locked_chart_is_told_of_where_its_version_stands(served: Served) -> None:
    """In the lock of a range, in the manifest of a version, and never in both."""
    served.publish("shop", **SHOP)
    lock = "dependencies:\n- {name: shop, version: 1.2.3, repository: 'ADDRESS'}\ndigest: sha256:%s\ngenerated: x\n" % ("0" * 64)
    values = f"shop: {{{PINNED}}}\n"
    for version, told in (("^1", "NET910 Chart.lock:2 locked chart"), ("1.2.3", "NET910 Chart.yaml:5 chart dependency")):
        files = {"Chart.yaml": UMBRELLA.replace("shop, version: 1.2.3", f"shop, version: {version}"), "Chart.lock": lock}
        found, _ = served.verify(**files, **{"values.yaml": values})
        assert [one.partition(" shop")[0] for one in found] == [told]
        assert re.findall(r"ghcr\.io/acme/(\S+)", found[0]) == ONE


def test_charts_in_charts_are_read_with_the_values_around_them(served: Served) -> None:
    """The values of a chart for one in it count, those of the user before them, and a condition says whether it is there."""
    off = packed("other", {**SHOP, "Chart.yaml": manifest("other")})
    inner = packed("shop", SHOP)
    more = "dependencies:\n- {name: shop, version: ^1, alias: front}\n- {name: other, version: 1.2.3, condition: other.live}\n"
    outer: dict[str, str | bytes] = {
        "Chart.yaml": manifest("outer", more=more),
        "values.yaml": f"other: {{live: false}}\nfront:\n  tool:\n    image: {{tag: '4'}}\n  image: {{digest: '{AT}'}}\n",
        "charts/shop-1.2.3.tgz": inner,
        "charts/other-1.2.3.tgz": off,
        "templates/pod.yaml": "{{- if not .Values.front.job.enabled }}\n" + POD + "{{- end }}\n",
    }
    served.publish("outer", "1.2.3", **outer)
    found, _ = served.verify(**{"app.yaml": application(chart="outer")})
    assert ways(found) == [
        "outer 1.2.3 → docker.io/library/busybox:1.36 (templates/pod.yaml:6), → shop 1.2.3 → ghcr.io/acme/tool:4 (values.yaml:4)"
    ]
    values = (
        f"other: {{live: true, image: {{digest: '{AT}'}}}}\nfront: {{job: {{enabled: true}}, tool: {{image: {{tag: '5@{AT}'}}}}}}"
    )
    found, _ = served.verify(**{"app.yaml": application(values, "outer")})
    assert ways(found) == [
        (
            "outer 1.2.3 → other 1.2.3 → ghcr.io/acme/tool:3 (charts/other-1.2.3/values.yaml:9), "
            "→ shop 1.2.3 → ghcr.io/acme/job:2 (charts/shop-1.2.3/values.yaml:8)"
        )
    ]


SUB = "image: {repository: ghcr.io/acme/sub, tag: '1'}\n"
SAID = f"sub: {{{PINNED}}}\nmid: {{sub: {{{PINNED}}}}}\n"
OFF = "dependencies: [{name: sub, version: 1.2.3, condition: sub.enabled}, {name: mid, version: 1.2.3}]\n"


@pytest.mark.parametrize(
    ("given", "outer", "mid", "off"),
    [
        ({"sub": None}, SAID, SUB, ""),
        ({"sub": None}, "sub: {image: {tag: '1'}}\n", SUB, ""),
        ({"sub": None}, "a: 1\n", SUB, ""),
        ({"sub": False}, SAID, SUB, ""),
        ({"mid": None}, SAID, f"sub: {{{PINNED}}}\n", ""),
        ({"mid": None}, SAID, "sub: {image: {tag: '2'}}\n", ""),
        ({"mid": {"sub": None}}, SAID, "sub: {image: {tag: '2'}}\n", ""),
        ({"mid": {"sub": None}}, SAID, "a: 1\n", ""),
        ({"mid": None, "sub": {"image": {"tag": "3"}}}, SAID, f"sub: {{{PINNED}}}\n", ""),
        ({"sub": None}, SAID.replace("image", "enabled: false, image", 1), SUB, OFF),
        ({"sub": {"image": None}}, SAID, SUB, ""),
        ({}, f"sub: null\nmid: {{sub: {{{PINNED}}}}}\n", SUB, ""),
        ({}, f"sub: {{{PINNED}}}\n", "sub: null\n", ""),
    ],
    ids=[
        "what the chart says", "what it says again", "what it does not say", "no mapping", "two charts deep, pinned",
        "two charts deep", "in a chart in it", "in a chart in it that says nothing", "beside another", "a condition", "below",
        "of the chart itself", "of a chart in it itself",
    ],
)  # fmt: skip
def test_null_for_a_chart_in_a_chart_is_what_helm_makes_of_it(
    served: Served, tmp_path: Path, given: dict[str, Any], outer: str, mid: str, off: str
) -> None:
    """It takes back what the charts around say for it, so it comes as it is; where they say nothing Helm refuses it."""
    template = '{{ with .Values.image }}image: "{{ .repository }}:{{ .tag }}"{{ end }}\n'
    inner = {"Chart.yaml": manifest("sub"), "values.yaml": SUB, "templates/a.yaml": template}
    files = {"Chart.yaml": manifest("shop", more=off), "values.yaml": outer}
    files |= {f"charts/sub/{path}": text for path, text in inner.items()}
    files |= {"charts/mid/Chart.yaml": manifest("mid"), "charts/mid/values.yaml": mid}
    files |= {f"charts/mid/charts/sub/{path}": text for path, text in inner.items()}
    served.publish("shop", **files)
    archive = tmp_path / "shop"
    for path, text in files.items():
        (archive / path).parent.mkdir(parents=True, exist_ok=True)
        (archive / path).write_text(text)
    helm = served.repository.helm
    try:
        rendered = "".join(helm.chart.Chart.load(str(archive)).render(given).values())
    except helm.errors.HelmValuesError:
        rendered = "refused"
    found, err = served.verify(**{"app.yaml": application(json.dumps(given))})
    deployed = sorted(set(re.findall(r'image: "ghcr\.io/acme/([^"@]+)"', rendered)))
    if rendered == "refused":
        assert (found, "so Helm refuses" in err) == ([], True)
    else:
        assert sorted(set(re.findall(r"ghcr\.io/acme/(\S+)", " ".join(ways(found))))) == deployed, (found, err)


SAME = IMAGE % ("a", "a") + IMAGE % ("b", "b")
MERGED = "common: &c\n  tag: '5'\na: {<<: *c, repository: ghcr.io/acme/a}\nb: {<<: *c, repository: ghcr.io/acme/b}\n"
ALIAS = "a: &a {repository: ghcr.io/acme/a, tag: '5'}\nb: *a\n"


@pytest.mark.parametrize(
    ("values", "given", "left"),
    [
        (MERGED, "x: 1", ["a:5", "b:5"]),
        (MERGED, f"common: {{tag: '8@{AT}'}}", ["a:5", "b:5"]),
        (MERGED, f"b: {{tag: '8@{AT}'}}", ["a:5"]),
        (MERGED, f"a: {{tag: '8@{AT}'}}\nb: {{tag: '8@{AT}'}}", []),
        (ALIAS, "x: 1", ["a:5"]),
        (ALIAS, f"a: {{tag: '8@{AT}'}}", ["a:5"]),
        (ALIAS, f"b: {{tag: '8@{AT}'}}", ["a:5"]),
        (ALIAS, f"a: {{tag: '8@{AT}'}}\nb: {{tag: '8@{AT}'}}", []),
    ],
    ids=[
        "merged",
        "merged, the source",
        "merged, one",
        "merged, both",
        "alias",
        "alias, the source",
        "alias, the other",
        "alias, both",
    ],
)
def test_what_a_chart_writes_once_for_several_images_is_each_of_them(
    served: Served, values: str, given: str, left: list[str]
) -> None:
    """An alias is a copy by the time that somebody's values are laid over those of the chart."""
    served.publish("shop", **{"Chart.yaml": manifest("shop"), "values.yaml": values, "templates/a.yaml": SAME})
    found, err = served.verify(**{"app.yaml": application(given)})
    assert (sorted(re.findall(r"ghcr\.io/acme/(\S+)", " ".join(ways(found)))), UNCHECKED in err) == (left, False)


KEPT = f"  repository: ghcr.io/acme/a\n  tag: '5'\n  digest: {AT}\n"
JOINED = f"  repository: ghcr.io/acme/a\n  tag: '5@{AT}'\n"


@pytest.mark.parametrize(
    ("values", "given", "left"),
    [
        (KEPT, "x: 1", []), (KEPT, "image: {tag: '6'}", []), (KEPT, "image: {digest: null}", ["a:5"]),
        (KEPT, "image: {digest: ''}", ["a:5"]),
        (KEPT, "image: {digest: '', tag: '6'}", ["a:6"]), (KEPT, "image: {repository: ghcr.io/acme/b}", []), (JOINED, "x: 1", []),
        (JOINED, "image: {tag: '6'}", ["a:6"]), (JOINED, "image: {tag: null}", ["?"]), (JOINED, f"image: {{tag: '6@{AT}'}}", []),
    ],
    ids=[
        "a digest", "a digest, another tag", "no digest", "an empty digest", "a tag for a digest", "a digest, another image",
        "behind the tag", "a tag alone", "no tag", "another digest",
    ],
)  # fmt: skip
def test_a_digest_of_the_chart_counts_as_long_as_nobody_takes_it_away(
    served: Served, values: str, given: str, left: list[str]
) -> None:
    template = 'image: "{{ .Values.image.repository }}:{{ .Values.image.tag }}{{ with .Values.image.digest }}@{{ . }}{{ end }}"\n'
    for files in (
        {"values.yaml": f"image:\n{values}", "templates/a.yaml": template},
        {"values.yaml": "a: 1\n", "charts/b/Chart.yaml": manifest("b"), "charts/b/values.yaml": f"image:\n{values}",
         "charts/b/templates/a.yaml": template},
    ):  # fmt: skip
        served.publish("shop", **{"Chart.yaml": manifest("shop"), **files})
        below = "templates/a.yaml" not in files
        found, err = served.verify(**{"app.yaml": application(f"b: {{{given}}}" if below else given)})
        told = re.findall(r"ghcr\.io/acme/(\S+)", " ".join(ways(found)))
        assert told + ["?"] * (UNCHECKED in err and not told) == left, (found, err)


BESIDE = "sidecar: {repository: ghcr.io/acme/a, tag: '5'}\n"
NAMED = "image: {repository: ghcr.io/acme/a, tag: '5'}\n"


@pytest.mark.parametrize(
    ("values", "given", "left"),
    [
        (BESIDE, "sidecar: {tag: null}", "?"), (BESIDE, "sidecar: {repository: null}", "?"),
        (BESIDE, "sidecar: {repository: null, tag: null}", "?"), (BESIDE, "sidecar: {tag: ''}", "?"),
        (NAMED, "image: {tag: null}", "?"), (NAMED, "image: {repository: null}", "?"), (BESIDE, "sidecar: null", ""),
        ("image: ghcr.io/acme/a:5\n", "image: null", ""), ("image: ghcr.io/acme/a:5\n", "image: ''", ""),
        ("image: ghcr.io/acme/a\nimageTag: '5'\n", "imageTag: null", "?"),
        ("image: ghcr.io/acme/a\nimageTag: '5'\n", "image: null", "?"),
    ],
    ids=[
        "tag", "name", "both", "empty", "tag of an image", "name of an image", "all", "text", "empty text", "tag beside",
        "name before",
    ],
)  # fmt: skip
def test_what_takes_a_part_of_an_image_away_is_counted(served: Served, values: str, given: str, left: str) -> None:
    """What the templates make of the rest nobody here can tell, whatever the key is called under which it stands."""
    template = "x: {{ toYaml .Values }}\n"
    served.publish("shop", **{"Chart.yaml": manifest("shop"), "values.yaml": values, "templates/a.yaml": template})
    found, err = served.verify(**{"app.yaml": application(given)})
    assert (found, "?" if "it deploys ghcr.io/acme/a only" in " ".join(err.split()) else "") == ([], left)


def test_null_of_a_chart_for_one_in_it_is_counted(served: Served) -> None:
    """Some versions of Helm keep what the inner one has, others do not; a digest that stays is one with any of them."""
    inner = packed("shop", {**SHOP, "values.yaml": f"image: {{repository: ghcr.io/acme/a, tag: '5', digest: '{AT}'}}\n"})
    served.publish("shop", **{**SHOP, "values.yaml": f"image: {{repository: ghcr.io/acme/a, tag: '5', digest: '{AT}'}}\n"})
    for part in ("{digest: null}", "{repository: null}", "null"):
        values = f"shop: {{image: {part}}}\n"
        files: dict[str, Any] = {"Chart.yaml": manifest("outer"), "values.yaml": values, "charts/shop-1.2.3.tgz": inner}
        served.publish("outer", **files)
        for user in ({"app.yaml": application(chart="outer")}, {"Chart.yaml": UMBRELLA, "values.yaml": values}):
            for path in served.work.glob("*.yaml"):
                path.unlink()
            found, err = served.verify(**user)
            assert (found, "it deploys ghcr.io/acme/a only" in " ".join(err.split())) == ([], part != "{repository: null}")


def test_a_registry_of_ones_own_is_told(served: Served) -> None:
    values = "a: {registry: ghcr.io, repository: acme/a, tag: '5'}\n"
    template = 'image: "{{ .Values.a.registry }}/{{ .Values.a.repository }}:{{ .Values.a.tag }}"\n'
    served.publish("shop", **{"Chart.yaml": manifest("shop"), "values.yaml": values, "templates/a.yaml": template})
    found, _ = served.verify(**{"app.yaml": application("a: {registry: me.example}")})
    assert "me.example/acme/a:5" in found[0]


def test_images_of_a_list_that_nobody_can_tell_are_counted(served: Served) -> None:
    template = '{{ range .Values.images }}\nimage: "{{ . }}"\n{{ end }}\n'
    served.publish("shop", **{"Chart.yaml": manifest("shop"), "values.yaml": "images: ['a:1']\n", "templates/a.yaml": template})
    given = application().replace("helm: {}", f"helm: {{parameters: [{{name: 'images[0]', value: 'a@{AT}'}}]}}")
    found, err = served.verify(**{"app.yaml": given})
    assert (found, UNCHECKED in err) == ([], True)


def test_images_that_are_put_together_are_counted(served: Served) -> None:
    """No value is told to be an image, and a template writes one all the same."""
    values = {"values.yaml": "where: ghcr.io/acme\n", "templates/a.yaml": "  image: {{ .Values.where }}/a:1\n"}
    served.publish("shop", **{"Chart.yaml": SHOP["Chart.yaml"], **values})
    found, err = served.verify(**{"app.yaml": application()})
    assert found == []
    assert "it deploys the images in templates/a.yaml only" in " ".join(err.split())


def test_a_chart_that_its_index_does_not_name_is_a_contradiction(served: Served) -> None:
    served.publish("shop", **SHOP)
    place = served.repository.folder / "served/shop-1.2.3.tgz"
    place.write_bytes(packed("shop", {**SHOP, "values.yaml": ""}))
    found, _ = served.verify(select="NET904,NET910", **{"app.yaml": application()})
    assert len(found) == 1
    assert "NET904 app.yaml:8 application chart shop 1.2.3: its archive is not the one that the index.yaml of" in found[0]


@pytest.mark.parametrize(
    ("files", "why"),
    [
        ({"x": "a"}, "it holds no Chart.yaml"),
        ({"Chart.yaml": "a: [b"}, "it cannot be read"),
        ({"Chart.yaml": "apiVersion: v2\nname: a\nversion: 1.2.3\ndependencies: [{name: b, version: 1.x.x}]\n"},
         "a 1.2.3: b is not in the archive, so Helm refuses it"),
        ({"Chart.yaml": "name: a\nversion: 1.2.3\n", "values.yaml": "a: [b"}, "it cannot be read"),
    ],
    ids=["no chart", "damaged", "incomplete", "damaged values"],
)  # fmt: skip
def test_what_cannot_be_read_is_counted(served: Served, files: dict[str, str], why: str) -> None:
    archive = packed("shop", files)
    (served.repository.folder / "served/shop-1.2.3.tgz").write_bytes(archive)
    entry = {"version": "1.2.3", "urls": ["shop-1.2.3.tgz"], "digest": hashlib.sha256(archive).hexdigest()}
    (served.repository.folder / "served/index.yaml").write_text(json.dumps({"apiVersion": "v1", "entries": {"shop": [entry]}}))
    found, err = served.verify(**{"app.yaml": application()})
    assert found == []
    assert why in err


def test_an_index_without_digests_names_no_archive(served: Served) -> None:
    entry = {"version": "1.2.3", "urls": ["shop-1.2.3.tgz"]}
    (served.repository.folder / "served/index.yaml").write_text(json.dumps({"apiVersion": "v1", "entries": {"shop": [entry]}}))
    found, err = served.verify(**{"app.yaml": application()})
    assert found == []
    assert "has no digest of it, so nobody can say" in " ".join(err.split())
    assert [path for path, _ in served.repository.requests] == ["/index.yaml"]


def test_a_chart_is_asked_for_once_and_a_record_is_enough(served: Served) -> None:
    """Values are no part of what is recorded, so that a change of them is judged by an old record."""
    served.publish("shop", **SHOP)
    files = {"app.yaml": application("password: hunter2"), "b/app.yaml": application(), "helmfile.yaml": STATE}
    found, _ = served.verify("--deep", "--save-resolutions", "../record.json", **files)
    assert len(found) == 3
    assert [path for path, _ in served.repository.requests] == ["/index.yaml", "/shop-1.2.3.tgz"]
    record = (served.work.parent / "record.json").read_text()
    assert "hunter2" not in record
    again, _ = served.verify("--deep", "--resolutions", "../record.json", **files)
    assert again == found
    files["app.yaml"] = application(f"image: {{digest: '{AT}'}}\ntool: {{image: {{digest: '{AT}'}}}}")
    again, _ = served.verify("--deep", "--resolutions", "../record.json", **files)
    assert again == [one for one in found if " app.yaml" not in one]
    assert len(served.repository.requests) == 2


@pytest.mark.parametrize("fact", ["asks", "defaults"])
@pytest.mark.parametrize("told", ["{}", "[]", "[[], 1]", "nothing", '[["a"], "p", 1, {}, null, null]'])
def test_what_a_damaged_record_says_could_not_be_checked(fact: str, told: str, monkeypatch: pytest.MonkeyPatch) -> None:
    pinned, run = type("Pinned", (), {"path": "a"})(), type("Run", (), {"tree": None})()
    monkeypatch.setattr(charts, "releases", lambda *_: [])
    states = [one.state for one in charts.outcomes(pinned, Evidence({fact: [told]}), run)]
    assert states == [UNKNOWN] or (fact, told) in (("defaults", "[[], 1]"), ("defaults", "[]"))


@pytest.fixture(scope="module")
def oci(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """(the registry, the digest of the chart's manifest) of a chart that Helm pushed."""
    need("docker-registry")
    helm, folder = sdk(), tmp_path_factory.mktemp("oci")
    (folder / "shop-1.2.3.tgz").write_bytes(packed("shop", SHOP))
    with servers.registry(folder / "registry") as made:
        with helm.registry.RegistryClient(plain_http=True, credentials_file=folder / "none") as client:
            client.push(folder / "shop-1.2.3.tgz", f"oci://{made.host}/charts")
        made.push("images/shop", "1.2.3", ("linux/amd64",))
        accept = {"Accept": servers.OCI["manifest"]}
        answer = httpx.get(f"http://{made.host}/v2/charts/shop/manifests/1.2.3", headers=accept, trust_env=False)
        yield made.host, f"sha256:{hashlib.sha256(answer.content).hexdigest()}"


SOURCE = """\
apiVersion: source.toolkit.fluxcd.io/v1
kind: OCIRepository
metadata: {{name: shop}}
spec: {{url: 'oci://{host}/{name}', ref: {{{ref}}}, {layer}}}
"""
LAYER = "layerSelector: {mediaType: application/vnd.cncf.helm.chart.content.v1.tar+gzip, operation: copy}"
USING = """\
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {name: a}
spec:
  chartRef: {kind: OCIRepository, name: shop}
"""


@pytest.mark.parametrize(
    ("source", "release", "left"),
    [
        ({"ref": "digest: 'DIGEST'", "layer": LAYER}, USING, BOTH),
        ({"ref": "tag: 1.2.3", "layer": LAYER}, USING, BOTH),
        ({"ref": "digest: 'DIGEST'", "layer": ""}, USING, BOTH),
        ({"ref": "digest: 'DIGEST'", "layer": LAYER}, USING + f"  values: {{{PINNED}}}\n", ONE),
        ({"ref": "digest: 'DIGEST'", "layer": LAYER}, "", ["?"]),
        ({"ref": f"digest: '{AT}'", "layer": LAYER}, USING, ["?"]),
        ({"ref": "tag: 1.2.3", "layer": "", "name": "images/shop"}, USING, []),
    ],
    ids=["digest", "tag", "no layer", "values", "used by nobody", "gone", "no chart, and a tag"],
)
def test_charts_of_oci_registries(
    served: Served, oci: tuple[str, str], source: dict[str, str], release: str, left: list[str]
) -> None:
    host, digest = oci
    told = SOURCE.format(**{"host": host, "name": "charts/shop", **source}).replace("DIGEST", digest)
    found, err = served.verify(**{"source.yaml": told, **({"release.yaml": release} if release else {})})
    told = " ".join(ways([one for one in found if one.startswith("NET910")]))
    assert re.findall(r"ghcr\.io/acme/(\S+)", told) + (["?"] if UNCHECKED in err else []) == left, (found, err)


# --- templates ----------------------------------------------------------------------------------------------------------------

ON = ["value", ("a", "on")]
GUARDS = {
    "always": ("{{ .Values.a.image }}", True),
    "nowhere": ("{{ .Values.b }}", False),
    "if": ("{{ if .Values.a.on }}{{ .Values.a.image.tag }}{{ end }}", ON),
    "else": ("{{ if .Values.a.on }}x{{ else }}{{ .Values.a.image }}{{ end }}", ["not", ON]),
    "else if": (
        "{{ if .Values.x }}x{{ else if .Values.a.on }}{{ .Values.a.image }}{{ end }}",
        ["and", ON, ["not", ["value", ("x",)]]],
    ),
    "and": ("{{ if and .Values.a.on (not .Values.x) }}{{ .Values.a.image }}{{ end }}", ["and", ON, ["not", ["value", ("x",)]]]),
    "eq": ('{{ if eq .Values.kind "b" }}{{ .Values.a.image }}{{ end }}', ["eq", ("kind",), "b"]),
    "with": ("{{ with .Values.a }}{{ .image.repository }}{{ end }}", ["value", ("a",)]),
    "range": ("{{ range .Values.a.image }}{{ . }}{{ end }}", ["and", ["value", ("a", "image")], None]),
    "alias": ("{{ $a := .Values.a }}{{ if $a.on }}{{ $a.image }}{{ end }}", ON),
    "index": ('{{ (index .Values "a" "image").tag }}', True),
    "as a whole": ("{{ toYaml .Values.a }}", None),
    "everything": ('{{ include "elsewhere" . }}', None),
    "named": ('{{ define "n" }}{{ .Values.a.image }}{{ end }}{{ if .Values.a.on }}{{ include "n" . }}{{ end }}', ON),
    "named by none": ('{{ define "n" }}{{ .Values.a.image }}{{ end }}', False),
    "named by itself": ('{{ define "n" }}{{ .Values.a.image }}{{ include "n" . }}{{ end }}{{ include "n" . }}', True),
    "named by a run": ('{{ define "n" }}{{ .Values.a.image }}{{ end }}{{ include (printf "%s" "n") . }}', None),
    "asked about": ("{{ if .Values.a.image }}x{{ end }}", False),
    "something beside it": ("{{ .Values.a.image.pullPolicy }}", False),
    "secrets of it": ('{{ include "common.images.pullSecrets" (dict "images" (list .Values.a.image)) }}', False),
    "a function": ("{{ if .Capabilities.APIVersions.Has \"x\" }}{{ .Values.a.image }}{{ end }}", None),
    "comment": ("{{/* {{ .Values.a.image }} */}}", False),
    "ends too often": ("{{ end }}{{ end }}{{ .Values.a.image }}", True),
}  # fmt: skip


@pytest.mark.parametrize("case", GUARDS)
def test_templates_say_when_a_value_is_written(case: str) -> None:
    text, condition = GUARDS[case]
    path = ("a", "image")
    assert Guards([("a.yaml", text, True)]).written(path, [(*path, "repository"), (*path, "tag")]) == condition


def test_templates_that_call_one_another_end() -> None:
    """Each of many named templates calls all others."""
    names = range(60)
    calls = "".join(f'{{{{ include "t{n}" . }}}}' for n in names)
    text = "".join(f'{{{{ define "t{n}" }}}}{calls}{{{{ end }}}}' for n in names) + '{{ include "t0" . }}{{ .Values.a }}'
    assert Guards([("a.yaml", text, True)]).written(("a",), []) is True


def test_templates_with_too_many_conditions_say_nothing() -> None:
    """Thousands of places, each under another condition, named templates that nobody calls, and one place that is not there."""
    each = "{{ if .Values.x%d }}{{ .Values.a }}{{ range .Values.b }}{{ .c%d }}{{ end }}{{ end }}"
    text = "".join(each % (n, n) for n in range(3000))
    found = Guards([("a.yaml", text, True)])
    assert [found.written((key,), []) for key in ("a", "d")] == [None, None]
    fewer = Guards([("a.yaml", text[: text.index("{{ if .Values.x20 }}")], True)])
    assert fewer.written(("a",), []) == ["or", *(["value", (f"x{n}",)] for n in range(20))]


@pytest.mark.parametrize(
    ("written", "data"),
    [
        ("a.b", {"a": {"b": 1}}), (r"a\.b.c", {"a.b": {"c": 1}}), ("a[0].b", {"a": UNTOLD}), ("a=b", {}), ("", {}),
        ("a..b", {"a": {"": {"b": 1}}}),
    ],
)  # fmt: skip
def test_parameters_are_put_where_helm_puts_them(written: str, data: object) -> None:
    found: dict[str, object] = {}
    put(found, written, 1)
    assert found == data


def test_aliases_do_not_grow() -> None:
    """Values in which each line holds the one before it ten times."""
    values = "a0: &a0 {image: 'x:1'}\n" + "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 12))
    archive = packed("a", {"Chart.yaml": manifest("a"), "values.yaml": values, "templates/a.yaml": "{{ .Values.a11 }}"})
    with pytest.raises(Unread, match=r"more than .* steps"):
        asked(ArchiveTree("a", archive), 3)
