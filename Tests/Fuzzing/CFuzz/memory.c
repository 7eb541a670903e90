// Counts what the heap holds. Under AddressSanitizer its own hooks report every allocation; otherwise these definitions
// stand in front of the C library's, for every library of the process.

#include "cfuzz.h"

#include <errno.h>
#include <malloc.h>
#include <stdatomic.h>

static atomic_int_fast64_t live, peak, start;

static void count(int64_t change) {
    int64_t now = atomic_fetch_add_explicit(&live, change, memory_order_relaxed) + change;
    int64_t highest = atomic_load_explicit(&peak, memory_order_relaxed);
    while (now > highest && !atomic_compare_exchange_weak(&peak, &highest, now)) {}
}

void cfuzz_begin_measuring(void) {
    int64_t now = atomic_load(&live);
    atomic_store(&start, now);
    atomic_store(&peak, now);
}

int64_t cfuzz_peak(void) { return atomic_load(&peak) - atomic_load(&start); }

#if __has_feature(address_sanitizer)

#include <sanitizer/allocator_interface.h>

static void allocated(const volatile void *pointer, size_t size) { count((int64_t)size); }

static void freed(const volatile void *pointer) { count(-(int64_t)__sanitizer_get_allocated_size(pointer)); }

__attribute__((constructor)) static void install(void) { __sanitizer_install_malloc_and_free_hooks(allocated, freed); }

#else

void *__libc_malloc(size_t);
void *__libc_calloc(size_t, size_t);
void *__libc_realloc(void *, size_t);
void *__libc_memalign(size_t, size_t);
void __libc_free(void *);

static void *counted(void *pointer) {
    if (pointer) count((int64_t)malloc_usable_size(pointer));
    return pointer;
}

void *malloc(size_t size) { return counted(__libc_malloc(size)); }

void *calloc(size_t number, size_t size) { return counted(__libc_calloc(number, size)); }

void *realloc(void *old, size_t size) {
    int64_t before = old ? (int64_t)malloc_usable_size(old) : 0;
    void *new = __libc_realloc(old, size);
    if (new || size == 0) count(-before);
    return counted(new);
}

void *memalign(size_t alignment, size_t size) { return counted(__libc_memalign(alignment, size)); }

void *aligned_alloc(size_t alignment, size_t size) { return memalign(alignment, size); }

int posix_memalign(void **result, size_t alignment, size_t size) {
    void *pointer = memalign(alignment, size);
    if (!pointer) return ENOMEM;
    *result = pointer;
    return 0;
}

void free(void *pointer) {
    if (pointer) count(-(int64_t)malloc_usable_size(pointer));
    __libc_free(pointer);
}

#endif
