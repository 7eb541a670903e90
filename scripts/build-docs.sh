#!/bin/sh
# Builds a DocC archive for each public target into out/docs; any warning fails.
set -eu
cd "$(dirname "$0")/.."

graphs=out/symbol-graphs
rm -rf "$graphs" out/docs
mkdir -p "$graphs" out/docs

strict=${STRICT---warnings-as-errors}

swift build
products=$(swift build --show-bin-path)
modules=$products/Modules
includes="-I $products/CKernels.build -I Sources/COpenBLAS -I Sources/CZlib -I Sources/CKernels/include"
for flags in $(pkg-config --cflags-only-I openblas zlib 2>/dev/null); do includes="$includes $flags"; done

for target in Tensor Statistics Autograd NN Tabular Report; do
    mkdir -p "$graphs/$target"
    # shellcheck disable=SC2086
    swift symbolgraph-extract -module-name "$target" -I "$modules" $includes \
        -target x86_64-unknown-linux-gnu -minimum-access-level public -skip-synthesized-members \
        -output-dir "$graphs/$target"
    docc convert --fallback-display-name "$target" --fallback-bundle-identifier "martlet.$target" \
        --additional-symbol-graph-dir "$graphs/$target" --output-path "out/docs/$target.doccarchive" \
        $strict
    echo "out/docs/$target.doccarchive"
done
