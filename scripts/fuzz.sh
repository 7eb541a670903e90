#!/bin/sh
# Feeds every file reader with RUNS inputs in three builds: plain, with AddressSanitizer, and with
# UndefinedBehaviorSanitizer. One line for each; fails if any input crashes, hangs, takes too much memory or reads
# differently after it was written. The input that did it stays in .build-fuzz-*/findings.
#
# READERS and BUILDS narrow the choice; a new SEED makes other inputs.
set -eu
cd "$(dirname "$0")/.."
runs=${RUNS:-200000}
seed=${SEED:-1}
swift=${SWIFT:-swift}
readers=${READERS:-npy npz safetensors shards gguf json csv gzip arff}
jobs=${JOBS:+-j $JOBS}

resources=$($swift -print-target-info | sed -n 's/.*"runtimeResourcePath": "\(.*\)".*/\1/p')
libfuzzer=$resources/clang/lib/linux/libclang_rt.fuzzer_no_main-$(uname -m).a
if [ -f "$libfuzzer" ]; then
    # Swift's driver would link libFuzzer's own main function: only the instrumentation is asked of the compiler.
    coverage="-Xswiftc -Xfrontend -Xswiftc -sanitize=fuzzer -Xcc -fsanitize=fuzzer-no-link -Xcc -DLIBFUZZER"
    coverage="$coverage -Xlinker $libfuzzer -Xlinker -lstdc++"
else
    echo "fuzz: this toolchain has no libFuzzer; a seeded mutator makes the inputs"
    coverage=""
fi

failures=0
for build in ${BUILDS:-plain address undefined}; do
    case $build in
        plain) sanitizer="" ;;
        address) sanitizer="--sanitize address" ;;
        undefined) sanitizer="--sanitize undefined -Xcc -fno-sanitize-recover=undefined" ;;
    esac
    scratch=.build-fuzz-$build
    mkdir -p $scratch/findings
    # shellcheck disable=SC2086
    if ! $swift build --package-path Tests/Fuzzing --scratch-path $scratch -c release $jobs $coverage $sanitizer \
        > $scratch/build.log 2>&1; then
        tail -n 20 $scratch/build.log
        exit 1
    fi
    for reader in $readers; do
        corpus=$scratch/corpus/$reader
        log=$scratch/$reader.log
        rm -rf "$corpus"
        mkdir -p "$corpus"
        started=$(date +%s)
        outcome=ok
        $scratch/release/fuzz "$reader" -runs="$runs" -seed="$seed" -max_len=4096 -len_control=0 -timeout=10 \
            -rss_limit_mb=2048 -dict=Tests/Fuzzing/Dictionaries/"$reader".dict -artifact_prefix=$scratch/findings/ \
            "$corpus" Tests/Fuzzing/Corpus/"$reader" > "$log" 2>&1 || outcome="FAILED, see $log"
        [ "$outcome" = ok ] || failures=$((failures + 1))
        printf '%-10s %-11s %3s s  %s  %s\n' "$build" "$reader" $(($(date +%s) - started)) \
            "$(sed -n 's/^fuzz: //p' "$log")" "$outcome"
    done
done
exit $((failures > 0))
