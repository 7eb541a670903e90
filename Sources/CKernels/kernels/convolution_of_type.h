// Window kernels for elements of type T; OF(name) gives functions their suffix.

// The windows along one axis for which kernel position k lies inside the plane: *from ..< *to.
static void OF(inside)(const mk_windows *w, int axis, ptrdiff_t k, ptrdiff_t *from, ptrdiff_t *to) {
    const ptrdiff_t shift = k * w->dilation[axis] - w->padding[axis], stride = w->stride[axis];
    // shift + o * stride >= 0 and shift + o * stride < input
    ptrdiff_t low = shift >= 0 ? 0 : (-shift + stride - 1) / stride;
    ptrdiff_t high = w->input[axis] - shift <= 0 ? 0 : (w->input[axis] - shift + stride - 1) / stride;
    if (high > w->output[axis]) high = w->output[axis];
    if (low > high) low = high;
    *from = low;
    *to = high;
}

static void OF(copy_strided)(ptrdiff_t n, const T *restrict x, ptrdiff_t stride, T *restrict y) {
    if (stride == 1) memcpy(y, x, (size_t)n * sizeof(T));
    else if (stride == 2) for (ptrdiff_t i = 0; i < n; i++) y[i] = x[2 * i];
    else for (ptrdiff_t i = 0; i < n; i++) y[i] = x[i * stride];
}

static void OF(add_strided)(ptrdiff_t n, const T *restrict y, ptrdiff_t stride, T *restrict x) {
    if (stride == 1) for (ptrdiff_t i = 0; i < n; i++) x[i] += y[i];
    else for (ptrdiff_t i = 0; i < n; i++) x[i * stride] += y[i];
}

// Visits the runs of windows first ..< first + count that share a row of the output. BODY sees the row `oy`, the run
// `start ..< end` of output columns and `offset`, the run's place in the column matrix.
#define MK_FOR_EACH_RUN(BODY) \
    for (ptrdiff_t done = 0; done < (ptrdiff_t)count;) { \
        const ptrdiff_t oy = ((ptrdiff_t)first + done) / w.output[1]; \
        const ptrdiff_t start = ((ptrdiff_t)first + done) % w.output[1]; \
        ptrdiff_t end = start + (ptrdiff_t)count - done; \
        if (end > w.output[1]) end = w.output[1]; \
        const ptrdiff_t offset = done; \
        BODY \
        done += end - start; \
    }

static void OF(gather_windows)(mk_windows w, size_t channels, const void *vx, size_t first, size_t count, void *vcol) {
    const T *x = vx;
    T *column = vcol;
    for (size_t c = 0; c < channels; c++, x += w.input[0] * w.input[1])
        for (ptrdiff_t ky = 0; ky < w.kernel[0]; ky++)
            for (ptrdiff_t kx = 0; kx < w.kernel[1]; kx++, column += count) {
                ptrdiff_t left, right;
                OF(inside)(&w, 1, kx, &left, &right);
                const ptrdiff_t shift = kx * w.dilation[1] - w.padding[1];
                MK_FOR_EACH_RUN({
                    T *row = column + offset - start;
                    const ptrdiff_t iy = oy * w.stride[0] + ky * w.dilation[0] - w.padding[0];
                    ptrdiff_t a = left < start ? start : left > end ? end : left;
                    ptrdiff_t b = right < a ? a : right > end ? end : right;
                    if (iy < 0 || iy >= w.input[0]) a = b = end;
                    for (ptrdiff_t i = start; i < a; i++) row[i] = 0;
                    if (b > a) OF(copy_strided)(b - a, x + iy * w.input[1] + a * w.stride[1] + shift, w.stride[1], row + a);
                    for (ptrdiff_t i = b; i < end; i++) row[i] = 0;
                })
            }
}

static void OF(scatter_windows)(mk_windows w, size_t channels, const void *vcol, size_t first, size_t count, void *vx) {
    const T *column = vcol;
    T *x = vx;
    for (size_t c = 0; c < channels; c++, x += w.input[0] * w.input[1])
        for (ptrdiff_t ky = 0; ky < w.kernel[0]; ky++)
            for (ptrdiff_t kx = 0; kx < w.kernel[1]; kx++, column += count) {
                ptrdiff_t left, right;
                OF(inside)(&w, 1, kx, &left, &right);
                const ptrdiff_t shift = kx * w.dilation[1] - w.padding[1];
                MK_FOR_EACH_RUN({
                    const T *row = column + offset - start;
                    const ptrdiff_t iy = oy * w.stride[0] + ky * w.dilation[0] - w.padding[0];
                    const ptrdiff_t a = left < start ? start : left;
                    const ptrdiff_t b = right > end ? end : right;
                    if (iy >= 0 && iy < w.input[0] && b > a)
                        OF(add_strided)(b - a, row + a, w.stride[1], x + iy * w.input[1] + a * w.stride[1] + shift);
                })
            }
}
#undef MK_FOR_EACH_RUN

// Visits every kernel position and output row with the input row under it: BODY sees `n` pairs of elements, yrow[i]
// and xrow[i * stride], and the kernel element's index `k`.
#define MK_FOR_EACH_TAP(BODY) \
    for (ptrdiff_t ky = 0; ky < w.kernel[0]; ky++) \
        for (ptrdiff_t kx = 0; kx < w.kernel[1]; kx++) { \
            ptrdiff_t top, bottom, left, right; \
            OF(inside)(&w, 0, ky, &top, &bottom); \
            OF(inside)(&w, 1, kx, &left, &right); \
            const ptrdiff_t k = ky * w.kernel[1] + kx, stride = w.stride[1], n = right - left; \
            for (ptrdiff_t oy = top; oy < bottom; oy++) { \
                const ptrdiff_t iy = oy * w.stride[0] + ky * w.dilation[0] - w.padding[0]; \
                const ptrdiff_t xat = iy * w.input[1] + left * stride + kx * w.dilation[1] - w.padding[1]; \
                const ptrdiff_t yat = oy * w.output[1] + left; \
                if (n > 0) { BODY } \
            } \
        }

static void OF(correlate)(mk_windows w, const void *vx, const void *vk, void *vy) {
    const T *kernel = vk;
    MK_FOR_EACH_TAP({
        const T *restrict x = (const T *)vx + xat;
        T *restrict y = (T *)vy + yat;
        const T f = kernel[k];
        if (stride == 1) for (ptrdiff_t i = 0; i < n; i++) y[i] += f * x[i];
        else for (ptrdiff_t i = 0; i < n; i++) y[i] += f * x[i * stride];
    })
}

static void OF(correlate_input)(mk_windows w, const void *vy, const void *vk, void *vx) {
    const T *kernel = vk;
    MK_FOR_EACH_TAP({
        const T *restrict y = (const T *)vy + yat;
        T *restrict x = (T *)vx + xat;
        const T f = kernel[k];
        if (stride == 1) for (ptrdiff_t i = 0; i < n; i++) x[i] += f * y[i];
        else for (ptrdiff_t i = 0; i < n; i++) x[i * stride] += f * y[i];
    })
}

static void OF(correlate_kernel)(mk_windows w, const void *vx, const void *vy, void *vk) {
    T *kernel = vk;
    MK_FOR_EACH_TAP({
        const T *restrict x = (const T *)vx + xat;
        const T *restrict y = (const T *)vy + yat;
        T lane[16] = {0};
        ptrdiff_t i = 0;
        if (stride == 1)
            for (; i + 16 <= n; i += 16)
                for (int l = 0; l < 16; l++) lane[l] += y[i + l] * x[i + l];
        for (; i < n; i++) lane[0] += y[i] * x[i * stride];
        for (int width = 8; width > 0; width /= 2)
            for (int l = 0; l < width; l++) lane[l] += lane[l + width];
        kernel[k] += lane[0];
    })
}
#undef MK_FOR_EACH_TAP

static void OF(max_pool)(mk_windows w, const void *vx, void *vy, int64_t *positions) {
    const T *x = vx;
    T *y = vy;
    for (ptrdiff_t oy = 0; oy < w.output[0]; oy++)
        for (ptrdiff_t ox = 0; ox < w.output[1]; ox++, y++, positions++) {
            T best = -INFINITY;
            ptrdiff_t at = -1;
            for (ptrdiff_t ky = 0; ky < w.kernel[0]; ky++) {
                const ptrdiff_t iy = oy * w.stride[0] + ky * w.dilation[0] - w.padding[0];
                if (iy < 0 || iy >= w.input[0]) continue;
                for (ptrdiff_t kx = 0; kx < w.kernel[1]; kx++) {
                    const ptrdiff_t ix = ox * w.stride[1] + kx * w.dilation[1] - w.padding[1];
                    if (ix < 0 || ix >= w.input[1]) continue;
                    const T v = x[iy * w.input[1] + ix];
                    if (at < 0 || v > best || (v != v && best == best)) { best = v; at = iy * w.input[1] + ix; }
                }
            }
            *y = best;
            *positions = at;
        }
}

// The part of a window inside the plane along one axis, and the number of positions its mean divides by. A window that
// reaches past the padding (rounding up the output length) counts only what lies within it.
static void OF(span)(const mk_windows *w, int axis, ptrdiff_t o, int counts_padding,
                     ptrdiff_t *from, ptrdiff_t *to, ptrdiff_t *size) {
    ptrdiff_t start = o * w->stride[axis] - w->padding[axis];
    ptrdiff_t end = start + w->kernel[axis];
    const ptrdiff_t limit = w->input[axis] + w->padding[axis];
    if (end > limit) end = limit;
    const ptrdiff_t whole = end - start;
    if (start < 0) start = 0;
    if (end > w->input[axis]) end = w->input[axis];
    *from = start;
    *to = end < start ? start : end;
    *size = counts_padding ? whole : *to - *from;
}

#define MK_FOR_EACH_WINDOW(SPAN_Y, SPAN_X, BODY) \
    for (ptrdiff_t oy = 0; oy < w.output[0]; oy++) { \
        ptrdiff_t top, bottom, height; \
        SPAN_Y \
        for (ptrdiff_t ox = 0; ox < w.output[1]; ox++, y++) { \
            ptrdiff_t left, right, width; \
            SPAN_X \
            BODY \
        } \
    }
#define MK_AVERAGE \
    { \
        T sum = 0; \
        for (ptrdiff_t iy = top; iy < bottom; iy++) \
            for (ptrdiff_t ix = left; ix < right; ix++) sum += x[iy * w.input[1] + ix]; \
        *y = sum / (T)(height * width); \
    }
#define MK_SPREAD \
    { \
        const T share = *y / (T)(height * width); \
        for (ptrdiff_t iy = top; iy < bottom; iy++) \
            for (ptrdiff_t ix = left; ix < right; ix++) x[iy * w.input[1] + ix] += share; \
    }
#define MK_SPAN_Y OF(span)(&w, 0, oy, counts_padding, &top, &bottom, &height);
#define MK_SPAN_X OF(span)(&w, 1, ox, counts_padding, &left, &right, &width);
#define MK_BIN_Y \
    top = oy * w.input[0] / w.output[0]; \
    bottom = ((oy + 1) * w.input[0] + w.output[0] - 1) / w.output[0]; \
    height = bottom - top;
#define MK_BIN_X \
    left = ox * w.input[1] / w.output[1]; \
    right = ((ox + 1) * w.input[1] + w.output[1] - 1) / w.output[1]; \
    width = right - left;

static void OF(average_pool)(mk_windows w, int counts_padding, const void *vx, void *vy) {
    const T *x = vx;
    T *y = vy;
    MK_FOR_EACH_WINDOW(MK_SPAN_Y, MK_SPAN_X, MK_AVERAGE)
}

static void OF(average_pool_gradient)(
    mk_windows w, int counts_padding, const void *vy, void *vx) {
    const T *y = vy;
    T *x = vx;
    MK_FOR_EACH_WINDOW(MK_SPAN_Y, MK_SPAN_X, MK_SPREAD)
}

static void OF(adaptive_average_pool)(mk_windows w, const void *vx, void *vy) {
    const T *x = vx;
    T *y = vy;
    MK_FOR_EACH_WINDOW(MK_BIN_Y, MK_BIN_X, MK_AVERAGE)
}

static void OF(adaptive_average_pool_gradient)(mk_windows w, const void *vy, void *vx) {
    const T *y = vy;
    T *x = vx;
    MK_FOR_EACH_WINDOW(MK_BIN_Y, MK_BIN_X, MK_SPREAD)
}

static void OF(adaptive_max_pool)(mk_windows w, const void *vx, void *vy, int64_t *positions) {
    const T *x = vx;
    T *y = vy;
    MK_FOR_EACH_WINDOW(MK_BIN_Y, MK_BIN_X, {
        (void)height;
        (void)width;
        ptrdiff_t at = top * w.input[1] + left;
        for (ptrdiff_t iy = top; iy < bottom; iy++)
            for (ptrdiff_t ix = left; ix < right; ix++) {
                const T v = x[iy * w.input[1] + ix];
                if (v > x[at] || (v != v && x[at] == x[at])) at = iy * w.input[1] + ix;
            }
        *y = x[at];
        *positions++ = at;
    })
}
#undef MK_FOR_EACH_WINDOW
#undef MK_AVERAGE
#undef MK_SPREAD
#undef MK_SPAN_Y
#undef MK_SPAN_X
#undef MK_BIN_Y
#undef MK_BIN_X

static void OF(scatter_add)(size_t n, const int64_t *positions, const void *vy, void *vx) {
    const T *y = vy;
    T *x = vx;
    for (size_t i = 0; i < n; i++) x[positions[i]] += y[i];
}

static void OF(gather)(size_t n, const int64_t *positions, const void *vx, void *vy) {
    const T *x = vx;
    T *y = vy;
    for (size_t i = 0; i < n; i++) y[i] = x[positions[i]];
}

static void OF(interpolate)(size_t n, size_t inner, const int32_t *low, const int32_t *high, const double *weight,
                            const void *vx, void *vy) {
    for (size_t j = 0; j < n; j++) {
        const T *a = (const T *)vx + (size_t)low[j] * inner, *b = (const T *)vx + (size_t)high[j] * inner;
        T *restrict y = (T *)vy + j * inner;
        const T f = (T)weight[j], e = 1 - f;
        // An untouched neighbour must not turn 0 * infinity into NaN.
        if (f == 0) memcpy(y, a, inner * sizeof(T));
        else for (size_t i = 0; i < inner; i++) y[i] = e * a[i] + f * b[i];
    }
}

static void OF(interpolate_gradient)(size_t n, size_t inner, const int32_t *low, const int32_t *high,
                                     const double *weight, const void *vy, void *vx) {
    for (size_t j = 0; j < n; j++) {
        T *a = (T *)vx + (size_t)low[j] * inner, *b = (T *)vx + (size_t)high[j] * inner;
        const T *restrict y = (const T *)vy + j * inner;
        const T f = (T)weight[j], e = 1 - f;
        for (size_t i = 0; i < inner; i++) a[i] += e * y[i];
        if (f != 0) for (size_t i = 0; i < inner; i++) b[i] += f * y[i];
    }
}

static const mk_window_kernels OF(window_kernels) = {
    .gather_windows = OF(gather_windows),
    .scatter_windows = OF(scatter_windows),
    .correlate = OF(correlate),
    .correlate_input = OF(correlate_input),
    .correlate_kernel = OF(correlate_kernel),
    .max_pool = OF(max_pool),
    .average_pool = OF(average_pool),
    .average_pool_gradient = OF(average_pool_gradient),
    .adaptive_max_pool = OF(adaptive_max_pool),
    .adaptive_average_pool = OF(adaptive_average_pool),
    .adaptive_average_pool_gradient = OF(adaptive_average_pool_gradient),
    .scatter_add = OF(scatter_add),
    .gather = OF(gather),
    .interpolate = OF(interpolate),
    .interpolate_gradient = OF(interpolate_gradient),
};
