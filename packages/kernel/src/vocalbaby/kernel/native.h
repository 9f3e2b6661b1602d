/* Shared by the kernel's sources.

   Every function computes what its numpy twin in vocalbaby.features or vocalbaby.bundle
   does, in the same order of operations: the values are equal to the bit. Python gives
   the memory; every length is checked before it is used. */

#ifndef VOCALBABY_NATIVE_H
#define VOCALBABY_NATIVE_H

#include <Python.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>

enum {
    HOP = 160,
    WINDOW = 480,
    N_FFT = 640,
    N_BINS = 221,
    N_MELS = 32,
    ORDER = 10,             /* of the linear prediction */
    N_SUMS = N_MELS + ORDER + 1, /* what a row of power is projected on */
    N_CEPSTRA = 13,
    N_SHAPE = 13,
    N_FORMANTS = 3,
    GRID = 128,
    N_CANDIDATES = 5,
    SHORTEST = 8,           /* periods in samples */
    LONGEST = 160,
    N_LAGS = LONGEST - SHORTEST + 3,
    TILE = 8,               /* rows per matrix product: clips start at a multiple */
    MAX_BINS = N_BINS,
    N_AROUND = 5,           /* bins looked at around a harmonic */
    N_MODULATIONS = 8,
    N_COLUMNS = 105,
    MAX_FRAMES = 1 << 24,   /* of a batch: no product of lengths can overflow */
    MAX_HELD = 20,
};

/* What is given to log10 for every frame. */
enum {
    LOG_MEL = 0,
    LOG_LEVEL = N_MELS,
    LOG_LOW,
    LOG_HIGH,
    LOG_MEANS,                  /* of the two bands of the flatness */
    LOG_BINS = LOG_MEANS + 2,   /* as many as the two bands have */
};

/* And after F0 is known: periodic share, then the bins around two harmonics. */
enum { VOICE_SHARE = 0, VOICE_BINS = 1, N_VOICE = 1 + 2 * N_AROUND };

#define TINY 1e-20f
#define RANGE_DB 60.0f

/* Buffers held during a call. */
typedef struct {
    Py_buffer views[MAX_HELD];
    int n;
} Held;

/* The frames of the clips of a batch, side by side; padded rows in the matrices. */
typedef struct {
    const int64_t *counts;
    Py_ssize_t n_clips, n_frames, n_rows;
} Batch;

int wants(const char *name, Py_ssize_t given, Py_ssize_t wanted);
void *hold(Held *held, PyObject *object, Py_ssize_t count, Py_ssize_t size, int writable);
int hold_batch(Held *held, PyObject *counts, Batch *batch);
int integer(PyObject *object, Py_ssize_t low, Py_ssize_t high, Py_ssize_t *value);
void release(Held *held);

#define READ(type, object, count) \
    ((const type *)hold(&held, object, (Py_ssize_t)(count), sizeof(type), 0))
#define WRITE(type, object, count) \
    ((type *)hold(&held, object, (Py_ssize_t)(count), sizeof(type), 1))

static inline Py_ssize_t padded_rows(int64_t count) {
    return ((Py_ssize_t)count + TILE - 1) / TILE * TILE;
}

/* As numpy's, which hand NaN on. */
static inline float maximum(float a, float b) { return a >= b || isnan(a) ? a : b; }
static inline float minimum(float a, float b) { return a <= b || isnan(a) ? a : b; }

float pairwise_sum(const float *values, Py_ssize_t n);
double pairwise_sum_f64(const double *values, Py_ssize_t n);
/* np.add.reduceat starts from the first value. */
static inline float segment_sum(const float *values, Py_ssize_t n) {
    return n > 1 ? values[0] + pairwise_sum(values + 1, n - 1) : values[0];
}

#define FUNCTION(name) PyObject *name(PyObject *self, PyObject *const *args, Py_ssize_t nargs)
FUNCTION(native_normalise);
FUNCTION(native_window);
FUNCTION(native_power);
FUNCTION(native_candidates);
FUNCTION(native_levels);
FUNCTION(native_shape);
FUNCTION(native_valleys);
FUNCTION(native_path);
FUNCTION(native_summary);
FUNCTION(native_margins);
FUNCTION(native_novelty);

#endif
