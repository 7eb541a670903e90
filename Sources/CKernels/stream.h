// Results that are too large for the caches are written around them: an ordinary store first reads the line that it
// overwrites, a third of all traffic for an operation on two operands.
#pragma once
#include "kernels/system.h"

// From here on: a share of the third-level cache, so that a result which is used at once is still found there.
enum { MK_STREAMED_BYTES = 8 << 20, MK_STREAM_LINE = 64 };

// Writes whole lines from a buffer to an address on a line's border.
static inline void mk_stream(void *out, const void *x, size_t bytes) {
    typedef float four __attribute__((vector_size(16)));
    const four *from = x;
    four *to = out;
    for (size_t i = 0; i < bytes / sizeof(four); i += 4) {
        four a = from[i], b = from[i + 1], c = from[i + 2], d = from[i + 3];
        __builtin_nontemporal_store(a, to + i);
        __builtin_nontemporal_store(b, to + i + 1);
        __builtin_nontemporal_store(c, to + i + 2);
        __builtin_nontemporal_store(d, to + i + 3);
    }
}

// Streamed stores are seen by other threads only after this.
static inline void mk_stream_end(void) {
#if defined(__x86_64__)
    __builtin_ia32_sfence();
#endif
}

// The bytes up to the next line's border.
static inline size_t mk_bytes_to_line(const void *x) { return -(uintptr_t)x % MK_STREAM_LINE; }
