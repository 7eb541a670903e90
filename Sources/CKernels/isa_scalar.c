// The portable build of every kernel.
#define MK_ISA(name) name##_scalar
#define MK_VECTOR_BYTES 16
#include "kernels/all.h"
