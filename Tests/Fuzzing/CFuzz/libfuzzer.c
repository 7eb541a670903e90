#include "cfuzz.h"

#ifdef LIBFUZZER

int LLVMFuzzerRunDriver(int *argument_count, char ***arguments, int (*test)(const uint8_t *, size_t));

_Bool cfuzz_run_libfuzzer(int argument_count, char **arguments, int (*test)(const uint8_t *, size_t)) {
    LLVMFuzzerRunDriver(&argument_count, &arguments, test);
    return 1;
}

#else

_Bool cfuzz_run_libfuzzer(int argument_count, char **arguments, int (*test)(const uint8_t *, size_t)) { return 0; }

#endif
