# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Every target makes its own virtual environment; nothing has to be prepared but Python 3.11 or newer.

PYTHON ?= $(shell .ci/find_python 3.13 3.12 3.11 3.14)
VENV   ?= .venv
FARM   ?= simulated
ARGS   ?=

# A checkout is importable as a collection through a link in a tree of its own.
TREE := $(CURDIR)/.cache/tree
LINK := $(TREE)/ansible_collections/webfarm/signalr
RUN  := PYTHONPATH="$(CURDIR)/tests" PATH="$(CURDIR)/$(VENV)/bin:$$PATH" ANSIBLE_COLLECTIONS_PATH="$(TREE)" $(VENV)/bin/python

.DEFAULT_GOAL := help
.PHONY: help demo test test-fast conformance drill-webconfig lint clean venv

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-16s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: venv ## three simulated servers become one farm (FARM=real: PowerShell's engine and Microsoft's SignalR)
	@$(RUN) -m demo --farm $(FARM) $(ARGS)

test: venv ## every test (ARGS="-k name" for some)
	@$(RUN) -m pytest -n 2 tests $(ARGS)

test-fast: venv ## the tests that run no playbook
	@$(RUN) -m pytest -n 2 -m "not slow" tests $(ARGS)

conformance: venv ## one table of cases, asked of every target that is to be had
	@$(RUN) -m conformance $(ARGS)

drill-webconfig: venv ## figures of configuration files: bytes kept, cost of an edit, transforms beside Microsoft's
	@$(RUN) -m drills.webconfig

lint: ## ruff, mypy, yamllint, ansible-lint, changelog and documentation
	@.ci/gates/lint.sh
	@.ci/gates/ansible_lint.sh

clean: ## remove what was made here: environments, caches, packages
	@rm -rf $(VENV) .cache .pytest_cache .mypy_cache .ruff_cache .hypothesis .ansible tests/output ./*.tar.gz

venv:
	@python="$(PYTHON)"; test -n "$$python" || { \
	  echo "No Python 3.11 or newer that can make a virtual environment was found: install one, or name it: make PYTHON=..." >&2; exit 1; }; \
	.ci/venv $(VENV) "$$python" requirements-test.txt
	@mkdir -p "$(dir $(LINK))"
	@test "$$(readlink "$(LINK)" 2>/dev/null)" = "$(CURDIR)" || ln -sfn "$(CURDIR)" "$(LINK)"
