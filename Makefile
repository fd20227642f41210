# A fresh clone needs nothing but Python 3.11 or 3.13: each target sets up what it uses.
VENV ?= .venv
SYSTEM_PYTHON ?= python3
PYTHON = $(VENV)/bin/python
# A photo of your own: make demo PHOTO=/path/to/any.jpg
PHOTO ?=
# A revision to compare with, and photos to do it with: make bench BASE=HEAD~3
BASE ?=
PHOTOS ?=
# How long to try odd inputs, and with which seed: make fuzz MINUTES=60 SEED=7
MINUTES ?= 3
SEED ?=
export PHOTO BASE PHOTOS
# Where it is set, each of the hundreds of processes that tests start would compile anew all that it
# imports: two to four seconds of each.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: setup demo test fuzz test-blender test-4.2 test-5.2 test-import test-training test-gui env-4.2 env-5.2 env-import env-training docs docs-pictures lint extension release licences bench same rules sheet train clean

setup:
	@$(SYSTEM_PYTHON) scripts/setup_env.py $(VENV)

demo: setup
	@$(PYTHON) scripts/demo.py "$$PHOTO"

# Locally everything under one Blender. In CI what needs Blender under the oldest, this and the newest
# supported one, the rest once for each Python: 3.13, and 3.11 with the oldest numpy. What is tested
# next is set up meanwhile.
test: setup
	@if [ -n "$$CI" ]; then $(TESTED) $(MAKE) --no-print-directory -j2 test-blender test-import test-training test-5.2 test-4.2; \
	else $(TESTED) pytest; fi

# Notes in build/tested.json which files passed, for `make release`.
TESTED = $(PYTHON) scripts/tested.py

# A process for each core. A file's tests stay in one of them, and share what they build. One that
# crashed is not replaced: with files kept together xdist 3.8 would wait for its tests for ever.
# Files begin in the order of tests/conftest.py: the longest first.
PYTEST = -m pytest --numprocesses auto --maxprocesses 4 --dist loadfile --no-loadscope-reorder \
	--max-worker-restart 0

ifdef CI
# One after the other; last what has most tests, because the last line counts.
env-training: env-import
env-5.2: env-training
env-4.2: env-5.2
# What is the same under every Python and Blender is tested under the newest.
NOT_AGAIN_4.2 = -m "not once"
NOT_AGAIN = and not once
# These two have one process each, so side by side.
test-import test-training: test-blender
test-5.2: test-import test-training
test-4.2: test-5.2
endif

test-blender: setup
	@$(PYTHON) $(PYTEST) -m "blender $(NOT_AGAIN)"

env-4.2 env-5.2: env-%: setup
	@$(SYSTEM_PYTHON) scripts/setup_env.py .venv-$* --blender $* || [ $$? -eq 3 ]

# Without its Python there is nothing to run; setting it up has said so. In one of ten runs or so
# Blender 4.2 spoils its own memory and dies, in another test each time (never seen in 4.5 and 5.2).
# Then, if nothing else failed, the files that this kept from running are run once more, by themselves.
LEFT = build/tests-left
test-4.2 test-5.2: test-%: env-%
	@mkdir -p build; rm -f $(LEFT)
	@if [ -x .venv-$*/bin/python ]; then echo "Blender $*:"; \
	PRN_TESTS_LEFT=$(LEFT) .venv-$*/bin/python $(PYTEST) $(NOT_AGAIN_$*) || { [ -s $(LEFT) ] && \
	echo "A process has died. Once more what it left:" && \
	.venv-$*/bin/python -m pytest $(NOT_AGAIN_$*) $$(cat $(LEFT)); }; fi

# Models of others: with TensorFlow and PyTorch, in an environment of their own.
env-import: setup
	@$(SYSTEM_PYTHON) scripts/setup_env.py .venv-import --for import

test-import: env-import
	@.venv-import/bin/python -m pytest tests/core/model/test_import_model.py

# How the default model is made; without Blender.
env-training: setup
	@$(SYSTEM_PYTHON) scripts/setup_env.py .venv-training --for training
	@$(SYSTEM_PYTHON) scripts/setup_env.py .venv-teacher --for teacher || [ $$? -eq 3 ]

test-training: env-training
	@.venv-training/bin/python -m pytest tests/training

# Odd inputs of all kinds (docs/fuzzing.md); `make test` tries a hundred.
fuzz: setup
	@$(PYTHON) tests/fuzz/run.py --minutes $(MINUTES) $(if $(SEED),--seed $(SEED))

# Debian's Blender with its window on a virtual screen, mouse and keyboard; needs root on Debian.
test-gui: setup
	@$(PYTHON) tests/gui/run.py

# The site in build/site, every link checked; its pictures made anew: renders, then screenshots of a
# real Blender, which need what `make test-gui` needs.
docs: setup
	@$(PYTHON) -m mkdocs build --strict --quiet
	@echo build/site/index.html

docs-pictures: setup
	@$(PYTHON) scripts/front_picture.py
	@$(PYTHON) scripts/model_failures.py
	@$(PYTHON) tests/gui/run.py --story window --story whole_way --story adjust \
		--story person --story sequence --tutorial

lint: setup
	@$(PYTHON) -m ruff check .
	@$(PYTHON) -m ruff format --check .
	@$(PYTHON) -m mypy

extension: setup
	@$(PYTHON) scripts/build_extension.py

# All of a release, in dist/release-VERSION, of a commit that `make test` has passed:
# docs/releasing.md.
release: setup
	@$(PYTHON) scripts/release.py

# docs/licences.md, from the wheels' metadata and models/licences.toml.
licences: setup
	@$(PYTHON) scripts/licences.py --read

# How long things take. With BASE, whether they take longer, or more memory, than in another
# revision: make bench BASE=HEAD~3
bench: setup
	@if [ -n "$$BASE" ]; then $(PYTHON) -m benchmarks.compare "$$BASE"; else \
	$(PYTHON) -m benchmarks && $(PYTHON) -m benchmarks.outputs && $(PYTHON) -m benchmarks.swap; fi

# Whether every output is the same, bit for bit, as in another revision: make same BASE=HEAD~3
same: setup
	@$(PYTHON) -m benchmarks.same_outputs --base "$${BASE:-HEAD}" $${PHOTOS:+--photos "$$PHOTOS"}

# What each rule of the swap is worth: table, numbers and pictures; an hour, and it goes on where it
# stopped. docs/swap.md says how to read them. Needs research data, see benchmarks/swap_sheet.py.
rules: setup
	@$(PYTHON) -m benchmarks.swap_rules -o sheets/rules

# A contact sheet of every photo in a folder: make sheet PHOTO=/path/to/folder
sheet: setup
	@$(PYTHON) -m prn_blender sheet "$$PHOTO" -o sheets/sheet.png

# The default model from its sources: hours; training/README.md says what it needs. It goes on where
# it stopped. make train STEP=export CONFIG=training/configs/gpu.toml
STEP ?= all
CONFIG ?= training/configs/cpu.toml
# Each step allocates the same hundreds of megabytes: given back to the system and asked for again
# they cost a fifth of the time.
KEEP_MEMORY = MALLOC_MMAP_THRESHOLD_=4294967296 MALLOC_TRIM_THRESHOLD_=8589934592 \
	GLIBC_TUNABLES=glibc.malloc.hugetlb=1
train:
	@$(SYSTEM_PYTHON) scripts/setup_env.py .venv-training --for training
	@$(SYSTEM_PYTHON) scripts/setup_env.py .venv-teacher --for teacher
	@$(KEEP_MEMORY) .venv-training/bin/python -m training "$(STEP)" --config "$(CONFIG)"

clean:
	rm -rf .venv .venv-* build dist out sheets
