#!/bin/sh
# Feeds every file reader with RUNS inputs in two builds: plain, and with AddressSanitizer and
# UndefinedBehaviorSanitizer. One line for each; fails if any input crashes, hangs, takes too much memory or reads
# differently after it was written. The input that did it stays in .build-fuzz-*/findings.
#
# READERS and BUILDS narrow the choice; a new SEED makes other inputs. An input may take ten seconds of processor time; one
# that does not end is given up after TIMEOUT seconds on the clock.
set -eu
cd "$(dirname "$0")/.."
runs=${RUNS:-200000}
seed=${SEED:-1}
swift=${SWIFT:-swift}
readers=${READERS:-npy npz safetensors shards gguf json csv gzip arff tokenizer template config adapter}
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

# The runtime's own reports of crashes would keep libFuzzer from seeing them.
export SWIFT_BACKTRACE=enable=no
# Hash tables seeded the same way take the same paths for the same input.
export SWIFT_DETERMINISTIC_HASHING=1

failures=0
for build in ${BUILDS:-plain sanitized}; do
    case $build in
        plain) sanitizer="" ;;
        # Swift itself stops at overflows and bad indices; the second sanitizer is for C, and its runtime comes with the
        # first. Less optimisation: the kernels would take minutes to compile.
        sanitized)
            sanitizer="--sanitize address -Xcc -fsanitize=undefined -Xcc -fno-sanitize-recover=undefined -Xcc -O1"
            ;;
    esac
    scratch=.build-fuzz-$build
    mkdir -p $scratch/findings
    # shellcheck disable=SC2086
    if ! $swift build --package-path Tests/Fuzzing --scratch-path $scratch -c release --product fuzz $jobs $coverage \
        $sanitizer > $scratch/build.log 2>&1; then
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
        $scratch/release/fuzz "$reader" -runs="$runs" -seed="$seed" -max_len=4096 -len_control=0 -timeout="${TIMEOUT:-100}" \
            -rss_limit_mb=2048 -dict=Tests/Fuzzing/Dictionaries/"$reader".dict -artifact_prefix=$scratch/findings/ \
            "$corpus" Tests/Fuzzing/Corpus/"$reader" > "$log" 2>&1 || outcome="FAILED, see $log"
        [ "$outcome" = ok ] || failures=$((failures + 1))
        printf '%-10s %-11s %3s s  %s  %s\n' "$build" "$reader" $(($(date +%s) - started)) \
            "$(sed -n 's/^fuzz: //p' "$log")" "$outcome"
    done
done
exit $((failures > 0))
