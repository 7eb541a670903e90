// Convolution, pooling and interpolation over planes, once for each floating-point type.

#define T float
#define OF(name) name##_f32
#include "convolution_of_type.h"
#undef T
#undef OF
#define T double
#define OF(name) name##_f64
#include "convolution_of_type.h"
#undef T
#undef OF
