/* Flat tops of clipped samples. Reference implementation: vocalbaby.audio.clipping. */

#include "native.h"

#include <string.h>

#ifdef HAS_VECTOR_TYPES

/* GCC and Clang make vector instructions of these, but not of maxima over arrays. */
typedef float Floats __attribute__((vector_size(sizeof(Lanes))));
typedef int32_t Mask __attribute__((vector_size(sizeof(Lanes))));

static INLINE Py_ssize_t total(const Mask *mask) {
    Py_ssize_t sum = 0;
    for (int j = 0; j < TILE; j++)
        sum += (*mask)[j];
    return sum;
}

/* One end of a signal: samples at the highest value, near it, and the highest value below. */
typedef struct {
    float limit, near, below;
    Py_ssize_t n_top, n_near;
} End;

/* Adds n samples, a multiple of eight, to the highest end and, negated, to the lowest. */
FOR_WIDE_VECTORS
static void count_ends(const float *values, Py_ssize_t n, End ends[2]) {
    Mask top[2] = {{0}}, close[2] = {{0}};
    Floats next[2] = {(Floats){0} + ends[0].below, (Floats){0} + ends[1].below};
    for (Py_ssize_t i = 0; i < n; i += TILE)
        for (int k = 0; k < 2; k++) {
            Floats v;
            memcpy(&v, values + i, sizeof v);
            v = k ? -v : v;
            const Mask at = v >= ends[k].limit, higher = ~at & (v > next[k]);
            top[k] -= at;
            close[k] -= v >= ends[k].near;
            next[k] = (Floats)((higher & (Mask)v) | (~higher & (Mask)next[k]));
        }
    for (int k = 0; k < 2; k++) {
        for (int j = 0; j < TILE; j++)
            ends[k].below = next[k][j] > ends[k].below ? next[k][j] : ends[k].below;
        ends[k].n_top += total(&top[k]);
        ends[k].n_near += total(&close[k]);
    }
}

FOR_WIDE_VECTORS
static Py_ssize_t count_from(const float *values, Py_ssize_t n, float sign, float border) {
    Mask from = {0};
    for (Py_ssize_t i = 0; i < n; i += TILE) {
        Floats v;
        memcpy(&v, values + i, sizeof v);
        from -= sign * v >= border;
    }
    return total(&from);
}

/* flat_ends(samples, n, low, high, step, ratio): the numbers of samples at the highest and at the
   lowest value where they stand out, else 0; and the sum, or 0 if neither do. */
PYTHON_FUNCTION(native_flat_ends) {
    (void)self;
    Buffers buffers = {.n = 0};
    PyObject *result = NULL;
    Py_ssize_t n, ratio, flat[2] = {0, 0};
    double numbers[3];
    if (!check_argument_count("flat_ends", nargs, 6) || !parse_integer(args[1], 0, INT32_MAX, &n) ||
        !parse_integer(args[5], 1, 1000, &ratio))
        return NULL;
    for (int k = 0; k < 3; k++)
        if ((numbers[k] = PyFloat_AsDouble(args[2 + k])) == -1.0 && PyErr_Occurred())
            return NULL;
    const float *samples = READ_ARRAY(float, args[0], n);
    if (!samples)
        goto done;
    const Py_ssize_t whole = n - n % TILE;
    End ends[2];
    Lanes rest;
    for (int k = 0; k < 2; k++) {
        const double high = k ? -numbers[0] : numbers[1];
        ends[k] = (End){.limit = (float)(high - numbers[2]),
                        .near = (float)(high - 4 * numbers[2]),
                        .below = -INFINITY};
    }
    count_ends(samples, whole, ends);
    for (int j = 0; j < TILE; j++)
        rest[j] = whole + j < n ? samples[whole + j] : NAN; /* which is at no end */
    count_ends(rest, TILE, ends);
    for (int k = 0; k < 2; k++) {
        const float sign = k ? -1 : 1, border = (float)((double)ends[k].below - numbers[2]);
        const Py_ssize_t n_top = ends[k].n_top;
        if (n_top < 2 || n_top <= ratio * (ends[k].n_near - n_top))
            continue;
        const Py_ssize_t around =
            count_from(samples, whole, sign, border) + count_from(rest, TILE, sign, border);
        flat[k] = n_top > ratio * (around - n_top) ? n_top : 0;
    }
    const float sum = flat[0] || flat[1] ? pairwise_sum(samples, n) : 0;
    result = Py_BuildValue("nnf", flat[0], flat[1], sum);
done:
    release_buffers(&buffers);
    return result;
}
#endif
