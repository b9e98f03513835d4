# Two commands do all the set-up: `make demo` and `make test`.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
HOME_OF_DEMO := demo_home

.PHONY: demo ui test faults lint format clean

$(VENV)/installed: pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[demo,dev]'
	touch $@

demo: $(VENV)/installed ## run the main job on a made-up branch and say where to look
	$(BIN)/ops demo --home $(HOME_OF_DEMO)

ui: $(VENV)/installed ## open the Dagster UI on the demonstration
	set -a; . ./$(HOME_OF_DEMO)/ops.env; exec $(BIN)/dagster dev --workspace workspace.yaml --host 127.0.0.1 --port 3000

test: lint ## lint, check types and rooms, and run the tests
	$(BIN)/pytest -n 2 --dist loadfile --no-loadscope-reorder

faults: $(VENV)/installed ## break the alerting in every way we know, on both databases; SEED=n repeats a run
	$(BIN)/python -m tests.faults $(SEED)

lint: $(VENV)/installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(VENV)/installed
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

clean: ## remove the environment and the demonstration
	rm -rf $(VENV) $(HOME_OF_DEMO)
