#ifndef CFUZZ_H
#define CFUZZ_H

#include <stddef.h>
#include <stdint.h>

/// Starts measuring heap memory from what is allocated now.
void cfuzz_begin_measuring(void);

/// The most heap memory, in bytes, that has been held at once since the measurement began, beyond what was held then.
int64_t cfuzz_peak(void);

/// Hands over to libFuzzer, which calls `test` with inputs until it is done; does not return. False without libFuzzer.
_Bool cfuzz_run_libfuzzer(int argument_count, char **arguments, int (*test)(const uint8_t *, size_t));

#endif
