# `make` lists what there is. All that is made lies in build/.

PYTHON := build/venv/bin/python
PYTEST_PARALLEL := $(PYTHON) -m pytest --numprocesses auto --dist worksteal

export PYTHONPYCACHEPREFIX := $(CURDIR)/build/cache/python

.NOTPARALLEL:
.PHONY: help demo pictures bench bench-memory sandbox check test lint lint-python lint-terraform lint-docs lint-documents test-unit test-artifact \
        test-terraform test-end-to-end test-examples coverage format generate models package checks docs costs deployer-policy permissions requirements clean terraform

help: ## list these commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-16s %s\n", $$1, $$2 }' Makefile

demo: build/venv/.complete terraform ## from an empty account to the e-mail about a lost agent, on this machine alone
	@$(PYTHON) -m tests.end_to_end.demo $(ARGS)

bench: build/venv/.complete ## the evaluator against its peers, into docs/performance.md
	$(PYTHON) -m benchmarks.bench $(ARGS)

bench-memory: build/venv/.complete ## the evaluator with the share of a CPU that Lambda gives to each memory size
	$(PYTHON) -m benchmarks.memory_size $(ARGS)

sandbox: build/venv/.complete ## the sandbox by itself, for your own settings: make sandbox ARGS="--port 5000 --fleet FILE"
	@$(PYTHON) -m sandbox --directory build/sandbox $(ARGS)

check: lint-python ## the checks and tests that need neither Terraform nor Go, in about two minutes
	$(PYTEST_PARALLEL) -m "not terraform" tests/unit sandbox/tests $(ARGS)

test: lint test-unit test-terraform test-end-to-end ## all of the checks and tests below

lint: lint-python lint-terraform lint-docs lint-documents ## formatting, types, validity, generated docs, runbooks

lint-python: build/venv/.complete ## ruff and mypy
	$(PYTHON) -m ruff check
	$(PYTHON) -m ruff format --check
	$(PYTHON) -m mypy

lint-terraform: build/venv/.complete build/bin/.complete terraform ## terraform fmt and validate, tflint
	$(PYTHON) -m tools.check_terraform lint

lint-docs: build/venv/.complete build/bin/.complete ## are inputs and outputs in the READMEs current?
	@$(PYTHON) -m tools.generated --check docs

lint-documents: build/venv/.complete terraform ## the runbooks as Terraform renders them: AWS's schema, references, time-outs
	$(PYTHON) -m pytest tests/test_documents.py

test-unit: build/venv/.complete terraform ## pytest: the functions, the sandbox, the tools
	$(PYTEST_PARALLEL) tests/unit sandbox/tests $(ARGS)

test-artifact: build/venv/.complete terraform ## is the zip made of exactly these sources?
	$(PYTHON) -m tools.generated --check models package
	$(PYTHON) -m pytest tests/unit/test_artifact.py
	$(PYTHON) -m tools.check_terraform test -filter=tests/artifact.tftest.hcl

test-terraform: build/venv/.complete terraform ## terraform test: plans and validations
	$(PYTHON) -m tools.check_terraform test $(ARGS)

test-end-to-end: build/venv/.complete terraform ## pytest: the module, applied in the sandbox
	$(PYTHON) -m pytest --numprocesses 4 --dist loadscope tests/end_to_end $(ARGS)

test-examples: build/venv/.complete terraform ## pytest: every example, planned; TERRAFORM=tofu and TERRAFORM_PROVIDER_VERSION="~> 6.0" choose others
	$(PYTHON) -m pytest tests/end_to_end/test_examples.py $(ARGS)

coverage: build/venv/.complete ## make check's tests, and the lines that none of them runs
	$(PYTEST_PARALLEL) -m "not terraform" --cov --cov-report=term:skip-covered tests/unit sandbox/tests $(ARGS)

format: build/venv/.complete ## formats Terraform and Python
	terraform fmt -recursive $(wildcard *.tf) modules examples tests
	$(PYTHON) -m ruff check --fix
	$(PYTHON) -m ruff format

generate: build/venv/.complete build/bin/.complete terraform ## makes anew all that is generated from something else in this repository
	@$(PYTHON) -m tools.generated

# The rows of the table in tools/generated.py, so that only what a row needs has to be there. Another row: two lines here.
models: build/venv/.complete ## writes both functions' models of AWS's APIs
package: build/venv/.complete ## packs the zip of both Lambda functions
checks: build/venv/.complete ## writes what follows from the checks: docs/diagnosis.md's table, what the responder may read
costs: build/venv/.complete ## writes the table in docs/costs.md
docs: build/venv/.complete build/bin/.complete ## writes inputs and outputs into the READMEs
permissions: build/venv/.complete terraform ## writes the table in docs/permissions.md from the roles as an apply makes them
deployer-policy: build/venv/.complete terraform ## writes docs/deployer-policy.json from what an apply and a destroy call
pictures: build/venv/.complete terraform ## the demo, drawn into docs/demo.svg and docs/email.svg
models package checks costs docs permissions deployer-policy pictures:
	@$(PYTHON) -m tools.generated $@

# With the extras: without them the pip of Python 3.11 takes the newest release of a package that another asks for by extra.
requirements: build/venv/.complete ## pins requirements.in by hash in requirements.txt; ARGS=--upgrade for newer versions
	build/venv/bin/uv pip compile --quiet --universal --python-version 3.11 --no-build --generate-hashes --no-annotate \
	  --no-strip-extras --custom-compile-command "make requirements" --output-file requirements.txt requirements.in $(ARGS)

clean: ## removes build/
	rm -rf build

terraform: build/venv/.complete
	@$(PYTHON) -m tools.terraform_setup

build/venv/.complete: requirements.txt tools/make_venv.sh
	@tools/make_venv.sh
	@touch $@

build/bin/.complete: tools/go.mod tools/install_go_tools.sh
	@tools/install_go_tools.sh
	@touch $@
