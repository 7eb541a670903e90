#ifndef MARKER_H
#define MARKER_H

/// Calls `work` with `context`. Callgrind counts what happens inside this function and nothing else.
void budget_counted(void (*work)(void *), void *context);

#endif
