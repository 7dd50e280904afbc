"""What else in a repository reads or writes the place of a pin: where that would not take one, nothing is written, and the reason
says where it stands."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import pytest
from test_fix_promises import omniscient

from pinlint.config import Policy
from pinlint.discover import Found, format_of
from pinlint.fix import mend as mending
from pinlint.fix.consumers.markers import marked
from pinlint.fix.consumers.site import Site
from pinlint.model import Artifact, Reference, Span
from pinlint.notations import NOTATIONS
from pinlint.text import Document
from pinlint.tree import Tree

if TYPE_CHECKING:
    from pathlib import Path

DEPLOYMENT = (
    "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n  template:\n    spec:\n      containers:\n"
    "        - name: web\n          image: ghcr.io/me/web:v1.2.3\n"
)
MARKED = DEPLOYMENT.replace("          image", "          # renovate: datasource=docker depName=me/web\n          image")
KUSTOMIZATION = "resources: [web.yaml]\nimages:\n  - name: ghcr.io/me/web\n    newTag: v1.2.3\n"
VALUES = "image:\n  repository: ghcr.io/me/web\n  tag: v1.2.3\n"
CHART = "apiVersion: v2\nname: web\nversion: 1.0.0\nappVersion: v1.2.3\n"
TEMPLATE = 'image: "{{ .Values.image.repository }}:{{ .Values.image.tag }}"\n'
FLUX = (
    "apiVersion: source.toolkit.fluxcd.io/v1\nkind: GitRepository\nmetadata: {name: a}\nspec:\n  url: https://github.com/me/a\n"
    "  ref:\n    tag: v1.2.3\n"
)
APPLICATION = (
    "apiVersion: argoproj.io/v1alpha1\nkind: Application\nspec:\n  source:\n    repoURL: https://github.com/me/a\n"
    "    targetRevision: v1.2.3\n"
)
WORKFLOW = "on: push\njobs:\n  a:\n    runs-on: ubuntu-24.04\n    steps:\n      - uses: me/act@v1"


class Outcome(NamedTuple):
    """The pins that are written in a file, why others are not, and what is said of those that are."""

    pins: int
    why: str
    remarks: str


def outcome(folder: Path, files: dict[str, str], fixed: str, *, unsafe: bool = False) -> Outcome:
    """What becomes of one file among others."""
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
    format_ = format_of(fixed)
    assert format_ is not None
    found = Found(str(folder), [(fixed, format_)])
    (one,) = mending.mend([found], lambda _: Policy(), omniscient(found, Policy()), (), unsafe=unsafe, write=False)
    remarks = "; ".join(fix.pin.remark for _, fix in one.fixed if fix.pin)
    return Outcome(len(one.fixed), "; ".join(fix.why for _, fix in one.unfixed), remarks)


def test_every_notation_names_its_consumers() -> None:
    """But those of locks and sums, which nothing reads but the tool that they are for."""
    of_one_tool = {"bun-integrity", "json-sibling", "pip-hash", "pnpm-integrity", "wrapper-sum", "yarn-integrity"}
    assert {name for name, one in NOTATIONS.items() if not one.consumers} == of_one_tool


CRATE = '[package]\nname = "a"\n[dependencies]\nb = { git = "https://git.example/me/b", tag = "v1" }\n'
VENDORED = '[source."git+https://git.example/me/b?tag=v1"]\ngit = "https://git.example/me/b"\ntag = "v1"\nreplace-with = "v"\n'

_WRAPPER = "a/gradle/wrapper/gradle-wrapper.properties"
GRADLE = "distributionUrl=https\\://files.example/gradle-8.14-bin.zip\n"

#: The file that is fixed with its text, the file beside it with its text, and what the reason must say.
REFUSED = {
    "the task wrapper": (
        _WRAPPER,
        GRADLE,
        ".github/workflows/up.yml",
        "on: push\njobs:\n  a:\n    steps:\n      - run: ./gradlew --no-daemon wrapper --gradle-version 8.14",
        "up.yml:5 runs",
    ),
    "another member of the workspace": (
        "a/Cargo.toml",
        CRATE,
        "Cargo.toml",
        '[workspace]\nmembers = ["a"]\n[workspace.dependencies]\nb = { git = "https://git.example/me/b.git", tag = "v1" }\n',
        "Cargo.toml asks for the repository",
    ),
    "vendored by Cargo": ("a/Cargo.toml", CRATE, ".cargo/config.toml", VENDORED, ".cargo/config.toml names"),
    "sed on the name": ("web.yaml", DEPLOYMENT, "release.sh", 'sed -i "s|me/web:.*|me/web:$V|" web.yaml', "release.sh:1"),
    "sed on the name, escaped": (
        "web.yaml",
        DEPLOYMENT,
        "Makefile",
        "bump:\n\tsed -i 's/me\\/web:v[0-9.]*/me\\/web:$V/' $(F)",
        "Makefile:2",
    ),
    "sed on the key": ("k8s/web.yaml", DEPLOYMENT, "hack/bump", 'sed -i "s/image: .*/image: $IMAGE/" k8s/web.yaml', "hack/bump:1"),
    "sed over a glob": (
        "k8s/web.yaml",
        DEPLOYMENT,
        "bump.sh",
        'for f in k8s/*.yaml; do\n  sed -i "s/image:.*/image: $I/" "$f"\ndone',
        "bump.sh:2",
    ),
    "sed on what find finds": (
        "k8s/web.yaml",
        DEPLOYMENT,
        "bump.sh",
        "find k8s -name '*.yaml' | xargs sed -i 's/v1.2.3/v1.2.4/'",
        "bump.sh:1",
    ),
    "sed on a version in a variable": (
        "k8s/web.yaml",
        DEPLOYMENT,
        "bump.sh",
        'D=k8s\nsed -i "s/$OLD_VERSION/$NEW/g" $D/web.yaml',
        "bump.sh:2",
    ),
    "yq in a workflow": (
        "chart/values.yaml",
        VALUES,
        ".github/workflows/release.yml",
        "jobs: {a: {steps: [{run: \"yq -i '.image.tag = strenv(V)' chart/values.yaml\"}]}}",
        "release.yml:1",
    ),
    "an action that writes YAML": (
        "chart/values.yaml",
        VALUES,
        ".github/workflows/release.yml",
        "with:\n  valueFile: chart/values.yaml\n  propertyPath: image.tag\n",
        "release.yml:3",
    ),
    "awk that reads": (
        "compose.yml",
        "services: {a: {image: 'redis:7'}}",
        "version.sh",
        "awk -F: '/image:/ {print $3}' compose.yml",
        "version.sh:1",
    ),
    "grep and cut": ("Dockerfile", "FROM golang:1.22\n", "ci.sh", "grep FROM Dockerfile | cut -d: -f2", "ci.sh:1"),
    "Python": ("web.yaml", DEPLOYMENT, "scripts/bump.py", "re.sub(r'me/web:[^\\n]*', f'me/web:{v}', text)", "scripts/bump.py:1"),
    "kustomize edit": (
        "k8s/kustomization.yaml",
        KUSTOMIZATION,
        ".github/workflows/cd.yml",
        "run: cd k8s && kustomize edit set image ghcr.io/me/web=ghcr.io/me/web:$GITHUB_SHA",
        "cd.yml:1",
    ),
    "bumpversion": (
        "compose.yml",
        "services: {a: {image: 'me/web:1.2.3'}}",
        ".bumpversion.cfg",
        "[bumpversion]\ncurrent_version = 1.2.3\n[bumpversion:file:compose.yml]\n",
        ".bumpversion.cfg",
    ),
    "a file that a command writes": (
        "deploy/all.yaml",
        DEPLOYMENT,
        "Makefile",
        "all:\n\thelm template chart > deploy/all.yaml",
        "writes this file",
    ),
    "kustomize by a variable": (
        "config/manager/kustomization.yaml",
        "images:\n- name: controller\n  newName: ghcr.io/me/op\n  newTag: v1.2.3\n",
        "Makefile",
        "deploy:\n\tcd config/manager && $(KUSTOMIZE) edit set image controller=$(IMG)\n",
        "Makefile:2",
    ),
    "generated": (
        "a.yaml",
        f"# Code generated by gen.go from a.yaml.tmpl. DO NOT EDIT.\n{DEPLOYMENT}",
        "a.yaml.tmpl",
        "",
        "write it into a.yaml.tmpl",
    ),
    "rendered by Helm": (
        "a.yaml",
        f"---\n# Source: web/templates/web.yaml\n{DEPLOYMENT}",
        "chart/templates/web.yaml",
        "",
        "chart/templates/web.yaml",
    ),
    "Flux's marker": (
        "kustomization.yaml",
        KUSTOMIZATION.rstrip() + ' # {"$imagepolicy": "flux-system:web:tag"}\n',
        "web.yaml",
        DEPLOYMENT,
        "$imagepolicy",
    ),
    "release-please": ("web.yaml", DEPLOYMENT.rstrip() + " # x-release-please-version\n", "a", "", "release-please"),
    "a block of release-please": (
        "web.yaml",
        f"# x-release-please-start-version\n{DEPLOYMENT}# x-release-please-end\n",
        "a",
        "",
        "release-please",
    ),
    "kpt": ("web.yaml", DEPLOYMENT.rstrip() + " # kpt-set: ghcr.io/me/web:${tag}\n", "a", "", "kpt"),
    "Renovate's custom manager": (
        "web.yaml",
        MARKED,
        "renovate.json",
        '{"customManagers": [{"matchStrings": ["(?<currentValue>.*)"]}]}',
        "currentDigest",
    ),
    "Argo CD's image updater": (
        "k8s/web.yaml",
        DEPLOYMENT,
        "apps/web.yaml",
        "argocd-image-updater.argoproj.io/image-list: web=ghcr.io/me/web:~1.2",
        "apps/web.yaml:1",
    ),
    "Skaffold's manifests elsewhere": (
        "deploy/web.yaml",
        DEPLOYMENT,
        "build/skaffold.yaml",
        "build: {artifacts: [{image: ghcr.io/me/web}]}\nmanifests: {rawYaml: [../deploy/*.yaml]}",
        "",
    ),
    "Tilt's manifests elsewhere": (
        "deploy/web.yaml",
        DEPLOYMENT,
        "dev/Tiltfile",
        "docker_build('ghcr.io/me/web', '.')\nk8s_yaml(['../deploy/web.yaml'])",
        "",
    ),
    "sed by a variable": (
        "web.yaml",
        DEPLOYMENT,
        "Makefile",
        "V:\n\t$(SED) -i 's|me/web:[a-z0-9.]*|me/web:$(V)|' web.yaml",
        "Makefile:2",
    ),
    "yq by a variable, in quotes": (
        "chart/values.yaml",
        VALUES,
        "release.sh",
        '"${TOOLS_YQ}" -i ".image.tag = strenv(V)" chart/values.yaml',
        "release.sh:1",
    ),
    "sed by its path": ("web.yaml", DEPLOYMENT, "r.sh", '/usr/bin/sed -i "s|me/web:.*|me/web:$V|" web.yaml', "r.sh:1"),
    "sed on what a find in a variable finds": (
        "k8s/web.yaml",
        DEPLOYMENT,
        "Makefile",
        "V:\n\t$(FIND) ./k8s -name '*.yaml' -exec $(SED) -i '/image: me/s/:[a-z0-9.]*/:$(V)/g' {} \\;",
        "Makefile:2",
    ),
    "sed on the tag alone": (
        "k8s/web.yaml",
        DEPLOYMENT.replace("v1.2.3", "latest"),
        "r.sh",
        'sed -i "s#:latest#:${TAG}#g" k8s/*.yaml',
        "r.sh:1",
    ),
    "grep with what is not kept": (
        "compose.yml",
        "services: {a: {image: 'ghcr.io/me/web:1'}}",
        "gc.sh",
        'USED=($(grep -oP "image:\\s*\\K(ghcr\\.io/)?me.+" "$DIR/compose.yml"))',
        "gc.sh:1",
    ),
    "built by a program in a variable, in a loop": (
        "web.yaml",
        DEPLOYMENT,
        "build.sh",
        'TAG="${TAG_GIVEN:-v1.2.3}"\nfor app in web api; do\n  $DOCKER_CMD build -t "ghcr.io/me/${app}:${TAG}" "$app"\ndone',
        "build.sh:3",
    ),
    "never pulled": (
        "web.yaml",
        f"{DEPLOYMENT}          imagePullPolicy: Never\n",
        "a",
        "",
        "imagePullPolicy: Never",
    ),
    "values never pulled": ("chart/values.yaml", f'{VALUES}  pullPolicy: "Never"\n', "a", "", "pullPolicy: "),
    "a file that a script writes, its folder in quotes": (
        "deploy/all.yaml",
        DEPLOYMENT,
        "r.sh",
        'DIR=deploy\nhelm template chart > "${DIR}"/all.yaml',
        "r.sh:2",
    ),
    "a file that a Makefile writes by variables": (
        "deploy/addons/all.yaml",
        DEPLOYMENT,
        "Makefile",
        "DIR := deploy/addons\nall:\n\t$(KUSTOMIZE) build $(DIR)/web | $(ENVSUBST) > $(DIR)/all.yaml",
        "Makefile:3",
    ),
    "yamllint's directive": (
        ".github/workflows/a.yml",
        f"{WORKFLOW} # yamllint disable-line rule:line-length\n",
        "a",
        "",
        "counts only as a whole comment",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_no_pin_is_written_where_something_else_would_break(case: str, tmp_path: Path) -> None:
    fixed, text, beside, other, reason = REFUSED[case]
    chart = {"chart/Chart.yaml": CHART, "chart/templates/a.yaml": TEMPLATE} if fixed.startswith("chart/") else {}
    got = outcome(tmp_path, {fixed: text, beside: other, **chart}, fixed, unsafe=True)
    assert got.pins == 0
    assert reason in got.why


#: As above, where nothing reads or writes the place.
WRITTEN = {
    "another image's tag": (
        "k8s/web.yaml",
        DEPLOYMENT.replace("v1.2.3", "latest"),
        "r.sh",
        'sed -i "s#me/other:latest#me/other:${TAG}#g" k8s/*.yaml',
    ),
    "any tag of another image, perhaps in quotes": (
        "k8s/web.yaml",
        DEPLOYMENT,
        "r.sh",
        "sed -i '/image: \"\\?me\\/other:[a-z]+\"\\?/s/:[a-z0-9.]+/:$V/' k8s/*.yaml",
    ),
    "any tag of another image": (
        "k8s/web.yaml",
        DEPLOYMENT,
        "r.sh",
        "sed -i '/image: me\\/other:[a-z]+/s/:[a-z0-9.]+/:$V/' k8s/*.yaml",
    ),
    "builds of nobody knows what": (
        "web.yaml",
        DEPLOYMENT.replace("ghcr.io/me/web:v1.2.3", "caddy"),
        "r.sh",
        "docker build -t $I .",
    ),
    "another owner's builds": ("web.yaml", DEPLOYMENT, "r.sh", 'docker build -t "ghcr.io/you/$app:v1.2.3" .'),
    "builds under other tags": ("web.yaml", DEPLOYMENT, "r.sh", 'docker build -t "ghcr.io/me/$app:dev" .'),
    "pulled when it is not there": ("web.yaml", f"{DEPLOYMENT}          imagePullPolicy: IfNotPresent\n", "r.sh", ""),
    "yamllint's directive behind another comment, where it is none": (
        ".github/workflows/a.yml",
        f"{WORKFLOW} # v1 # yamllint disable-line rule:line-length\n",
        "a",
        "",
    ),
    "another image": ("web.yaml", DEPLOYMENT, "release.sh", 'sed -i "s|me/webhook:.*|me/webhook:$V|" web.yaml'),
    "another image by its key": (
        "web.yaml",
        DEPLOYMENT,
        "release.sh",
        'sed -i "s|image: me/other:.*|image: me/other:$V|" web.yaml',
    ),
    "another file": (
        "web.yaml",
        DEPLOYMENT,
        "release.sh",
        'touch a.yaml\nsed -i "s|me/web:.*|me/web:$V|" other.yaml',
        "other.yaml",
    ),
    "another key": ("web.yaml", DEPLOYMENT, "release.sh", "sed -i 's/replicas: .*/replicas: 2/' web.yaml"),
    "another key of yq": ("chart/values.yaml", VALUES, "release.sh", "yq -i '.sidecar.image.tag = 1' chart/values.yaml"),
    "the top of the file": ("a/kustomization.yaml", KUSTOMIZATION, "release.sh", "sed -i 's/^newTag: .*/x/' a/kustomization.yaml"),
    "an image of that name": (
        "web.yaml",
        DEPLOYMENT,
        "a.sh",
        "docker run --rm mikefarah/yq:4 . && docker run ghcr.io/me/web:v1.2.3 true",
    ),
    "a comment": ("web.yaml", DEPLOYMENT, "a.sh", '# sed -i "s|me/web:.*|me/web:$V|" web.yaml'),
    "a version of something else": ("web.yaml", DEPLOYMENT, "a.sh", "sed -i 's/1.2.30/1.2.31/' web.yaml"),
    "a file elsewhere": ("deploy/all.yaml", DEPLOYMENT, "Makefile", "all:\n\thelm template chart > build/all.yaml"),
    "a temporary file": ("Dockerfile", "FROM golang:1.22\n", "test.sh", 'T=$(mktemp -d)\ncat > "$T/Dockerfile"'),
    "a command in a command": ("Dockerfile", "FROM golang:1.22\n", "ci.sh", "X=$(echo $A | cut -d / -f 2)\necho 'FROM' Dockerfile"),
    "a template of generated files": ("Dockerfile.j2", "# This file is generated. DO NOT EDIT.\nFROM golang:1.22\n", "a", ""),
    "a template that is edited": ("web.yaml", f"# This file is edited by hand\n{DEPLOYMENT}", "a", ""),
    "generated things further down": ("Dockerfile", "FROM golang:1.22\n# the code is generated by protoc\nRUN make\n", "a", ""),
    "a release of another version": (
        "compose.yml",
        "services: {a: {image: 'redis:7.2.1'}}",
        ".bumpversion.cfg",
        "[bumpversion]\ncurrent_version = 1.2.3\n[bumpversion:file:compose.yml]\n",
    ),
    "Renovate's digests": (
        "web.yaml",
        MARKED,
        "renovate.json",
        '{"customManagers": [{"matchStrings": ["(?<currentValue>[^@]*)(@(?<currentDigest>.*))?"]}]}',
    ),
    "zizmor's directive": (".github/workflows/a.yml", f"{WORKFLOW} # zizmor: ignore[unpinned-uses]\n", "a", ""),
}


@pytest.mark.parametrize("case", WRITTEN)
def test_what_is_about_something_else_keeps_no_pin_away(case: str, tmp_path: Path) -> None:
    fixed, text, beside, other, *more = WRITTEN[case]
    chart = {"chart/Chart.yaml": CHART, "chart/templates/a.yaml": TEMPLATE} if fixed.startswith("chart/") else {}
    got = outcome(tmp_path, {fixed: text, beside: other, **chart, **dict.fromkeys(more, "")}, fixed)
    assert got == Outcome(1, "", "")


@pytest.mark.parametrize("other", [VENDORED.replace("me/b", "me/c"), '[source.crates-io]\nreplace-with = "v"\n'])
def test_what_is_vendored_of_others_keeps_no_commit_away(other: str, tmp_path: Path) -> None:
    got = outcome(tmp_path, {"a/Cargo.toml": CRATE, ".cargo/config.toml": other}, "a/Cargo.toml")
    assert got == Outcome(1, "", "update bots see a commit there and propose no newer version")


def test_renovate_would_follow_the_default_branch(tmp_path: Path) -> None:
    """With Renovate it takes leave; elsewhere it is said."""
    assert "Renovate" in outcome(tmp_path, {"a.yaml": FLUX}, "a.yaml").remarks
    files = {"a.yaml": FLUX, "renovate.json": "{}"}
    assert outcome(tmp_path, files, "a.yaml").why.startswith("Renovate (renovate.json) would move the commit")
    assert outcome(tmp_path, files, "a.yaml", unsafe=True).pins == 1


@pytest.mark.parametrize(
    ("path", "text"),
    [
        (".gitlab-ci.yml", "include: [{project: a/b, ref: v1.2.3, file: /a.yml}]\n"),
        ("kustomization.yaml", "resources: ['https://github.com/me/base//deploy?ref=v1.2.3']\n"),
        ("requirements.txt", "two @ git+https://github.com/me/two@v1.2.3\n"),
        ("app.yaml", APPLICATION),
    ],
)
def test_it_is_said_that_bots_see_no_version_in_a_commit(path: str, text: str, tmp_path: Path) -> None:
    got = outcome(tmp_path, {path: text}, path)
    assert (got.pins, got.remarks) == (1, "update bots see a commit there and propose no newer version")


def test_a_folder_that_a_command_writes_files_into_takes_leave(tmp_path: Path) -> None:
    """Which files of it are its own, nobody says."""
    files = {"manifests/web.yaml": DEPLOYMENT, "build.sh": "jsonnet -J vendor -m manifests main.jsonnet\n"}
    assert outcome(tmp_path, files, "manifests/web.yaml").why.startswith(
        "build.sh:1 (`jsonnet -J vendor -m manifests main.jsonnet`)"
    )
    assert outcome(tmp_path, files, "manifests/web.yaml", unsafe=True).pins == 1


def test_what_tests_compare_takes_leave(tmp_path: Path) -> None:
    files = {"pkg/testdata/web.yaml": DEPLOYMENT}
    assert "testdata" in outcome(tmp_path, files, "pkg/testdata/web.yaml").why
    assert outcome(tmp_path, files, "pkg/testdata/web.yaml", unsafe=True).pins == 1


def test_a_matrix_of_each_job_takes_its_digests(tmp_path: Path) -> None:
    """Two jobs with a key of one name."""
    job = "  J:\n    strategy: {matrix: {image: ['alpine:3.20', 'debian:12']}}\n    container: ${{ matrix.image }}\n    steps: []\n"
    text = "on: push\njobs:\n" + job.replace("J", "a") + job.replace("J", "b").replace("debian:12", "ubuntu:24.04")
    assert outcome(tmp_path, {".github/workflows/a.yml": text}, ".github/workflows/a.yml").pins == 4


# Charts

#: The pattern of image.tag in values.schema.json, and whether it allows a digest.
PATTERNS = {
    '{"pattern": "^v[0-9.]+$"}': False,
    '{"pattern": "^v[0-9.]+"}': True,
    '{"enum": ["v1.2.3"]}': False,
    '{"maxLength": 40}': False,
    '{"maxLength": 400}': True,
    '{"type": "string"}': True,
    '{"pattern": "^(a+)+$"}': False,
    '{"$ref": "#/$defs/tag"}': False,
    '{"anyOf": [{"type": "null"}, {"pattern": "^v1"}]}': True,
    '{"allOf": [{"pattern": "^[^@]*$"}]}': False,
    '{"pattern": "("}': False,
}


SCHEMA = '{"$defs": {"tag": {"pattern": "^v[^@]*$"}}, "properties": {"image": {"properties": {"tag": TAG}}}}'


@pytest.mark.parametrize("schema", PATTERNS)
def test_a_schema_has_a_say(schema: str, tmp_path: Path) -> None:
    files = {
        "Chart.yaml": CHART,
        "values.yaml": VALUES,
        "templates/a.yaml": TEMPLATE,
        "values.schema.json": SCHEMA.replace("TAG", schema),
    }
    got = outcome(tmp_path, files, "values.yaml")
    assert got.pins == PATTERNS[schema]
    assert ("values.schema.json does not allow image.tag" in got.why) is not PATTERNS[schema]


def test_a_charts_own_digest_takes_leave(tmp_path: Path) -> None:
    """`--set image.tag` would have no effect; in the values of a release beside its chart it never had."""
    files = {"Chart.yaml": CHART, "values.yaml": f"{VALUES}  digest: ''\n", "templates/a.yaml": '{{ include "web.image" . }}\n'}
    assert "`--set image.tag=…`" in outcome(tmp_path, files, "values.yaml").why
    assert outcome(tmp_path, files, "values.yaml", unsafe=True).pins == 1
    files["values.yaml"] = files["values.yaml"].replace("v1.2.3", "''")
    assert "would outlive the next appVersion" in outcome(tmp_path, files, "values.yaml", unsafe=True).why


IMAGE_POLICY = '# {"$imagepolicy": "flux-system:app:tag"}'


def site_of(text: str, notation: str) -> Site:
    """The place of `v1` in a file."""
    place = Span(text.index("v1"), text.index("v1") + 2)
    made = Reference(Artifact("image", "a"), "v1", (), "tag", place, "image", site=place, notation=notation)
    return Site(made, place, Document("kustomization.yaml", text.encode()), Tree("/nowhere", list))


@pytest.mark.parametrize(
    ("text", "who"),
    [
        (f"images:\n- name: a\n  newTag: v1 {IMAGE_POLICY}\n", "Flux"),
        (f"images: [{{name: a, newTag: 'v1'}}] {IMAGE_POLICY}", "Flux"),
        ("newTag: v1 # kpt-set: ${tag}\n", "kpt"),
        ('newTag: v1 # {"$openapi":"tag"}\n', "kpt"),
        ("newTag: v1 # x-release-please-version\n", "release-please"),
        ("# x-release-please-start-version\na: 1\nnewTag: v1\n# x-release-please-end\n", "release-please"),
    ],
)
def test_nothing_is_written_where_an_update_marker_stands(text: str, who: str) -> None:
    for notation in ("image-tag-key", "kustomize-digest", "image"):
        objection = marked(site_of(text, notation))
        assert objection
        assert who in objection.why


@pytest.mark.parametrize(
    "text",
    [
        f"- newTag: v1\n- newTag: v2 {IMAGE_POLICY}\n",
        f"- newTag: v0 {IMAGE_POLICY}\n- newTag: v1\n",
        "# x-release-please-start-version\na: 1\n# x-release-please-end\nnewTag: v1\n",
        "newTag: v1 # imagepolicy of the team\n",
    ],
)
def test_a_marker_of_another_line_is_none(text: str) -> None:
    assert marked(site_of(text, "image-tag-key")) is None
