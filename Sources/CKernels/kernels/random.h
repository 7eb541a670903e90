// Philox-4x32-10 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011): block i of a stream is a pure
// function of (key, i), so any part of a stream can be made by any thread.

static inline void mk_philox(uint32_t k0, uint32_t k1, uint32_t counter[4]) {
    uint32_t c0 = counter[0], c1 = counter[1], c2 = counter[2], c3 = counter[3];
    for (int round = 0; round < 10; round++) {
        uint64_t p0 = (uint64_t)0xD2511F53u * c0, p1 = (uint64_t)0xCD9E8D57u * c2;
        uint32_t n0 = (uint32_t)(p1 >> 32) ^ c1 ^ k0, n2 = (uint32_t)(p0 >> 32) ^ c3 ^ k1;
        c0 = n0, c1 = (uint32_t)p1, c2 = n2, c3 = (uint32_t)p0;
        k0 += 0x9E3779B9u, k1 += 0xBB67AE85u;
    }
    counter[0] = c0, counter[1] = c1, counter[2] = c2, counter[3] = c3;
}

// `count` blocks of four words, from block `first` on.
static void philox_blocks(uint64_t key, uint64_t first, uint64_t high, size_t count, uint32_t *out) {
    for (size_t i = 0; i < count; i++) {
        uint64_t block = first + i;
        uint32_t c[4] = {(uint32_t)block, (uint32_t)(block >> 32), (uint32_t)high, (uint32_t)(high >> 32)};
        mk_philox((uint32_t)key, (uint32_t)(key >> 32), c);
        memcpy(out + 4 * i, c, sizeof c);
    }
}

// Elements [4 first, 4 first + n) of a stream of floats in [0, 1): the top 24 bits of one word each.
static void random_uniform_f32(uint64_t key, uint64_t first, size_t n, float *out) {
    uint32_t words[256];
    for (size_t i = 0; i < n; i += 256) {
        size_t m = n - i < 256 ? n - i : 256;
        philox_blocks(key, first + i / 4, 0, (m + 3) / 4, words);
        for (size_t j = 0; j < m; j++) out[i + j] = (float)(words[j] >> 8) * 0x1p-24f;
    }
}

// Elements [2 first, 2 first + n) of a stream of doubles in [0, 1): the top 53 bits of two words each.
static void random_uniform_f64(uint64_t key, uint64_t first, size_t n, double *out) {
    uint32_t words[256];
    for (size_t i = 0; i < n; i += 128) {
        size_t m = n - i < 128 ? n - i : 128;
        philox_blocks(key, first + i / 2, 0, (m + 1) / 2, words);
        for (size_t j = 0; j < m; j++) {
            uint64_t bits = (uint64_t)words[2 * j + 1] << 32 | words[2 * j];
            out[i + j] = (double)(bits >> 11) * 0x1p-53;
        }
    }
}

// Box-Muller on pairs of words: elements [4 first, 4 first + n) of a stream of standard normal floats.
static void random_normal_f32(uint64_t key, uint64_t first, size_t n, float *out) {
    uint32_t words[256];
    float radius[128], cosine[128], sine[128];
    for (size_t i = 0; i < n; i += 256) {
        size_t m = n - i < 256 ? n - i : 256, pairs = (m + 1) / 2;
        philox_blocks(key, first + i / 4, 0, (m + 3) / 4, words);
        for (size_t j = 0; j < pairs; j++) {
            float u = (float)((words[2 * j] >> 8) + 1) * 0x1p-24f, v = (float)(words[2 * j + 1] >> 8) * 0x1p-24f;
            radius[j] = sqrtf(-2 * mk_logf(u));
            cosine[j] = mk_cosf_in_range(6.28318530717958647693f * v);
            sine[j] = mk_sinf_in_range(6.28318530717958647693f * v);
        }
        for (size_t j = 0; j < m; j++) out[i + j] = radius[j / 2] * (j % 2 ? sine[j / 2] : cosine[j / 2]);
    }
}

// Elements [2 first, 2 first + n) of a stream of standard normal doubles.
static void random_normal_f64(uint64_t key, uint64_t first, size_t n, double *out) {
    uint32_t words[256];
    for (size_t i = 0; i < n; i += 128) {
        size_t m = n - i < 128 ? n - i : 128;
        philox_blocks(key, first + i / 2, 0, (m + 1) / 2, words);
        for (size_t j = 0; j < m; j += 2) {
            uint64_t a = (uint64_t)words[2 * j + 1] << 32 | words[2 * j];
            uint64_t b = (uint64_t)words[2 * j + 3] << 32 | words[2 * j + 2];
            double u = (double)((a >> 11) + 1) * 0x1p-53, v = (double)(b >> 11) * 0x1p-53;
            double radius = sqrt(-2 * mk_log(u));
            out[i + j] = radius * mk_cos_in_range(6.28318530717958647693 * v);
            if (j + 1 < m) out[i + j + 1] = radius * mk_sin_in_range(6.28318530717958647693 * v);
        }
    }
}

static void MK_ISA(random_uniform)(mk_type type, uint64_t key, uint64_t first, size_t n, void *out) {
    if (type == MK_F32) random_uniform_f32(key, first, n, out);
    else random_uniform_f64(key, first, n, out);
}

static void MK_ISA(random_normal)(mk_type type, uint64_t key, uint64_t first, size_t n, void *out) {
    if (type == MK_F32) random_normal_f32(key, first, n, out);
    else random_normal_f64(key, first, n, out);
}

static void MK_ISA(random_words)(uint64_t key, uint64_t first, uint64_t high, size_t blocks, uint32_t *out) {
    philox_blocks(key, first, high, blocks, out);
}
