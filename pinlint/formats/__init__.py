"""The table of file kinds. One line here, one module of the same name beside it and one folder under `fixtures/` make a format.

A name may say everything (`Dockerfile`, `.gitlab-ci.yml`) or nothing (`web.yaml`): the latter are of every kind whose marks their
content holds, and a file of several documents may be of several kinds. Everything is a string, so nothing is imported until a file
name matches. The module offers
`references(document: Document, tree: Tree) -> Iterator[Reference | Fact]` and lets `text.Unparsable` pass, which the engine turns
into a fact; formats never import one another.
"""

import re
from typing import NamedTuple

from pinlint.programs import fetches
from pinlint.text import spelled

__all__ = ["BY_CONTENT", "BY_SHEBANG", "FORMATS", "SHOWN", "Format", "kinds", "named"]


class Format(NamedTuple):
    """A file kind.

    `patterns` are shell patterns over the path below the root, matched from the last path segment on (a pattern with a slash
    matches that many trailing segments); `but_not` takes names out again. `syntax` names the module under `syntax/` that turns
    key paths into spans. `decoding` is how the consumer decodes the file (see `text.decode`). `comments` names the module under
    `syntax/` that tells where comments stand, in which exceptions may be written; "" for formats without comments.
    `partner` is the file beside it that is judged in its place too (a lock brings its manifest in; `*.py` is that of the lock's own
    name without its ending). `title` is for people. `marks` are bytes
    that a file must hold, all of them, to be of this kind although its name says nothing; its `patterns` then are those of one of SHOWN.
    `second_reader` is who else looks at an edited file, a name in `fix/second_reader`; "" says that there is nobody.
    `includes` is whether such a file names others that are of its kind then, whatever they are called: the module offers
    `included(document, tree) -> list[str]`, too. `fetching` is whether such a file holds nothing but commands: without a word of
    one that fetches it is of no kind, as most scripts are. `words` are bytes of which a file of such a name must hold one to be of
    this kind, or of any.
    """

    name: str
    title: str
    patterns: tuple[str, ...]
    but_not: tuple[str, ...] = ()
    syntax: str = ""
    decoding: str = "utf-8"
    comments: str = ""
    partner: tuple[str, ...] = ()
    marks: tuple[bytes, ...] = ()
    second_reader: str = ""
    includes: bool = False
    fetching: bool = False
    words: tuple[bytes, ...] = ()


# `Dockerfile.go` and `Dockerfile.py` are Dockerfiles for programs in Go and Python nearly always (the content decides);
# `dockerfile.go` and `dockerfile_test.go` are programs, in which Dockerfiles may be quoted.
_NO_DOCKERFILE = tuple(
    f"{name}*.{suffix}"
    for name, suffixes in (
        ("Dockerfile", "dockerignore md rst adoc html yml yaml json xml toml lock sh ps1"),
        ("Containerfile", "dockerignore containerignore md rst adoc html yml yaml json xml toml lock sh ps1"),
        (
            "dockerfile",
            "dockerignore md rst adoc html yml yaml json xml toml lock sh ps1 go js ts tsx py rs java rb cs php lua vim txt",
        ),
    )
    for suffix in suffixes.split()
)

# ruff: noqa: E501 - a line a format
FORMATS = (
    Format("dockerfile", "Dockerfile, Containerfile", ("Dockerfile", "Dockerfile.*", "Dockerfile-*", "Dockerfile_*", "*Dockerfile", "*.dockerfile", "Containerfile", "Containerfile.*", "Containerfile-*", "*Containerfile", "dockerfile", "dockerfile.*", "dockerfile-*"), _NO_DOCKERFILE, comments="dockerfile", second_reader="dockerfile"),
    Format("npm_lock", "npm lock file", ("package-lock.json", "npm-shrinkwrap.json"), syntax="json", second_reader="json"),
    Format("package_json", "package.json", ("package.json",), syntax="json", partner=("package-lock.json", "npm-shrinkwrap.json", "yarn.lock", "pnpm-lock.yaml", "bun.lock", "deno.lock"), second_reader="json"),
    Format("yarn_lock", "yarn lock file", ("yarn.lock",), syntax="yarn", comments="yarn"),
    Format("pnpm_lock", "pnpm lock file", ("pnpm-lock.yaml", "pnpm-lock.*.yaml"), syntax="plain_yaml", comments="yaml", second_reader="yaml"),
    Format("bun_lock", "bun lock file", ("bun.lock",), syntax="jsonc", comments="jsonc"),
    Format("deno_json", "Deno configuration", ("deno.json", "deno.jsonc"), comments="jsonc"),
    Format("deno_lock", "Deno lock file", ("deno.lock",), syntax="json", second_reader="json"),
    Format("npm_settings", "Settings of npm and Yarn 1", (".npmrc", ".yarnrc"), comments="ini"),
    Format("yarn_settings", "Settings of Yarn, pnpm and Bun", (".yarnrc.yml", "pnpm-workspace.yaml", "bunfig.toml"), comments="yaml", second_reader="yaml"),
    Format("requirements", "pip requirements and constraints", ("requirements*.txt", "requirements*.in", "*-requirements.txt", "*-requirements.in", "*_requirements.txt", "*_requirements.in", "*.requirements.txt", "*.requirements.in", "requirements/*.txt", "requirements/*.in", "requirements/*/*.txt", "requirements/*/*.in", "requirements/*/*/*.txt", "requirements/*/*/*.in", "constraints*.txt", "*-constraints.txt", "*_constraints.txt"), decoding="pip", comments="requirements", includes=True),
    Format("pyproject", "Python project", ("pyproject.toml",), syntax="toml_values", comments="toml", partner=("uv.lock", "poetry.lock", "pdm.lock", "pylock.toml"), second_reader="toml"),
    Format("setup_cfg", "setup.cfg of setuptools", ("setup.cfg",), comments="ini"),
    Format("setup_py", "setup.py of setuptools", ("setup.py",), comments="python", second_reader="python"),
    Format("noxfile", "nox sessions", ("noxfile.py",), comments="python", second_reader="python"),
    Format("python_script", "Python script with metadata", ("*.py",), comments="python", marks=(b"# /// script",)),
    Format("uv_lock", "uv lock file", ("uv.lock", "*.py.lock"), syntax="toml_values", comments="toml", partner=("pyproject.toml", "*.py"), second_reader="toml"),
    Format("poetry_lock", "Poetry lock file", ("poetry.lock",), syntax="toml_values", comments="toml", partner=("pyproject.toml",), second_reader="toml"),
    Format("pdm_lock", "PDM lock file", ("pdm.lock",), syntax="toml_values", comments="toml", partner=("pyproject.toml",), second_reader="toml"),
    Format("pylock", "pylock file", ("pylock.toml", "pylock.*.toml"), syntax="toml_values", comments="toml", second_reader="toml"),
    Format("pipfile", "Pipfile of pipenv", ("Pipfile",), syntax="toml_values", comments="toml", partner=("Pipfile.lock",), second_reader="toml"),
    Format("pipfile_lock", "Pipfile lock of pipenv", ("Pipfile.lock",), syntax="json", partner=("Pipfile",), second_reader="json"),
    Format("pom", "Maven pom", ("pom.xml", "*.pom"), decoding="xml", comments="xml", second_reader="xml"),
    Format("maven_extensions", "Maven core extensions", (".mvn/extensions.xml",), decoding="xml", comments="xml", second_reader="xml"),
    Format("conda_environment", "conda environment", ("environment.yml", "environment.yaml", "environment-*.yml", "environment_*.yml", "*-environment.yml", "*_environment.yml"), comments="yaml", second_reader="yaml"),
    Format("conda_lock", "conda-lock file", ("conda-lock.yml", "conda-lock.yaml", "*.conda-lock.yml"), syntax="plain_yaml", comments="yaml", second_reader="yaml"),
    Format("conda_explicit", "explicit list of conda", ("conda-*.lock",), comments="properties"),
    Format("pixi_lock", "pixi lock file", ("pixi.lock",), syntax="plain_yaml", comments="yaml", second_reader="yaml"),
    Format("maven_wrapper", "Maven wrapper", (".mvn/wrapper/maven-wrapper.properties",), comments="properties"),
    Format("chart", "Helm chart", ("Chart.yaml",), comments="yaml", second_reader="yaml"),
    Format("chart_lock", "Helm chart lock", ("Chart.lock",), comments="yaml", partner=("Chart.yaml",), second_reader="yaml"),
    Format("helm2_requirements", "Helm 2 requirements", ("requirements.yaml",), comments="yaml", second_reader="yaml"),
    Format("helm2_lock", "Helm 2 lock", ("requirements.lock",), comments="yaml", partner=("requirements.yaml",), second_reader="yaml"),
    Format("github_workflow", "GitHub Actions workflow", (".github/workflows/*.yml", ".github/workflows/*.yaml", "workflow-templates/*.yml", "workflow-templates/*.yaml"), comments="yaml", second_reader="yaml"),
    Format("github_action", "GitHub action", ("action.yml", "action.yaml"), comments="yaml", second_reader="yaml"),
    Format("actions_lock", "GitHub Actions lock", (".github/workflows/actions.lock",), comments="yaml", second_reader="yaml"),
    Format("forgejo_workflow", "Forgejo and Gitea workflow", (".forgejo/workflows/*.yml", ".forgejo/workflows/*.yaml", ".gitea/workflows/*.yml", ".gitea/workflows/*.yaml"), comments="yaml", second_reader="yaml"),
    Format("cloud_build", "Cloud Build", ("cloudbuild*.yaml", "cloudbuild*.yml"), comments="yaml", second_reader="yaml"),
    Format("compose", "Compose", ("docker-compose*.yml", "docker-stack*.yml", "compose.yml", "compose.*.yml", "compose-*.yml", "compose_*.yml", "*.compose.yml", "*-compose.yml", "*_compose.yml", "*.docker-compose.yml", "*-docker-compose.yml", "docker-compose*.yaml", "docker-stack*.yaml", "compose.yaml", "compose.*.yaml", "compose-*.yaml", "compose_*.yaml", "*.compose.yaml", "*-compose.yaml", "*_compose.yaml", "*.docker-compose.yaml", "*-docker-compose.yaml", "src/main/docker/*.yml"), comments="yaml", second_reader="yaml"),
    Format("kustomize", "Kustomization", ("kustomization.yaml", "kustomization.yml", "Kustomization"), comments="yaml", second_reader="yaml"),
    Format("tekton", "Tekton", ("*.yaml", "*.yml"), comments="yaml", marks=(b"tekton.dev/",), second_reader="yaml"),
    Format("argo_workflows", "Argo Workflows", ("*.yaml", "*.yml"), comments="yaml", marks=(b"argoproj.io/", b"image"), second_reader="yaml"),
    Format("argo_cd", "Argo CD", ("*.yaml", "*.yml"), comments="yaml", marks=(b"argoproj.io/", b"repoURL"), second_reader="yaml"),
    Format("flux", "Flux", ("*.yaml", "*.yml"), comments="yaml", marks=(b"toolkit.fluxcd.io/",), second_reader="yaml"),
    Format("image_policy", "Policies about signatures of images", ("*.yaml", "*.yml"), comments="yaml", marks=(b"apiVersion", b"keyless"), second_reader="yaml"),
    Format("kubernetes", "Kubernetes manifest", ("*.yaml", "*.yml"), comments="yaml", marks=(b"apiVersion", b"image"), second_reader="yaml"),
    Format("cloudformation", "CloudFormation, SAM", ("*.yaml", "*.yml"), comments="yaml", marks=(b"AWS::ECR::Repository",), second_reader="yaml"),
    Format("ack", "AWS Controllers for Kubernetes", ("*.yaml", "*.yml"), comments="yaml", marks=(b"ecr.services.k8s.aws",), second_reader="yaml"),
    Format("acr_task", "Task of Azure Container Registry", ("*.yaml", "*.yml"), comments="yaml", marks=(b"purge", b"steps:", b"cmd:"), second_reader="yaml"),
    Format("crossplane", "Crossplane", ("*.yaml", "*.yml"), comments="yaml", marks=(b"ecr.aws.",), second_reader="yaml"),
    Format("pulumi", "Pulumi", ("*.yaml", "*.yml"), comments="yaml", marks=(b":ecr",), second_reader="yaml"),
    Format("gitlab_ci", "GitLab CI", (".gitlab-ci.yml", ".gitlab-ci.yaml", "*.gitlab-ci.yml", "*.gitlab-ci.yaml", ".gitlab-ci/*.yml", ".gitlab-ci/*.yaml", ".gitlab-ci/*/*.yml", ".gitlab/ci/*.yml", ".gitlab/ci/*.yaml", ".gitlab/ci/*/*.yml", ".gitlab/ci/*/*/*.yml"), comments="yaml", includes=True, second_reader="yaml"),
    Format("pre_commit", "pre-commit, prek", (".pre-commit-config.yaml", ".pre-commit-config.yml", "prek.toml"), comments="yaml", second_reader="yaml"),
    Format("circleci", "CircleCI", (".circleci/*.yml", ".circleci/*.yaml", ".circleci/*/*.yml", ".circleci/*/*/*.yml", ".circleci/*/*/*/*.yml", "@orb.yml"), comments="yaml", second_reader="yaml"),
    Format("helmfile", "helmfile", ("helmfile*.yaml", "helmfile*.yml", "helmfile*.yaml.gotmpl", "helmfile.d/*.yaml", "helmfile.d/*.yml", "helmfile.d/*.yaml.gotmpl"), comments="yaml", second_reader="yaml"),
    Format("skaffold", "Skaffold", ("skaffold*.yaml", "skaffold*.yml"), comments="yaml", second_reader="yaml"),
    Format("helm_values", "Helm values", ("values*.yaml", "helm-values*.yaml", "*values.yaml", "values/*.yaml", "values*.yml", "helm-values*.yml", "*values.yml", "values/*.yml", "values*.yaml.gotmpl", "*values.yaml.gotmpl", "values/*.yaml.gotmpl"), comments="yaml", second_reader="yaml"),
    Format("azure_pipelines", "Azure Pipelines", ("azure-pipelines*.yml", "azure-pipelines*.yaml", "*.azure-pipelines.yml", "*.azure-pipelines.yaml", "*-azure-pipelines.yml", "*-azure-pipelines.yaml", "azure-pipelines/*.yml", "azure-pipelines/*/*.yml", "azure-pipelines/*/*/*.yml", ".azure-pipelines/*.yml", ".azure-pipelines/*.yaml", ".azure-pipelines/*/*.yml", ".azure-pipelines/*/*/*.yml", ".azuredevops/pipelines/*.yml", ".azure/*pipeline.yml", ".azure/*pipelines.yml", ".azure/pipeline*.yml", ".azure/*pipeline.yaml", ".azure/*pipelines.yaml", ".pipelines/*.yml", "eng/pipelines/*.yml", ".vsts-ci.yml"), comments="yaml", includes=True, second_reader="yaml"),
    Format("docker_bake", "docker buildx bake", ("docker-bake*.hcl", "docker-bake*.json"), comments="hcl", second_reader="json"),
    Format("devcontainer", "Dev container", ("devcontainer.json", ".devcontainer.json"), comments="jsonc", second_reader="json"),
    Format("mcp", "MCP servers of agents", (".mcp.json", "mcp.json", "mcp_config.json", "mcp-config.json", "mcp_settings.json", "claude_desktop_config.json", ".gemini/settings.json", "gemini-extension.json", ".claude-plugin/plugin.json", ".vscode/settings.json", ".codex/config.toml", ".zed/settings.json", "opencode.json", "opencode.jsonc"), comments="jsonc"),
    Format("agent_plugins", "Plugins of agents", (".claude-plugin/marketplace.json", ".agents/plugins/marketplace.json", ".cursor-plugin/marketplace.json", ".claude/settings.json", ".claude/settings.local.json"), comments="jsonc", second_reader="json"),
    Format("bitbucket_pipelines", "Bitbucket Pipelines", ("bitbucket-pipelines.yml", "bitbucket-pipelines.yaml", "*.bitbucket-pipelines.yml"), comments="yaml", second_reader="yaml"),
    Format("drone", "Drone and Woodpecker", (".drone.yml", ".drone.yaml", "*.drone.yml", ".drone/*.yml", ".woodpecker.yml", ".woodpecker.yaml", "*.woodpecker.yml", "*.woodpecker.yaml", ".woodpecker/*.yml", ".woodpecker/*.yaml", ".woodpecker/*/*.yml", ".woodpecker/*/*.yaml"), comments="yaml", second_reader="yaml"),
    Format("cargo_manifest", "Cargo manifest", ("Cargo.toml",), syntax="toml_values", comments="toml", second_reader="toml"),
    Format("cargo_settings", "Settings of Cargo", (".cargo/config.toml", ".cargo/config"), comments="toml", second_reader="toml"),
    Format("cargo_lock", "Cargo lock", ("Cargo.lock",), syntax="toml_values", comments="toml", partner=("Cargo.toml",), second_reader="toml"),
    Format("go_mod", "Go module, Go workspace", ("go.mod", "go.work"), comments="go_mod"),
    Format("go_sum", "Go sums", ("go.sum", "go.work.sum"), partner=("go.mod",)),
    Format("composer_json", "Composer manifest", ("composer.json",), syntax="json", second_reader="json"),
    Format("composer_lock", "Composer lock", ("composer.lock",), syntax="json", partner=("composer.json",), second_reader="json"),
    Format("gemfile", "Gemfile", ("Gemfile", "gems.rb"), comments="ruby"),
    Format("gemfile_lock", "Gemfile lock", ("Gemfile.lock", "gems.locked", "*.gemfile.lock"), partner=("Gemfile", "gems.rb")),
    Format("gradle_wrapper", "Gradle wrapper", ("gradle/wrapper/gradle-wrapper.properties",), comments="properties"),
    Format("gradle_lock", "Gradle lock", ("gradle.lockfile", "buildscript-gradle.lockfile", "settings-gradle.lockfile", "dependency-locks/*.lockfile"), comments="properties"),
    Format("gradle_verification", "Gradle verification metadata", ("gradle/verification-metadata.xml",), decoding="xml", comments="xml", second_reader="xml"),
    Format("gradle_catalog", "Gradle version catalogue", ("gradle/*.versions.toml", "libs.versions.toml"), syntax="toml_values", comments="toml", second_reader="toml"),
    Format("gradle_build", "Gradle build", ("*.gradle", "*.gradle.kts"), comments="groovy"),
    Format("dotnet_project", ".NET project", ("*.csproj", "*.fsproj", "*.vbproj", "Directory.Packages.props", "Directory.Build.props", "Directory.Build.targets", "packages.config"), decoding="xml", comments="xml", second_reader="xml"),
    Format("nuget_lock", "NuGet lock", ("packages.lock.json",), syntax="json", second_reader="json"),
    Format("nuget_config", "NuGet configuration", ("nuget.config", "NuGet.config", "NuGet.Config", "Nuget.Config"), decoding="xml", comments="xml", second_reader="xml"),
    Format("global_json", ".NET global.json", ("global.json",), comments="jsonc", second_reader="json"),
    Format("galaxy", "Ansible Galaxy requirements", ("requirements.yml",), comments="yaml"),
    Format("terraform", "Terraform, OpenTofu", ("*.tf", "*.tofu", "*.tf.json", "*.tofu.json"), comments="hcl", second_reader="json"),
    Format("terragrunt", "Terragrunt", ("terragrunt*.hcl", "_envcommon/*.hcl", "_envcommon/*/*.hcl"), comments="hcl"),
    Format("terraform_lock", "Terraform lock", (".terraform.lock.hcl",), comments="hcl"),
    Format("cloudformation_json", "CloudFormation, SAM, in JSON", ("*.template.json", "*.template", "template.json", "cloudformation*.json", "*cloudformation.json", "cfn*.json", "*-cfn.json"), comments="jsonc", words=(b"AWS::ECR::Repository",)),
    Format("retention_policy", "Policy about keeping images", ("*lifecycle.json", "lifecycle*.json", "*lifecycle-policy.json", "*lifecycle_policy.json", "*LifecyclePolicy.json", "*lifecyclePolicy.json", "ecr*.json", "*-ecr.json", "*cleanup-policy.json", "*cleanup_policy.json", "*cleanup-policies.json", "cleanup*.json", "*retention.json", "*retention-policy.json", "*retention_policy.json", "retention*.json", "policy.json"), ("*.tf.json", "*.tofu.json"), words=(b"rulePriority", b"tagState", b"olderThan", b"mostRecentVersions", b"tag_selectors", b"criteriaLast", b"criteriaAsset", b"criteriaRelease", b"container_expiration_policy", b"Expiration", b"\"Transitions\"", b"IncompleteMultipart", b"numNewerVersions", b"SetStorageClass", b"\"age\"")),
    Format("trust_policy", "Trust policy of notation", ("trustpolicy.json", "trustpolicy.*.json", "trustpolicy-*.json", "*-trustpolicy.json", "trust-policy.json"), syntax="json", words=(b"trustPolicies", b"registryScopes", b"trustStores")),
    Format("bazel", "Bazel modules, workspaces and macros", ("MODULE.bazel", "*.MODULE.bazel", "WORKSPACE", "WORKSPACE.bazel", "WORKSPACE.bzlmod", "*.bzl"), comments="python"),
    Format("bazel_lock", "Bazel lock", ("MODULE.bazel.lock",), syntax="json", partner=("MODULE.bazel",), second_reader="json"),
    Format("mise", "mise", ("mise.toml", ".mise.toml", "mise.*.toml", ".mise.*.toml", "mise/config.toml", ".mise/config.toml", "mise/conf.d/*.toml"), syntax="toml_values", comments="toml", second_reader="toml"),
    Format("mise_lock", "mise lock", ("mise.lock", "mise.*.lock"), syntax="toml_values", comments="toml", second_reader="toml"),
    Format("tool_versions", "asdf's .tool-versions", (".tool-versions",), comments="hashes"),
    Format("buf", "Buf", ("buf.yaml", "buf.yml", "buf.gen.yaml", "buf.gen.yml", "buf.gen.*.yaml", "buf.*.gen.yaml"), comments="yaml", second_reader="yaml"),
    Format("buf_lock", "Buf lock", ("buf.lock",), comments="yaml", partner=("buf.yaml",), second_reader="yaml"),
    Format("flake_lock", "Nix flake lock", ("flake.lock",), syntax="json", second_reader="json"),
    Format("package_swift", "Swift package", ("Package.swift", "Package@swift-*.swift"), comments="swift"),
    Format("package_resolved", "Swift package lock", ("Package.resolved",), syntax="json", second_reader="json"),
    Format("pubspec", "Dart package", ("pubspec.yaml",), comments="yaml", second_reader="yaml"),
    Format("pubspec_lock", "Dart package lock", ("pubspec.lock",), syntax="plain_yaml", comments="yaml", partner=("pubspec.yaml",), second_reader="yaml"),
    Format("podfile", "CocoaPods Podfile", ("Podfile",), comments="ruby"),
    Format("podfile_lock", "CocoaPods lock", ("Podfile.lock",), syntax="plain_yaml", comments="yaml", partner=("Podfile",), second_reader="yaml"),
    Format("mix_exs", "Mix project", ("mix.exs",), comments="elixir"),
    Format("mix_lock", "Mix lock", ("mix.lock",), comments="elixir", partner=("mix.exs",)),
    Format("conanfile_txt", "conanfile.txt of Conan", ("conanfile.txt",), comments="properties"),
    Format("conanfile_py", "conanfile.py of Conan", ("conanfile.py",), comments="python"),
    Format("conan_lock", "Conan lock", ("conan.lock",), syntax="json", second_reader="json"),
    Format("vcpkg_manifest", "vcpkg manifest", ("vcpkg.json",), syntax="json", second_reader="json"),
    Format("vcpkg_configuration", "vcpkg configuration", ("vcpkg-configuration.json",), syntax="json", second_reader="json"),
    Format("renv_lock", "renv lock", ("renv.lock",), syntax="json", second_reader="json"),
    Format("julia_project", "Julia project", ("Project.toml", "JuliaProject.toml"), syntax="toml_values", comments="toml", second_reader="toml"),
    Format("julia_manifest", "Julia manifest", ("Manifest.toml", "Manifest-v*.toml", "JuliaManifest.toml"), syntax="toml_values", comments="toml", partner=("Project.toml", "JuliaProject.toml"), second_reader="toml"),
    Format("jenkinsfile", "Jenkinsfile", ("Jenkinsfile", "Jenkinsfile.*", "Jenkinsfile-*", "Jenkinsfile_*", "*.Jenkinsfile", "*.jenkinsfile", "jenkinsfile"), ("Jenkinsfile*.gdsl", "Jenkinsfile*.md", "Jenkinsfile*.yml", "Jenkinsfile*.yaml", "Jenkinsfile*.json", "Jenkinsfile*.txt"), comments="groovy"),
    Format("makefile", "Makefile", ("Makefile", "makefile", "GNUmakefile", "*.mk", "*.makefile", "Makefile.*"), ("Makefile*.PL", "Makefile*.md", "Makefile*.py", "Makefile*.yml", "Makefile*.yaml", "Makefile*.txt"), comments="hashes", fetching=True),
    Format("justfile", "justfile", ("justfile", "Justfile", ".justfile", "*.just"), comments="hashes", fetching=True),
    Format("taskfile", "Taskfile", ("Taskfile.yml", "Taskfile.yaml", "taskfile.yml", "taskfile.yaml", "Taskfile.*.yml", "Taskfile.*.yaml", "Taskfile-*.yml", "Taskfile_*.yml"), comments="yaml", second_reader="yaml", fetching=True),
    Format("tox", "tox.ini of tox", ("tox.ini",), comments="ini"),
    Format("shell_script", "Shell script", ("*.sh", "*.bash", "*.ksh", "*.zsh"), comments="hashes", fetching=True),
    Format("powershell_script", "PowerShell script", ("*.ps1", "*.psm1"), comments="hashes", fetching=True),
)  # fmt: skip

#: These stand for the kinds that a name does not tell: what such a file is, its bytes say (see `kinds`).
BY_CONTENT = Format("by_content", "YAML of a name that says nothing", ("*.yaml", "*.yml"), comments="yaml", second_reader="yaml")
#: Files without an ending in the folders where programs of a repository lie; their first line says what they are.
BY_SHEBANG = Format(
    "by_shebang",
    "Script of a name that says nothing",
    tuple(f"{folder}/*" for folder in ("bin", "scripts", "script", "tools", "hack", "build", "ci", ".ci", ".husky", ".githooks")),
    comments="hashes",
)
SHOWN = (BY_CONTENT, Format("python_by_content", "Python program", ("*.py",), comments="python"), BY_SHEBANG)
_SHEBANG = rb"\A#![^\n]{0,100}\b(?:ba|da|a|k|mk|z)?sh\b"


def kinds(format_: Format, data: bytes) -> tuple[Format, ...]:
    """The formats that a file of this content is of: the one of its name, else every one whose marks it holds; maybe none."""
    if format_.name == BY_SHEBANG.name:
        if not data.startswith(b"#!") or not re.match(_SHEBANG, data):
            return ()
        format_ = _NAMED["shell_script"]
    marked = _MARKED.get(format_.name)
    if marked is None:
        none = (format_.fetching and not fetches(data)) or (format_.words and not any(word in data for word in format_.words))
        return () if none else (format_,)
    if format_.name != BY_CONTENT.name:  # one look each
        return tuple([one for one in marked if all(mark in data for mark in one.marks)])
    known, shown = _last[0]
    if data is not known:
        shown = _shown(data, marked)
        _last[0] = data, shown
    return shown


def _shown(data: bytes, marked: tuple[Format, ...]) -> tuple[Format, ...]:
    data = spelled(data)
    held = [mark for mark in _MARKS if mark in data]  # few files hold any, and most formats share some
    if not held:
        return ()
    held += [mark for mark in _MORE_MARKS if mark in data]
    return tuple([one for one in marked if all(mark in held for mark in one.marks)])


def named(name: str) -> Format:
    """The format of this name."""
    return _NAMED[name]


#: What was asked last, and the answer: the walk asks it of a file, then the engine, twice.
_last: list[tuple[bytes, tuple[Format, ...]]] = [(b"", ())]

_NAMED = {format_.name: format_ for format_ in (*FORMATS, *SHOWN)}
_MARKED = {
    one.name: tuple(format_ for format_ in FORMATS if format_.marks and format_.patterns[0] in one.patterns) for one in SHOWN
}
#: The first mark of each kind of YAML, without which the others are not looked for.
_MARKS = tuple(dict.fromkeys(format_.marks[0] for format_ in _MARKED[BY_CONTENT.name]))
_MORE_MARKS = tuple(dict.fromkeys(mark for format_ in _MARKED[BY_CONTENT.name] for mark in format_.marks if mark not in _MARKS))
