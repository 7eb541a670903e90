#pragma once
/// Tells the core that the thread spins.
static inline void mk_spin_pause(void) {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#endif
}
