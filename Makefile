# Everything that people and CI do here. Each environment lies in .cache and is made on first use; `make PYTHON=python3.13 test`
# chooses the interpreter (3.11 or newer; the newest on PATH otherwise).

# A shell may export these; they would slow every start down or let other packages in.
unexport PYTHONDONTWRITEBYTECODE PYTHONPATH PYTHONHOME PIP_USER PIP_TARGET
export PYTHON

REPO ?=
FUZZ_SECONDS ?= 60
SEED ?=
BENCH ?=
PYTEST ?=

.PHONY: help demo test lint bench docs fuzz lock newest oldest clean

help:
	@echo "make demo              lint the sample repository in demo/ (or another one: make demo REPO=PATH)"
	@echo "make test              run the tests (part of them: make test PYTEST='-k npm')"
	@echo "make lint              ruff, mypy --strict, and pinlint on itself"
	@echo "make bench             measure speed and memory of the installed wheel (CORPUS=\"DIR …\" takes real Dockerfiles and workflows, BENCH=lock one benchmark)"
	@echo "make docs              build the site of README.md, docs/ and rules/ in .cache/site, strict about links"
	@echo "make fuzz              feed every format damaged files (FUZZ_SECONDS=60, SEED=number)"
	@echo "make lock              renew what every environment is made from (.ci/requirements): releases at least a week old"
	@echo "make newest            the tests on the newest releases of everything, to see what will break"
	@echo "make oldest            the tests on the oldest releases that pyproject.toml allows (Python 3.11 or 3.12)"
	@echo "make clean             remove .cache"

# The sample is linted as a repository of its own, without the configuration by which this one leaves it out.
demo:
	@venv=$$(.ci/environment demo) && cd "$(or $(REPO),demo)" && \
	echo "$$ pinlint  (in $$PWD)" && echo && \
	code=0 && { "$$venv/bin/pinlint" $(if $(REPO),,--isolated) || code=$$?; } && \
	echo && case $$code in \
	    0) echo "Exit code 0: nothing to complain about. Exit code 1 would mean findings." ;; \
	    1) echo "Exit code 1: there are findings, so a CI job would stop here. That is what a demonstration should show." ;; \
	    *) exit $$code ;; \
	esac && \
	if [ -z "$(REPO)" ]; then \
	    echo && echo "$$ pinlint --diff --fix-only LCK102  (of all fixes here the one that asks no registry)" && echo && \
	    { "$$venv/bin/pinlint" --isolated --quiet --diff --fix-only LCK102 2>/dev/null || [ $$? = 1 ]; }; \
	fi

test:
	@venv=$$(.ci/environment test) && .ci/oracles "$$venv" && PATH="$$venv/bin:$$PATH" python -m pytest -n 2 $(PYTEST)

lint:
	@venv=$$(.ci/environment test) && PATH="$$venv/bin:$$PATH" && export PATH && \
	ruff check . && mypy && pinlint --quiet

bench:
	@venv=$$(.ci/environment bench) && PATH="$$venv/bin:$$PATH" python benchmarks/run.py $(BENCH)

docs:
	@venv=$$(.ci/environment docs) && "$$venv/bin/python" -m sphinx --quiet --fail-on-warning --keep-going --nitpicky --fresh-env \
	    --conf-dir docs/site --doctree-dir .cache/doctrees . .cache/site && echo "$$PWD/.cache/site/index.html"

fuzz:
	@venv=$$(.ci/environment test) && PATH="$$venv/bin:$$PATH" python tests/fuzz.py --seconds $(FUZZ_SECONDS) $(if $(SEED),--seed $(SEED))

lock:
	@.ci/lock

newest:
	@.ci/lock newest && venv=$$(.ci/environment newest) && .ci/oracles "$$venv" && PATH="$$venv/bin:$$PATH" python -m pytest -n 2 $(PYTEST)

oldest:
	@venv=$$(.ci/environment oldest) && .ci/oracles "$$venv" && PATH="$$venv/bin:$$PATH" python -m pytest -n 2 $(PYTEST)

clean:
	rm -rf .cache
