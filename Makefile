# Plain `make` lists what can be done. Each target works as the first command on a fresh clone.
PYTHON ?= python3
BIN := .venv/bin
RECIPE ?=

.DEFAULT_GOAL := help
.PHONY: help setup train serve test test-cluster lint bench pretrained clean

help:  ## list what can be done
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 21

setup: .venv/ready  ## create .venv with everything in it

.venv/ready: pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --upgrade 'pip>=25.1'
	$(BIN)/pip install --quiet --constraint constraints.txt --editable '.[all]' --group dev
	@touch $@

train: .venv/ready  ## train a recipe, evaluate it and write its report: make train RECIPE=sgd-2conv
	$(BIN)/handigits train $(RECIPE)

serve: .venv/ready  ## serve the drawing pad and the HTTP API at http://127.0.0.1:7860/
	$(BIN)/handigits serve

test: lint  ## check style, types and behaviour
	$(BIN)/python -m pytest

test-cluster: .venv/ready  ## install Ray and run the tests that kill its workers and drivers; takes minutes
	$(BIN)/pip install --quiet --constraint constraints.txt --editable '.[cluster]'
	$(BIN)/python -m pytest tests/cluster

lint: .venv/ready  ## check style and types
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/mypy

bench: .venv/ready  ## measure what the README claims, and write it to benchmarks/results
	$(BIN)/python -m benchmarks

# One thread: the same weights however many cores there are. The gate learns letters from typefaces that npm fetches.
pretrained: .venv/ready  ## train the model and the gate that ship in the package, and put them there with their card
	$(BIN)/python -m benchmarks.gate
	$(BIN)/handigits train robust --data mnist --seed 0 --threads 1 --out runs/pretrained --force
	cp runs/pretrained/model.onnx runs/pretrained/README.md src/handigits/pretrained/

clean:  ## remove the environment and what tools left behind; runs stay
	rm -rf .venv benchmarks/.venv-peers benchmarks/.typefaces .pytest_cache .mypy_cache .ruff_cache .hypothesis build dist
