#!/bin/bash
# Builds the benchmarks, makes the peers' Python environment, and runs them by turns. See Docs/Performance.md.
set -euo pipefail
cd "$(dirname "$0")/../Benchmarks"

if [ ! -x .venv/bin/python ] || ! cmp -s peers/requirements.txt .venv/installed; then
    echo "martlet: installing the peers (PyTorch, JAX, llama.cpp ...) into Benchmarks/.venv"
    python3 -m venv .venv
    .venv/bin/pip install --quiet --disable-pip-version-check -r peers/requirements.txt
    cp peers/requirements.txt .venv/installed
fi

# Models and texts; a workload whose file could not be fetched is skipped.
../scripts/fetch-models.sh || true
.venv/bin/python peers/prepare.py ../Sources/SampleData/Resources/shakespeare/tinyshakespeare.txt || true

# Release builds specialise code across modules, but a module is not compiled again when only the body of a function in
# a module below has changed; so everything is when anything has.
sum=$(find ../Package.swift ../Sources Package.swift Sources -type f -print0 | sort -z | xargs -0 cat | sha256sum)
if [ "$sum" != "$(cat .build/sources 2>/dev/null)" ]; then
    rm -rf .build/*-linux-gnu/release/*.build .build/*-linux-gnu/release/Modules
fi
swift build -c release
echo "$sum" > .build/sources

.build/release/benchmarks run --python .venv/bin/python --worker peers/worker.py --only "$ONLY" --threads "$THREADS" \
    --output results.json
