// System headers come before any target attribute is pushed.
#pragma once
#include <limits.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "../include/martlet_kernels.h"

// In front of a loop whose result may be one of its operands, element for element: without the promise that elements do
// not meet otherwise, an operation in place would run its scalar form. Loops over library calls stay scalar in silence.
#define MK_ELEMENTWISE_LOOP _Pragma("clang loop vectorize(assume_safety)")
// The same with four vectors at a time, for the elements up to a multiple of MK_WIDTH: elementary functions are long chains
// of dependent steps, and several chains side by side keep the processor busy.
#define MK_WIDE_LOOP _Pragma("clang loop vectorize(assume_safety) interleave_count(4)")
enum { MK_WIDTH = 64 };
#pragma clang diagnostic ignored "-Wpass-failed"
