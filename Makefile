# make            lists the targets
#
# SWIFT=PATH selects another Swift, SWIFTFLAGS="…" is passed to every build,
# ARGS="…" is passed to the example: make demo ARGS="--epochs 5 --hidden 64"
# SECONDS=… is the time per target of fuzz and per timed part of attack, MINUTES=… that of soak

SWIFT ?= swift
SWIFTFLAGS ?=
ARGS ?=
MINUTES ?= 10
export SWIFT SWIFTFLAGS

formatted := $(wildcard Sources Tests Examples Benchmarks Fuzz Package.swift)

.PHONY: help
help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-9s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: libraries
libraries: ## check Swift, install OpenBLAS, zlib, libspng and TurboJPEG if they are missing
	@sh scripts/ensure-libraries.sh

.PHONY: demo
demo: libraries ## build in release and train on the bundled digits
	$(SWIFT) run -c release $(SWIFTFLAGS) mnist $(ARGS)

.PHONY: test
test: libraries ## build and run all tests
	$(SWIFT) test $(SWIFTFLAGS)

.PHONY: mutants
mutants: libraries ## plant faults and check that the tests find each; ARGS="--help" lists its options
	@python3 scripts/mutants $(ARGS)

.PHONY: format
format: ## format every Swift file in place
	$(SWIFT) format --in-place --recursive --parallel $(formatted)

.PHONY: lint
lint: ## check the format of every Swift file
	$(SWIFT) format lint --strict --recursive --parallel $(formatted)

.PHONY: size
size: ## compare the lines of each module with its budget
	@sh scripts/size.sh

.PHONY: readme
readme: libraries ## compile and run every Swift block of the README, check the catalogue
	@sh scripts/catalogue.sh
	@sh scripts/pytorch-table.sh --check
	@sh scripts/readme-blocks.sh

.PHONY: fuzz
fuzz: libraries ## feed broken bytes to each reader: make fuzz SECONDS=60 (for each)
	@sh scripts/fuzz.sh $(SECONDS)

.PHONY: attack
attack: libraries ## damage files, kill saves, fail system calls: make attack SECONDS=60 (for each timed part)
	@sh scripts/attack.sh $(SECONDS)

.PHONY: sanitize
sanitize: libraries ## find races and memory errors with the sanitizers
	@sh scripts/sanitize.sh

.PHONY: blas
blas: libraries ## run the tests of products and of whole runs with each build of OpenBLAS
	@sh scripts/blas-builds.sh

.PHONY: logs
logs: libraries ## read the log of a run with TensorBoard, which it installs
	@sh scripts/logs.sh

.PHONY: report
report: libraries ## open the pages of runs in Chromium, which it installs on Debian
	@sh scripts/report.sh

.PHONY: book
book: libraries ## write the book as pages for a browser into .build/book; ARGS=--check compares them with Strata in Chromium
	@sh scripts/book.sh $(ARGS)

.PHONY: pytorch
pytorch: libraries ## load what Strata writes into PyTorch, which it installs, and compare the outputs
	@sh scripts/pytorch.sh

.PHONY: formats
formats: libraries ## exchange arrays of every type with numpy and safetensors, which it installs
	@sh scripts/formats.sh

.PHONY: tokenizer
tokenizer: libraries ## compare tokenizers with those of the Python package tokenizers, which it installs
	@sh scripts/tokenizer.sh

.PHONY: soak
soak: libraries ## train, save, load and discard: make soak MINUTES=10; memory must stay flat
	$(SWIFT) run -c release $(SWIFTFLAGS) Soak $(MINUTES)

.PHONY: client
client: libraries ## build and run a package that depends on this one
	@sh scripts/client-package.sh

.PHONY: docs
docs: libraries ## build the documentation of every module into .build/docs
	@sh scripts/docs.sh

.PHONY: busy
busy: libraries ## count training steps beside 1, 2 and 4 other busy programs
	$(SWIFT) run -c release $(SWIFTFLAGS) strata-bench --busy --workload '$(or $(WORKLOADS),mlp-mnist|mlp-wide|lstm-small)' \
	  --seconds $(or $(SECONDS),1)

.PHONY: data-bench
data-bench: libraries ## measure how fast data comes in, tables beside pandas: make data-bench MEGABYTES=1000
	@sh scripts/data-bench.sh $(MEGABYTES)

# make bench WORKLOADS='mlp-.*' ROUNDS=5 SECONDS=1 WORKERS="2 1"; ARGS="…" for other options of bench.py
.PHONY: bench
bench: libraries ## compare Strata with other frameworks, which it installs
	@python3 Benchmarks/bench.py $(if $(WORKLOADS),--workloads '$(WORKLOADS)') $(if $(ROUNDS),--rounds $(ROUNDS)) \
	  $(if $(SECONDS),--seconds $(SECONDS)) $(if $(WORKERS),--workers $(WORKERS)) $(ARGS)

# make tables ROWS='MNIST-1D.*' SEEDS=1
.PHONY: tables
tables: libraries ## train models whose results are published, five seeds each, and write them beside these
	@python3 Benchmarks/tables.py $(if $(ROWS),--rows '$(ROWS)') $(if $(SEEDS),--seeds $(SEEDS)) $(ARGS)
