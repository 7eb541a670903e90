#include "threads.h"

#if defined(__has_feature) && __has_feature(thread_sanitizer)
void __tsan_acquire(void *address);
void __tsan_release(void *address);

static char allocator_lock;

void mk_allocator_locked(void) { __tsan_acquire(&allocator_lock); }
void mk_allocator_unlocks(void) { __tsan_release(&allocator_lock); }
#else
void mk_allocator_locked(void) {}
void mk_allocator_unlocks(void) {}
#endif
