// Kernels of convolution, pooling and interpolation: windows that slide over planes `[height, width]`, row-major.
// Signals of one axis are planes of height 1.
#pragma once
#include <stddef.h>
#include <stdint.h>

/// Where windows lie: index 0 is the vertical axis, 1 the horizontal one; `padding` is that before the plane.
typedef struct {
    ptrdiff_t input[2], kernel[2], output[2], stride[2], padding[2], dilation[2];
} mk_windows;

/// The kernels for one element type; every pointer is to elements of that type.
typedef struct {
    /// column[(c, ky, kx), i] = the element of channel c under kernel position (ky, kx) of window first + i, or 0.
    void (*gather_windows)(mk_windows w, size_t channels, const void *x, size_t first, size_t count, void *column);
    /// The transpose of gather_windows: adds every column element to where it came from.
    void (*scatter_windows)(mk_windows w, size_t channels, const void *column, size_t first, size_t count, void *x);

    /// y += correlation of one plane with one kernel, and the two transposes of that map.
    void (*correlate)(mk_windows w, const void *x, const void *kernel, void *y);
    void (*correlate_input)(mk_windows w, const void *y, const void *kernel, void *x);
    void (*correlate_kernel)(mk_windows w, const void *x, const void *y, void *kernel);

    /// The largest element of every window and its position in the plane; NaN wins, then the first.
    void (*max_pool)(mk_windows w, const void *x, void *y, int64_t *positions);
    /// The mean of every window, over all its positions or over those inside the plane only.
    void (*average_pool)(mk_windows w, int counts_padding, const void *x, void *y);
    void (*average_pool_gradient)(mk_windows w, int counts_padding, const void *y, void *x);

    /// Pooling into `w.output` bins that cover the plane: bin i is floor(i * in / out) ..< ceil((i + 1) * in / out).
    void (*adaptive_max_pool)(mk_windows w, const void *x, void *y, int64_t *positions);
    void (*adaptive_average_pool)(mk_windows w, const void *x, void *y);
    void (*adaptive_average_pool_gradient)(mk_windows w, const void *y, void *x);

    /// x[positions[i]] += y[i]
    void (*scatter_add)(size_t n, const int64_t *positions, const void *y, void *x);
    /// y[i] = x[positions[i]]
    void (*gather)(size_t n, const int64_t *positions, const void *x, void *y);

    /// y[j, :] = (1 - weight[j]) * x[low[j], :] + weight[j] * x[high[j], :] for rows of `inner` elements.
    void (*interpolate)(size_t n, size_t inner, const int32_t *low, const int32_t *high, const double *weight,
                        const void *x, void *y);
    /// The transpose of interpolate: adds to x.
    void (*interpolate_gradient)(size_t n, size_t inner, const int32_t *low, const int32_t *high, const double *weight,
                                 const void *y, void *x);
} mk_window_kernels;

/// The kernels for float32 (is_double 0) or float64.
const mk_window_kernels *mk_windows_of(int is_double);
