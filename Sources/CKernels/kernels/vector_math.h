// Elementary functions written so that the compiler can vectorise loops over them: no calls, no branches that
// cannot become selects. `mk_expf` is for float, `mk_exp` for double. Included once for each instruction set.
#pragma once
#include <math.h>

static inline float mk_expf(float x) { return expf(x); }
static inline float mk_expm1f(float x) { return expm1f(x); }
static inline float mk_logf(float x) { return logf(x); }
static inline float mk_log1pf(float x) { return log1pf(x); }
static inline float mk_log2f(float x) { return log2f(x); }
static inline float mk_log10f(float x) { return log10f(x); }
static inline float mk_tanhf(float x) { return tanhf(x); }
static inline float mk_erff(float x) { return erff(x); }
static inline float mk_sinf(float x) { return sinf(x); }
static inline float mk_cosf(float x) { return cosf(x); }
static inline double mk_exp(double x) { return exp(x); }
static inline double mk_expm1(double x) { return expm1(x); }
static inline double mk_log(double x) { return log(x); }
static inline double mk_log1p(double x) { return log1p(x); }
static inline double mk_log2(double x) { return log2(x); }
static inline double mk_log10(double x) { return log10(x); }
static inline double mk_tanh(double x) { return tanh(x); }
static inline double mk_erf(double x) { return erf(x); }
static inline double mk_sin(double x) { return sin(x); }
static inline double mk_cos(double x) { return cos(x); }
