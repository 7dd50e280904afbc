"""What other tools read of the pins of a repository, judged by what those tools say of such files."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import check_jsonschema  # type: ignore[import-untyped]
import jsonschema
import pytest
from conftest import need
from servers import registry as servers
from test_fix_images import told
from trees import pinlint, root_at

from pinlint.cli import main
from pinlint.exports.renovate import managers

DIGEST, OTHER = "sha256:" + "5f" * 32, "sha256:" + "6a" * 32


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    root_at(tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


#: Renovate's managers: the folders of lib/modules/manager in renovatebot/renovate at c2dd4f8 of 2026-08-22.
MANAGERS = """
ansible-galaxy ansible ant argocd asdf azure-pipelines batect-wrapper batect bazel-module bazel bazelisk bicep
bitbucket-pipelines bitrise buildkite buildpacks bun-version bun bundler cake cargo cdnurl circleci cloudbuild cocoapods
composer conan copier cpanfile crossplane crow deno deps-edn devbox devcontainer docker-compose dockerfile droneci fleet flux
fvm git-submodules github-actions gitlabci-include gitlabci glasskube gleam gomod gradle-wrapper gradle haskell-cabal
helm-requirements helm-values helmfile helmsman helmv3 hermit homeassistant-manifest homebrew html jenkins jsonnet-bundler
kotlin-script kubernetes kustomize leiningen maven-wrapper maven meteor mint mise mix nix nodenv npm nuget nvm ocb osgi pep621
pep723 pip-compile pip_requirements pip_setup pipenv pixi poetry pre-commit proto pub puppet pyenv quadlet renovate-config
ruby-version runtime-version rust-toolchain sbt scalafmt setup-cfg smithy sveltos swift tekton terraform-version terraform
terragrunt-version terragrunt tflint-plugin travis typst unity3d velaci vendir woodpecker xcodegen
"""

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(root: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    """(exit code, standard output, standard error) of an export."""

    def ran(*words: str) -> tuple[int, str, str]:
        code = main(["export", *words])
        return code, *capsys.readouterr()

    return ran


def converted(policy: dict[str, Any], identifier: str) -> str:
    """What BuildKit makes of a source by a policy. Source: sourcepolicy/engine.go, Evaluate, with EXACT selectors."""
    for _ in range(20):
        for rule in policy["rules"]:
            assert rule["action"] == "CONVERT"
            assert rule["selector"]["match_type"] == "EXACT"
            if rule["selector"]["identifier"] == identifier != rule["updates"]["identifier"]:
                identifier = rule["updates"]["identifier"]
                break
        else:
            return identifier
    raise AssertionError("too many mutations on a single source")


def test_a_policy_pins_a_build_by_what_other_files_and_a_record_say(root: Path, run: Run) -> None:
    (root / "Dockerfile").write_text(
        f"ARG X\nFROM python:3.12 AS a\nFROM a\nFROM ghcr.io/me/b\n"
        f"COPY --from=alpine@{OTHER} / /\nFROM $X\nFROM two:1\nFROM none:1\n"
    )
    (root / "compose.yaml").write_text(
        f"services:\n  a: {{image: 'docker.io/library/python:3.12@{DIGEST}'}}\n"
        f"  b: {{image: 'two:1@{DIGEST}'}}\n  c: {{image: 'two:1@{OTHER}'}}\n  d: {{image: 'other:1@{OTHER}'}}\n"
    )
    code, out, said = run("buildkit-policy")
    policy = json.loads(out)
    assert (code, policy["version"]) == (0, 1)
    python = "docker-image://docker.io/library/python:3.12"
    assert converted(policy, python) == f"{python}@{DIGEST}"
    assert len(policy["rules"]) == 1
    assert "3 references left out: no digest is known" in said
    assert "left out: only the build knows what is meant" in said
    answer = {
        "kind": "image", "name": "ghcr.io/me/b", "source": "", "asked": "latest", "written": [], "wanted": "pin", "context": "",
        "pin": {"version": "latest", "digests": [OTHER], "proof": "https://registry.example/v2/"},
    }  # fmt: skip
    (root / "record.json").write_text(json.dumps({"version": 2, "answers": [answer]}))
    policy = json.loads(run("buildkit-policy", "--resolutions", "record.json", ".")[1])
    assert converted(policy, "docker-image://ghcr.io/me/b:latest") == f"docker-image://ghcr.io/me/b:latest@{OTHER}"


def test_digests_are_said_with_the_file_that_holds_them(root: Path, run: Run) -> None:
    (root / "Dockerfile").write_text(f"FROM python:3.12@{DIGEST}\nFROM b@{OTHER}\nFROM c:1\n")
    (root / "requirements.txt").write_text(f"d==1 --hash={OTHER} --hash={DIGEST}\n")
    lines = [json.loads(line) for line in run("digests")[1].splitlines()]
    assert [(one["kind"], one["name"], one["version"], one["digest"], one["from"]) for one in lines] == [
        ("image", "docker.io/library/b", "", OTHER, "Dockerfile"),
        ("image", "docker.io/library/python", "3.12", DIGEST, "Dockerfile"),
        ("pypi", "d", "1", DIGEST, "requirements.txt"),
        ("pypi", "d", "1", OTHER, "requirements.txt"),
    ]


def test_package_rules_say_what_the_policy_says_and_are_valid_for_renovate(root: Path, run: Run) -> None:
    (root / "Dockerfile").write_text("FROM python:3.12\n")
    (root / ".pre-commit-config.yaml").write_text("repos:\n- repo: https://git.example/a\n  rev: v1\n  hooks: [{id: a}]\n")
    (root / ".github/workflows").mkdir(parents=True)
    (root / ".github/workflows/a.yml").write_text("on: push\njobs: {a: {runs-on: x, steps: [{uses: a/b@v1}]}}\n")
    (root / "pinlint.toml").write_text('min-age = "3d"\n[require]\n"image:me/*" = "tag"\n"action:actions/*" = "tag"\n')
    config = json.loads(run("renovate")[1])
    schema = Path(check_jsonschema.__file__).parent / "builtin_schemas/vendor/renovate.json"
    jsonschema.Draft7Validator(json.loads(schema.read_text(encoding="utf-8"))).validate(config)
    rules = [(one["matchManagers"], one.get("matchPackageNames"), one.get("pinDigests")) for one in config["packageRules"]]
    assert rules == [
        (["dockerfile"], None, True),
        (["dockerfile"], ["docker.io/me/**", "me/**"], False),
        (["github-actions"], None, True),
        (["github-actions"], ["actions/**"], False),
        (["dockerfile", "github-actions", "pre-commit"], None, None),
    ]
    assert config["packageRules"][-1]["minimumReleaseAge"] == "3 days"
    assert config["pre-commit"] == {"enabled": True}


def test_managers_read_what_they_are_told_to_and_write_what_they_can(root: Path, run: Run) -> None:
    """Some read no file by its name, some are off, and some fail at a digest that was not there before."""
    assert managers() <= set(MANAGERS.split())
    (root / "k8s/a+b").mkdir(parents=True)
    for name in ("k8s/web.yaml", "k8s/a+b/job.yaml"):
        (root / name).write_text(
            "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {containers: [{name: a, image: 'a/b:1'}]}\n"
        )
    (root / "azure-pipelines.yml").write_text("pool: {vmImage: x}\ncontainer: a/b:1\nsteps: [{script: make}]\n")
    (root / ".devcontainer").mkdir()
    (root / ".devcontainer/devcontainer.json").write_text('{"image": "a/b:1"}\n')
    (root / "ci.sh").write_text(f"docker run a/b:1@{DIGEST}\n")
    (root / "package-lock.json").write_text('{"lockfileVersion": 3, "packages": {}}\n')
    code, out, said = run("renovate")
    config = json.loads(out)
    assert code == 0
    assert config["kubernetes"]["managerFilePatterns"] == ["/^k8s/a\\+b/job\\.yaml$/", "/^k8s/web\\.yaml$/"]
    assert config["azure-pipelines"] == {"enabled": True}
    assert [one["matchManagers"] for one in config["packageRules"]] == [["azure-pipelines", "kubernetes"]]
    assert "Renovate has no manager for shell_script" in said
    assert "npm_lock" not in said


@pytest.mark.parametrize("what", ["digests", "buildkit-policy"])
def test_a_registry_tells_what_no_file_holds(root: Path, tmp_path_factory: pytest.TempPathFactory, what: str) -> None:
    """Only where it is asked to; the record of that says the same once the registry has gone."""
    need("docker-registry", "skopeo")
    scratch = tmp_path_factory.mktemp("registry")
    environment = servers.environment(HOME=str(scratch), PYTHONPATH=str(Path(__file__).parent.parent))
    with servers.registry(scratch / "files") as registry:
        host = registry.host
        registry.push("team/app", "1")
        registry.push("team/tools", "latest", ("linux/amd64",))
        (root / "Dockerfile").write_text(
            f"FROM {host}/team/app:1 AS a\nFROM {host}/team/tools\nFROM {host}/team/pinned:1@{DIGEST}\nFROM {host}/team/none:3\n"
        )
        (root / "pod.yaml").write_text(
            f"apiVersion: v1\nkind: Pod\nmetadata: {{name: a}}\nspec: {{containers: [{{name: a, image: '{host}/team/app:1'}}]}}\n"
        )
        known = {f"{host}/team/app:1": told(f"{host}/team/app:1"), f"{host}/team/tools:latest": told(f"{host}/team/tools:latest")}
        silent = pinlint(environment, root, "export", what)
        asked = pinlint(environment, root, "export", what, "--ask", "--save-resolutions", "record.json")
    replayed = pinlint(environment, root, "export", what, "--resolutions", "record.json")
    assert [silent.returncode, asked.returncode, replayed.returncode] == [0, 0, 0]
    assert replayed.stdout == asked.stdout
    assert replayed.stderr == asked.stderr
    if what == "digests":
        assert [json.loads(line)["digest"] for line in silent.stdout.splitlines()] == [DIGEST]
        lines = [json.loads(line) for line in asked.stdout.splitlines()]
        found = {f"{one['name']}:{one['version']}": one["digest"] for one in lines if one["from"] == "registry"}
        assert found == known
    else:
        policy = json.loads(asked.stdout)
        for name, digest in known.items():
            source = f"docker-image://{name}"
            assert converted(policy, source) == f"{source}@{digest}"
    said = " ".join(asked.stderr.decode().split())
    assert "team/none" in said
    assert "no digest is known" in " ".join(silent.stderr.decode().split())


def test_an_export_says_what_it_lacks(root: Path, run: Run) -> None:
    (root / "Dockerfile").write_text("FROM python:3.12\n")
    assert run()[0] == 2
    assert run("digests", "--save-resolutions", "x")[0] == 2
    assert run("digests", "nothing")[0] == 2
    assert run("digests", "--isolated", "Dockerfile")[:2] == (0, "")
