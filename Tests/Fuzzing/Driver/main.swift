// Feeds one reader with inputs: `fuzz <reader> -runs=200000 -seed=1 <folders of seeds>`.
//
// libFuzzer makes the inputs where the toolchain has it, and takes all its options; else a seeded mutator does. Any
// contradiction, crash, hang or excess of memory ends the process with an input file beside `-artifact_prefix`.

import CFuzz
import Glibc
import Tensor

let names = FuzzedReader.allCases.map(\.rawValue).joined(separator: ", ")
guard CommandLine.arguments.count > 1, let reader = FuzzedReader(rawValue: CommandLine.arguments[1]) else {
    fatalError("the first argument is a reader: \(names)")
}
session.reader = reader
Memory.cacheLimit = 0
atexit { session.report() }

var arguments = CommandLine.unsafeArgv
arguments[1] = arguments[0]
if !cfuzz_run_libfuzzer(
    CommandLine.argc - 1, arguments + 1, { session.test(UnsafeBufferPointer(start: $0, count: $1)) })
{
    session.mutate(Array(CommandLine.arguments.dropFirst(2)))
}
