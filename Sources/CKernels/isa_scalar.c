// The portable build of every kernel.
#define MK_ISA(name) name##_scalar
#include "kernels/all.h"
