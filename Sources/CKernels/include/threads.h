#pragma once

/// Tells the core that the thread spins.
static inline void mk_spin_pause(void) {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#endif
}

/// Called under the allocator's lock, first and last: ThreadSanitizer learns from it that what one thread did before it
/// freed a buffer comes before what the next one does with it. Nothing without the sanitizer.
void mk_allocator_locked(void);
void mk_allocator_unlocks(void);
