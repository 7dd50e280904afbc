"""Repositories that are made to be expensive, of any size.

What costs more than the size of the files is in what they say again and again: aliases, merges, variables, includes, profiles,
pairs of things of which each could concern every other. Small texts describe them: what stands in « » comes as often as is asked
for, with its number in the place of #0, the next in that of #1 and the last in that of #n; a path with #f is that many files.
"""

from __future__ import annotations

import re

__all__ = ["GENERATORS", "count_for", "files"]

# ruff: noqa: E501 - a line a file

GITLAB, CIRCLE, AZURE, WORKFLOW = ".gitlab-ci.yml", ".circleci/config.yml", "azure-pipelines.yml", ".github/workflows/ci.yml"
ARGO = "apiVersion: argoproj.io/v1alpha1\nkind: "
JOB = "on: push\njobs:\n  j:\n    runs-on: x\n"
MATRIX = f"{JOB}    strategy:\n      matrix:\n        a: [1, 2, 3, 4]\n        b: [1, 2, 3, 4]\n"
POD = "---\napiVersion: v1\nkind: Pod\nspec: {containers: [{image: 'a:#0'}]}\n"
TASK = "---\napiVersion: tekton.dev/v1\nkind: Task\nspec: "
COORDINATES = "<groupId>g</groupId><artifactId>{}</artifactId><version>1</version>"
DEPENDENCY = "<dependency><groupId>g</groupId><artifactId>a#0</artifactId></dependency>"
VERSIONED = "<dependency><groupId>g</groupId><artifactId>a#0</artifactId><version>${p#0}</version></dependency>"
ACTIVE = "<profile><id>p#0</id><activation><activeByDefault>true</activeByDefault></activation></profile>"
BOM = "<dependency><groupId>g</groupId><artifactId>p</artifactId><version>8</version><type>pom</type><scope>import</scope></dependency>"
PARENT = "<parent><groupId>g</groupId><artifactId>p</artifactId><version>9</version><relativePath/></parent>"
PACKAGE = "[[package]]\nname = 'a#0'\nversion = '1'\nsource = { registry = 'https://registry.example' }\n"
DOWNLOAD = "distributionUrl=https://files.example/apache-maven-3.9.9-bin.zip\n"

#: What each is, and its files.
GENERATORS: dict[str, dict[str, str]] = {
    "marks of raw texts that never begin": {"Package.swift": ".package(url: \"a\")\n«#»"},
    "calls within calls": {"Package.swift": "«package(url: »"},
    "dependencies of a project of Mix": {"mix.exs": "defp deps do\n[«{:a#0, \"~> 1.0\"}, »]\nend\n", "mix.lock": "%{}"},
    "addresses that archives share": {
        "deps.bzl": "A = [«'https://files.example/#0', »]\n«http_archive(name = 'a#0', urls = A, sha256 = B)\n»"
    },
    "a long address of archives": {"deps.bzl": "A = '«xxxxxxxx»'\n«http_file(name = 'a', url = A)\n»"},
    "texts that are put together of texts": {
        "deps.bzl": "A0 = 'a'\n«A#0 = '{}{}{}'.format(A#1, A#1, A#1)\nhttp_file(name = 'a', url = A#0)\n»"
    },
    # Commands of scripts, of which each could concern every other.
    "variables of commands": {"a.sh": "«A#0=x\n»«X=1 curl a\n»"},
    "variables of scripts within scripts": {"a.sh": "«A#0=x\n»«sh -c 'curl a'\n»"},
    "installs of one script": {"a.sh": "«pip install a#0\n»«git commit -m a\n»"},
    "words of a loop": {"a.sh": "for a in «x#0 »; do curl «$a »; done\n"},
    "images that are signed at once": {"a.sh": "cosign sign «a.example/a#0:1 »\n"},
    "images that are copied": {"a.sh": "«crane copy a.example/a#0:1 a.example/a#0:2\n»"},
    "what an image is tagged as": {"a.sh": "oc tag a/a:1 «a/a:#0-1 »\n"},
    "a value many times": {"a.sh": "A='«x »'\n«curl $A\n»"},
    "scripts that a variable holds": {"a.sh": "curl a\nA='«eval \"$A\";»'\neval \"$A\"\n"},
    "downloads and lists of sums": {"a.sh": "«curl -o f#0 https://files.example/f#0\n»«sha256sum -c f#0.sum\n»"},
    "downloads and lines of sums": {"a.sh": "«curl -o f#0 https://files.example/f#0\n»sha256sum -c <<A\n«0 f#0\n»A\n"},
    "downloads and sums of variables": {"a.sh": "«curl -o f https://files.example/f\n»«echo \"$S#0  f\" | sha256sum -c\n»"},
    "downloads and signatures": {"a.sh": "«curl -o f https://files.example/f\n»«gpg --verify f.asc f\n»"},
    "downloads and comparisons": {"a.sh": "«curl -o f https://files.example/f\n»«a=$(sha256sum f)\n»«[ a ]\n»"},
    "downloads and uses": {"a.sh": "«curl -o f https://files.example/f\n»«mv f f\n»"},
    "installs and folders": {"Dockerfile": "FROM a:1\nRUN true«&& cd a»«&& npm install»«&& rm a»\n", "package-lock.json": "{}"},
    "variables of tasks": {
        "Taskfile.yml": "version: 3\nvars:\n«  A#0: x\n»tasks:\n«  a#0: {vars: {B: x}, cmds: ['pip install {{.A0}}']}\n»"
    },
    "a variable of recipes": {"Makefile": "A := «xxxxx»\na:\n«\tpip install $(A)\n»"},
    "variables of a pipeline and its scripts": {
        GITLAB: "variables:\n«  A#0: x\n»«j#0: {image: 'a:1', variables: {B: x}, script: [pip install $A0]}\n»"
    },
    # One list or mapping that very many places share.
    "merges of merges": {"compose.yml": "services:\n«  a#0: &a#0 {k#0: 1}\n»  s: &s [«*a#0, »]\n«  z#0: {<<: *s, image: b:1}\n»"},
    "jobs that extend all others": {
        GITLAB: 'variables: {A: b}\n.e: &e [«j#0, »]\n«j#0: {extends: *e, image: "$A:#0", script: [a]}\n»'
    },
    "jobs that share variables": {GITLAB: '.v: &v\n«  V#0: x\n»«j#0: {variables: *v, image: "$V1:#0", script: [a]}\n»'},
    "jobs of a chain": {GITLAB: '«j#0: {extends: j#1, image: "$A:#0", script: [a]}\n»'},
    "rules that set a variable": {GITLAB: 'j:\n  image: $A\n  script: [a]\n  rules:\n«  - {variables: {A: "x:#0"}}\n»'},
    "references of references": {GITLAB: '«j#0: {image: "$A:#0", script: [a], variables: !reference [j#1, variables]}\n»'},
    "parameters that jobs share": {
        CIRCLE: "version: 2.1\nx: &p\n«  p#0: {type: string, default: x}\n»jobs:\n"
        "«  j#0: {parameters: *p, docker: [{image: '<<parameters.p1>>:#0'}]}\n»"
    },
    "calls of one job": {
        CIRCLE: "version: 2.1\njobs:\n  j: {parameters: {a: {type: string}}, docker: [{image: '<<parameters.a>>'}]}\n"
        "workflows:\n  w:\n    jobs:\n«    - j: {a: 'x:#0'}\n»"
    },
    "parameters of a pipeline": {
        CIRCLE: "version: 2.1\nparameters:\n«  p#0: {type: string, default: x}\n»jobs:\n"
        "«  j#0: {docker: [{image: '<<pipeline.parameters.p1>>:#0'}]}\n»"
    },
    "containers that jobs share": {AZURE: "x: &c\n«  c#0: {image: 'a:#0'}\n»jobs:\n«- job: j#0\n  containers: *c\n»"},
    "variables that jobs of Azure share": {AZURE: "x: &v\n«  v#0: a\n»jobs:\n«- job: j#0\n  variables: *v\n  container: $(v1):#0\n»"},
    "services that jobs share": {AZURE: "x: &s\n«  s#0: 'a:#0'\n»jobs:\n«- job: j#0\n  services: *s\n»"},
    "elements that generators share": {
        "a.yaml": f"{ARGO}ApplicationSet\nspec:\n  x: &e\n«  - {{a: x#0}}\n»  generators:\n«  - {{list: {{elements: *e}}}}\n»"
        "  template: {spec: {source: {repoURL: 'https://git.example/y', targetRevision: '{{a}}'}}}\n"
    },
    "parameters that templates share": {
        "a.yaml": f"{ARGO}Workflow\nspec:\n  x: &p [«{{name: p#0, value: v}}, »]\n  templates:\n"
        "«  - {inputs: {parameters: *p}, container: {image: '{{inputs.parameters.p1}}:#0'}}\n»"
    },
    "steps that jobs share": {WORKFLOW: "x: &s\n«- uses: a/b@v#0\n»jobs:\n«  j#0: {steps: *s}\n»"},
    "services of a workflow that jobs share": {
        WORKFLOW: "x: &s\n«  s#0: {image: 'a:${{ matrix.v }}'}\n»jobs:\n"
        "«  j#0: {strategy: {matrix: {v: [1, 2]}}, services: *s, steps: []}\n»"
    },
    "a matrix that jobs share": {
        WORKFLOW: "x: &m {v: [«#0, »]}\njobs:\n«  j#0: {strategy: {matrix: *m}, container: 'a#0:${{ matrix.v }}', steps: []}\n»"
    },
    "steps that pipelines share": {
        "bitbucket-pipelines.yml": "definitions:\n  x: &x\n«  - step: {image: 'a:#0', script: [a]}\n»pipelines:\n  branches:\n«    b#0: *x\n»"
    },
    "variables that pipes share": {
        "bitbucket-pipelines.yml": "definitions:\n  x: &x {«V#0: x, »}\npipelines:\n  default:\n"
        "«  - step: {script: [{pipe: 'a/b:1.#0', variables: *x}]}\n»"
    },
    "a Dockerfile that services share": {
        "compose.yml": "x-b: &b\n  context: .\n  dockerfile_inline: |\n«    FROM a:#0\n»services:\n«  s#0: {build: *b}\n»"
    },
    "contexts that services share": {
        "compose.yml": "x-b: &b {context: ., additional_contexts: {«c#0: 'docker-image://a:#0', »}}\nservices:\n«  s#0: {build: *b}\n»"
    },
    "steps that tasks share": {"a.yaml": f"{TASK}{{x: &s [«{{image: 'a:#0'}}, »], t: [«{{steps: *s}}, »]}}\n"},
    "parameters that tasks give": {
        "a.yaml": f"{TASK}{{x: &p [«{{name: p#0, value: v}}, »], tasks: [«{{taskRef: {{resolver: hub, params: *p}}}}, »]}}\n"
    },
    "variables of a matrix": {
        ".woodpecker.yml": "matrix:\n  A: [«x#0, »]\n  B: [«y#0, »]\nsteps:\n«  s#0: {image: '$A:$B-#0'}\n»"
    },
    "rows of Woodpecker's matrix": {
        ".woodpecker.yml": "matrix:\n  include:\n«  - {A: x#0}\n»steps:\n«  s#0: {image: '$A:#0'}\n»"
    },
    "settings that steps share": {
        ".drone.yml": "kind: pipeline\nx: &r [«r#0, »]\nsteps:\n«- {name: s#0, image: 'a:#0', settings: {repos: *r}}\n»"
    },
    "values that charts share": {"values.yaml": "x: &i\n«  k#0: {repository: a/b#0, tag: '1'}\n»«c#0: {images: *i}\n»"},
    "values that releases share": {
        "helmfile.yaml": "x: &v [«{image: {repository: 'a/b#0', tag: '1'}}, »]\nreleases:\n"
        "«- {name: r#0, chart: r/c, version: '1.0.0', values: *v}\n»"
    },
    "repositories of releases": {
        "helmfile.yaml": "repositories:\n«- {name: r#0, url: 'https://charts.example/y'}\n»releases:\n«- {name: a, chart: r#n/c, version: ^1}\n»"
    },
    "hooks that repositories share": {
        ".pre-commit-config.yaml": "x: &h [«{id: a#0, additional_dependencies: ['b==#0']}, »]\nrepos:\n"
        "«- {repo: 'https://git.example/y#0', rev: v1, hooks: *h}\n»"
    },
    "dependencies that locked actions share": {
        ".github/workflows/actions.lock": f"version: v0.0.2\nworkflows:\n  {WORKFLOW}: [«a/b@v#0, »]\ndependencies:\n"
        f"  a/b@v0: {{commit: sha1-{'0' * 40}, owner_id: 1, repo_id: 1, uses: &u [«a/b@v#0, »]}}\n"
        f"«  a/b@v#1: {{commit: sha1-{'0' * 40}, owner_id: 1, repo_id: 1, uses: *u}}\n»",
        WORKFLOW: "on: push\njobs:\n  a:\n    steps:\n«    - uses: a/b@v#0\n»",
    },
    "steps of a build that others share": {
        "cloudbuild.yaml": "x: &a [«v#0, »]\nsteps:\n«- {name: 'a:#0', args: *a}\n»substitutions: {«_V#0: x, »}\n"
    },
    "sources that applications share": {
        "a.yaml": f"{ARGO}Application\nspec:\n  x: &s {{repoURL: 'https://git.example/y', targetRevision: v1, kustomize: {{images: [«a:#0, »]}}}}\n"
        "  sources: [«*s, »]\n"
    },
    "releases of Flux": {
        "a.yaml": "«---\napiVersion: source.toolkit.fluxcd.io/v1\nkind: HelmRepository\nmetadata: {name: r#0}\n"
        "spec: {url: 'https://charts.example/y'}\n---\napiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {name: h#0}\n"
        "spec: {chart: {spec: {chart: c, version: ^1, sourceRef: {kind: HelmRepository, name: r#n}}}}\n»"
    },
    "features of a container": {
        ".devcontainer.json": '{"image": "a:1", "features": {«"ghcr.io/devcontainers/features/f#0:1": {}, »"ghcr.io/a/b/c:1": {}}}'
    },
    "servers of agents": {".mcp.json": '{"mcpServers": {«"s#0": {"command": "npx", "args": ["-y", "p#0"]}, »"z": {}}}'},
    "words of a command": {".mcp.json": '{"mcpServers": {"s": {"command": "bash", "args": ["-c", "«npx a#0; »"]}}}'},
    "commands that start others": {".mcp.json": '{"mcpServers": {"s": {"command": "a", "args": [«"--", "bash", "-c", "cmd /c", »"x"]}}}'},
    "requirements of one option": {".mcp.json": '{"mcpServers": {"s": {"command": "uvx", "args": ["--with", "«a#0[x,», b,»", "z"]}}}'},
    # What grows where it is filled in or tried.
    "a variable many times": {GITLAB: "variables: {A: «x»}\nj: {image: '«$A»', script: [a]}\n"},
    "a parameter many times": {
        CIRCLE: "version: 2.1\nparameters: {a: {type: string, default: «x»}}\njobs:\n"
        "  j: {docker: [{image: '«<<pipeline.parameters.a>>»'}]}\n"
    },
    "a variable of Azure many times": {AZURE: "variables: {a: «x»}\njobs: [{job: j, container: '«$(a)»'}]\n"},
    "a text of Groovy many times": {"Jenkinsfile": "a = '«x»'\nnode { docker.image(\"«${a}»\").inside { } }\n"},
    "images and builds of a script": {
        "Jenkinsfile": "node {\n«docker.build('a#0')\n»«docker.image('a#0').inside { }\n»}\n@Library([«'l@v#0', »]) _\n"
    },
    "values of values": {GITLAB: "variables:\n«  V#0: $V#1$V#1\n»«j#0: {image: '$V#0', script: [a]}\n»"},
    "an expression many times": {WORKFLOW: f'{MATRIX}    container: "«${{{{ matrix.a }}}}»"\n    steps: []\n'},
    "rows of a matrix": {
        WORKFLOW: f"{MATRIX}        include:\n«        - {{a: x#0}}\n»    container: 'a:${{{{ matrix.a }}}}'\n    steps: []\n"
    },
    "exceptions of a matrix": {
        WORKFLOW: f"{MATRIX}        exclude:\n«        - {{a: x#0}}\n»    container: 'a:${{{{ matrix.a }}}}'\n    steps: []\n"
    },
    "images of a matrix": {WORKFLOW: f"{MATRIX}    services:\n«      s#0: {{image: 'a#0:${{{{ matrix.a }}}}'}}\n»    steps: []\n"},
    "parentheses of an expression": {WORKFLOW: f'{JOB}    container: "a${{{{ «(»x«)» }}}}"\n    steps: []\n'},
    "arguments of arguments": {"Dockerfile": "ARG v0=x\n«ARG v#1=$v#0$v#0\n»«FROM $v#0\n»"},
    "a long argument in others": {"Dockerfile": "ARG a=«x»\n«ARG b#0=${a}\n»FROM b:1\n"},
    "arguments of a chain": {"Dockerfile": "«ARG a#0=$a#1\n»«FROM $a#0\n»"},
    "stages that inherit": {"Dockerfile": "FROM x:1 AS s0\nENV «v#0=1 »\n«FROM s#0 AS s#1\nENV w=1\n»"},
    "stages that a variable chooses": {"Dockerfile": "ARG x\n«FROM $x-#0 AS s#0\n»"},
    "fields of a mount": {"Dockerfile": "FROM a:1 AS a\nRUN --mount=«from=a\\b#0,» ls\n"},
    "stages to copy from": {"Dockerfile": "«FROM a:1 AS s#0\nCOPY --from=s#n a b\n»"},
    "heredocs": {"Dockerfile": "FROM a:1\nRUN «<<E#0 »\n«E#0\n»"},
    "substitutions that are not closed": {"Dockerfile": "FROM a:1\nRUN <<E ${«a:-${»\nE\n"},
    "variables of a folder": {"compose.yml": "services:\n«  s#0: {image: '$A#0:$B'}\n»", ".env": "A0=x\n«A#1=$A#0$A#0\n»"},
    "quotes of a folder's variables": {"compose.yml": "services: {s: {image: '$A:$B'}}\n", ".env": "«A#0=x\n»«A='»"},
    "properties of properties": {
        "pom.xml": f"<project>{COORDINATES.format('b')}<properties>«<p#0>${{p#1}}${{p#1}}</p#0>»</properties>"
        f"<dependencies>«{VERSIONED}»</dependencies></project>"
    },
    "targets of a variable": {
        "docker-bake.hcl": 'variable "v" { default = "«x»" }\n«target "t#0" { contexts = { a = "docker-image://${v}:#0" } }\n»'
    },
    "collections that share a list": {
        "requirements.yml": "x: &x [«{name: a.b, version: '>=1.#0,<2'}, »]\nroles: *x\ncollections: *x\n",
    },
    "modules and providers": {
        "main.tf": 'terraform {\n  backend "s3" {}\n  required_providers {\n«    p#0 = { source = "a/p#0", version = "~> 1.#0" }\n»  }\n}\n'
        '«module "m#0" { source = "a/m#0/aws" }\n»',
        ".terraform.lock.hcl": '«provider "registry.terraform.io/a/p#0" {\n  version = "1.#0.0"\n  hashes = ["h1:x"]\n}\n»',
    },
    "constraints of a provider": {"main.tf": 'terraform {\n  required_providers {\n    a = "«!= 1.#0, »1"\n  }\n}\n', ".terraform.lock.hcl": 'provider "registry.terraform.io/hashicorp/a" {\n  version = "1.0.0"\n}\n'},
    "files of one root": {"f#f.tf": 'terraform {\n  required_providers {\n    a = "~> 1"\n  }\n}\n«module "m#0" {\n  source = "a/b/c"\n  version = "~> 1"\n}\n»'},
    "fields of a module's source": {"main.tf": 'module "a" {\n  source = "git::https://git.example/a?«a#0=b&»ref=v1"\n}\n'},
    "rules of a policy": {"main.tf": 'locals {\n  p = jsonencode({ rules = [\n«{ rulePriority = #0, selection = { tagStatus = "tagged", tagPatternList = ["a*#0", "b*"], countType = "x" } },\n»] })\n}\n'},
    "tags of a rule": {"main.tf": 'locals {\n  p = jsonencode({ rules = [{ rulePriority = 1, selection = { tagStatus = "tagged", countType = "imageCountMoreThan", countNumber = 1, tagPatternList = [«"*a*#0*", »"b*"] }, action = { type = "expire" } }] })\n}\n'},
    "policies in heredocs": {"main.tf": '«resource "aws_ecr_lifecycle_policy" "p#0" {\n  policy = <<EOF\n{"rules": [{"rulePriority": ${var.a}, "selection": {}}]}\nEOF\n}\n»'},
    "modes that are variables": {"main.tf": '«variable "v#0" { default = "MUTABLE" }\n»«resource "aws_ecr_repository" "r#0" { image_tag_mutability = var.v#0 }\n»'},
    "brackets beside a repository": {"main.tf": 'aws_ecr_ = «[»1\n'},
    "clean-ups of containers": {
        ".github/workflows/a.yml": "jobs:\n  b:\n    steps:\n«    - {uses: 'docker/build-push-action@v6', with: {push: true, platforms: 'linux/a,linux/b', tags: 'ghcr.io/a/b#0'}}\n»",
        ".github/workflows/b.yml": "jobs:\n  b:\n    steps:\n«    - {uses: 'vlaurin/action-ghcr-prune@v0.6.0', with: {container: 'c#0', prune-untagged: true}}\n»",
    },
    "patterns of clean-ups": {
        ".github/workflows/a.yml": "jobs:\n  b:\n    steps:\n«    - {uses: 'actions/delete-package-versions@v5', with: {package-type: container, ignore-versions: '[^#0]*[^~]*[^~]*~'}}\n»",
    },
    "brackets of HCL": {"docker-bake.hcl": 'target "a" {\na = «[»"docker-image://x"\n'},
    "contexts of a JSON bake file": {"docker-bake.json": '{"target": {«"t#0": {"contexts": {"a": "docker-image://a:#0"}}, »"z": {}}}'},
    "actions that are not closed": {"values.yaml": "a: x\n«{{ »"},
    "marks of a template in one line": {"values.yaml": "a: b«x {{ y»\nc: [\n"},
    "tags before a mark": {"values.yaml": "k: «!a: »z\nb: {{ x }}\n"},
    "lines of a template": {"values.yaml": "a: |\n«  {{ x }}\n»  b\n"},
    "a continuation of one line": {"requirements.txt": "«a==1 \\\n»"},
    "hashes of one line": {"requirements.txt": "a==1 «--hash=sha256:#0 »\n"},
    "parts of a key": {"prek.toml": "«a.»a = 1\n"},
    "properties of a wrapper": {".mvn/wrapper/maven-wrapper.properties": f"{DOWNLOAD}«a=b\\\n»"},
    "names of a wrapper": {".mvn/wrapper/maven-wrapper.properties": f"{DOWNLOAD}«distributionSha256Sum=x#0\n»"},
    # Pairs of things of which each could concern every other.
    "services and includes": {"compose.yml": "include:\n«- x#0.yml\n»services:\n«  s#0: {image: 'a:1'}\n»"},
    "files of one folder": {"compose.#f.yml": "services: {s#f: {image: 'a:#f'}}\n"},
    "services that extend one another": {"compose.yml": "services:\n«  s#0: {extends: {service: s#1}, image: 'a:1'}\n»"},
    "profiles of Skaffold": {
        "skaffold.yaml": "apiVersion: skaffold/v4beta6\nkind: Config\nbuild:\n  artifacts:\n«  - image: a#0\n»profiles:\n«- name: p#0\n»"
    },
    "entries of a kustomization": {
        "kustomization.yaml": "resources: [d.yaml]\nimages:\n«- {name: a#0, newName: a#1}\n»",
        "d.yaml": "«---\napiVersion: v1\nkind: Pod\nspec: {containers: [{image: 'a0:#0'}]}\n»",
    },
    "kustomizations of one base": {
        "k#f/kustomization.yaml": "resources: [../d.yaml]\nimages: [{name: zz, newTag: '1'}]\n", "d.yaml": f"«{POD}»",
    },
    "kustomizations of one another": {
        "k#f/kustomization.yaml": "resources: [«../k#0, »]\nimages: [{name: zz, newTag: '1'}]\n"
    },
    "requirements that include one another": {"requirements/r#f.txt": "«-r r#0.txt\n»a#f==1\n"},
    "requirements that name their sources": {
        "requirements/a#f.in": "x#f\n", "requirements/b#f.txt": "# pip-compile\n«# via zz#0.in\n»",
    },
    "templates that use one another": {
        AZURE: "jobs:\n«- template: t#0.yml\n»- job: a\n  container: $(x)\n", "t#f.yml": "jobs:\n«- template: t#0.yml\n»",
    },
    "pipelines that include one another": {
        GITLAB: "include:\n«- local: /ci/t#0.yml\n»j: {image: '$A:1', script: [a]}\n",
        "ci/t#f.yml": "include:\n«- local: /ci/t#0.yml\n»",
    },
    "patterns of included files": {
        GITLAB: "include:\n«- local: /ci/*a*#0*.yml\n»j: {image: '$A:1', script: [a]}\n", "ci/aaaaaaaaaaaaaaaaaaaaaa#f.yml": "x: 1\n",
    },
    "profiles and dependencies": {
        "pom.xml": f"<project>{COORDINATES.format('b')}<dependencies>«{DEPENDENCY}»«{VERSIONED}»</dependencies>"
        f"<profiles>«{ACTIVE}»</profiles></project>"
    },
    "poms of one name": {
        "c#f/pom.xml": f"<project>{PARENT}<artifactId>c#f</artifactId><dependencyManagement><dependencies>{BOM}</dependencies>"
        "</dependencyManagement></project>",
        "p#f/pom.xml": f"<project>{COORDINATES.format('p')}</project>",
    },
    "locks in locks": {
        "package-lock.json": '{"lockfileVersion":1,"dependencies":' + '{"x":{"version":"1.0.0","dependencies":' * 20
        + '{«"a#0":{"version":"1.0.0"},»"z":{"version":"1.0.0"}}' + "}}" * 20 + "}"
    },
    "members of a workspace": {
        "Cargo.toml": '[workspace]\nmembers = [«"a#0*", »]\n[workspace.dependencies]\n«d#0 = "1"\n»',
        "a/m#f/Cargo.toml": '[package]\nname = "m#f"\n[dependencies]\nd0.workspace = true\n',
        "Cargo.lock": 'version = 4\n\n[[package]]\nname = "d0"\nversion = "1.0.0"\n',
    },
    "versions of one crate": {
        "Cargo.toml": '[package]\nname = "a"\n[dependencies]\n«b#0 = {package = "b", version = "1"}\n»',
        "Cargo.lock": 'version = 4\n\n[[package]]\nname = "a"\nversion = "0.0.0"\ndependencies = [\n« "b 1.0.#0",\n»]\n\n'
        '«[[package]]\nname = "b"\nversion = "1.0.#0"\n\n»',
    },
    "patterns of one entry": {"yarn.lock": '"a@x"«, "a@#0"»:\n  version "1"\n«b@#0:\n  version "1"\n»'},
    "workspaces of a lock of yarn 1": {
        "package.json": '{"workspaces": [«"p#0/*", »"q/**"], "dependencies": {}}', "yarn.lock": 'a@1:\n  version "1"\n',
        "q/w#f/package.json": '{"name": "w#f", "dependencies": {"a": "1"}}',
    },
    "braces of workspaces": {
        "package.json": '{"workspaces": ["«{a,b}»"]}', "yarn.lock": 'a@1:\n  version "1"\n', "q/package.json": "{}",
    },
    "importers of a lock": {
        "pnpm-lock.yaml": "lockfileVersion: '9.0'\nimporters:\n«  p#0: {}\n»packages:\n«  a@#0: {resolution: {}}\n»",
        "p#f/package.json": '{"dependencies": {"a": "#f"}}',
    },
    "aliases of a lock": {
        "pnpm-lock.yaml": "lockfileVersion: '9.0'\nx: &x\n«  a@#0: {resolution: {}}\n»packages: {«p#0: *x, »}\n",
    },
    "words of one line": {"pnpm-lock.yaml": "lockfileVersion: '9.0'\na: [«'x'' ,' , »]\npackages:\n«  a#0: 'b'' \n»"},
    "replacements of modules": {
        "go.mod": "module a\n«require b#0 v1.0.0\n»«replace b#0 => c v1.0.#0\n»", "go.sum": f"«b#0 v1.0.0 h1:{'A' * 43}=\n»",
    },
    "modules of a workspace": {"go.work": "«use ./m#0\n»", "m#f/go.mod": "module m#f\nrequire b v1.0.0\n"},
    "holes of a lock of uv": {
        "uv.lock": f"version = 1\n{PACKAGE.replace('#0', '')}sdist = {{ hash = 'sha256:{'0' * 64}' }}\n«{PACKAGE}wheels = [{{ url = 'x' }}]\n»"
    },
    "members of a workspace of uv": {
        "uv.lock": "version = 1\nmanifest.members = [«'a#0', »]\n«[[package]]\nname = 'a#0'\nsource = { virtual = 'p/#0' }\n»",
        "p/#f/pyproject.toml": "[project]\nname = 'a#f'\ndependencies = ['b==1']\n",
    },
    "groups that include others": {
        "pyproject.toml": "[project]\nname = 'a'\n[dependency-groups]\n«g#0 = ['x>#0', {include-group = 'g#1'}]\n»",
        "uv.lock": "version = 1\n[[package]]\nname = 'a'\nsource = { virtual = '.' }\n[package.metadata]\nrequires-dist = []\n",
    },
    "applications without a lock": {
        "p#f/pyproject.toml": "[project]\ndependencies = ['a']\n[tool.uv]\npackage = false\n", "q#f/a.txt": "x\n",
    },
    "sources of a project": {
        "pyproject.toml": "[project]\nname = 'a'\ndependencies = [«'a#0 @ git+https://git.example/a#0@v1', »]\n[tool.uv.sources]\n"
        "«a#0 = [{ git = 'https://git.example/b#0', tag = 'v1' }]\n»[[tool.poetry.source]]\nurl = 'http://x.example'\n"
    },
    "lists of a setup that hold one another": {
        "setup.py": "«A#0 = [A#1, A#1, 'x>#0']\n»setup(install_requires=A0, extras_require={«'e#0': A#0, »})\n"
    },
    "lines of a setup.cfg": {"setup.cfg": "[options]\ninstall_requires =\n«    a#0 @ git+https://git.example/a@v1\n»"},
    "blocks of a Gemfile": {"Gemfile": "«source 'https://a.example/#0' do\n»«gem 'a#0'\n»«end\n»"},
    "arguments of a gem": {"Gemfile": "gem 'a'«, b#0: 'c'»«, 'd'»\n", "Gemfile.lock": "GEM\n  specs:\n«    a (1.0.#0)\n»DEPENDENCIES\n«  a\n»"},
    "workspaces of a lock of bun": {
        "bun.lock": '{"lockfileVersion": 1, "workspaces": {«"p#0": {}, »}, "packages": {«"a#0": ["a@#0", "", {}, ""], »}}',
        "p#f/package.json": '{"dependencies": {"a": "#f"}}',
    },
    "commas of a lock of bun": {"bun.lock": '{"lockfileVersion": 1, "packages": {«"a#0": [", ", ],\n»«, \n»}}'},
    "keys that come twice": {"bun.lock": '{"lockfileVersion": 1, "packages": {\n«    "a": ["a@#0", "", {}, ""],\n    "b#0": ["a@1"],\n»}}'},
    "members of a lock of Deno": {
        "deno.lock": '{"version": "5", "npm": {«"a@#0": {}, »"a@x": {}}, "workspace": {"members": {«"p#0": {"packageJson": {"dependencies": []}}, »"q": {}}}}',
        "p#f/package.json": '{"dependencies": {"a": "#f"}}',
    },
    "manifests below one another": {
        "package.json": '{"workspaces": [«"**/p#0", »"x"]}', "q/p#f/package.json": '{"dependencies": {"a": "1"}}',
    },
    "overrides in overrides": {"package.json": '{"overrides": ' + '{"a": ' * 20 + '{«"a#0": "*", »"z": "*"}' + "}" * 20 + "}"},
    "packages of an environment": {"environment.yml": "dependencies:\n«- 'a#0[version=[[, md5=0]'\n»- pip:\n«  - git+https://git.example/a#0@v1\n»"},
    "packages of pixi": {"pixi.lock": "version: 6\npackages:\n«- conda: http://x#0.example/a-1-0.conda\n  md5: a\n»"},
    "lines of an explicit list": {"conda-x.lock": "@EXPLICIT\n«http://x#0.example/a-1-0.conda#0\n»"},
    "properties of a project": {
        "a.csproj": '<Project><PropertyGroup>«<p#0>$(p#1)$(p#1)</p#0>»</PropertyGroup><ItemGroup>«<PackageReference Include="a#0" Version="$(p#0)"/>»'
        "</ItemGroup></Project>"
    },
    "properties that projects share": {
        "Directory.Build.props": "<Project><PropertyGroup>«<p#0>1.0</p#0>»</PropertyGroup></Project>",
        "a#f/a.csproj": '<Project><ItemGroup><PackageReference Include="a" Version="$(p#f)"/></ItemGroup></Project>',
    },
    "blocks of a build": {"build.gradle": "repositories {\n«a {\n»«url 'http://a#0.example/b'\n»«b 'c:d#0:1.+'\n»"},
    "exceptions and findings": {"Dockerfile": "«# pinlint: ignore[PIN003] x\nFROM a:#0\n»"},
}  # fmt: skip


def files(name: str, count: int) -> dict[str, str]:
    """The files of a generator for a number."""
    made: dict[str, str] = {}
    for path, text in GENERATORS[name].items():
        for number in range(count) if "#f" in path else (0,):
            made[path.replace("#f", str(number))] = _written(text, count).replace("#f", str(number))
    return made


def _written(text: str, count: int) -> str:
    def repeated(found: re.Match[str]) -> str:
        body = found[1].replace("#n", str(count - 1))
        return "".join(body.replace("#0", str(number)).replace("#1", str(number + 1)) for number in range(count))

    return re.sub("«(.*?)»", repeated, text, flags=re.DOTALL)


def count_for(name: str, characters: int) -> int:
    """The least number for which the files of a generator are about as large as that."""
    count = 4
    while sum(map(len, files(name, count).values())) < characters:
        count += count // 2
    return count
