/* Shared by the kernel's sources.

   Every function has a reference implementation in numpy, in vocalbaby.features or
   vocalbaby.models, and repeats its operations in the same order: the values are
   bit-identical. The caller provides all memory; every length is checked before it is used. */

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
    ORDER = 10,             /* order of the linear prediction */
    N_SUMS = N_MELS + ORDER + 1, /* columns of the projected power */
    N_CEPSTRA = 13,
    N_SHAPE = 13,
    N_FORMANTS = 3,
    GRID = 128,
    N_CANDIDATES = 5,
    SHORTEST = 8,           /* shortest period in samples */
    LONGEST = 160,
    N_LAGS = LONGEST - SHORTEST + 3,
    TILE = 8,               /* rows per matrix product; a clip starts at a multiple of it */
    MAX_BINS = N_BINS,
    N_AROUND = 5,           /* bins around a harmonic */
    N_MODULATIONS = 8,
    N_COLUMNS = 105,
    MAX_FRAMES = 1 << 24,   /* per batch, so that no product of lengths overflows */
    MAX_BUFFERS = 20,
};

/* Columns of the array of which Python takes log10, per frame. */
enum {
    LOG_MEL = 0,
    LOG_LEVEL = N_MELS,
    LOG_LOW,
    LOG_HIGH,
    LOG_MEANS,                  /* means of the two flatness bands */
    LOG_BINS = LOG_MEANS + 2,   /* all bins of the two bands */
};

/* The same after F0 is known: share of periodic power, then bins around two harmonics. */
enum { VOICE_SHARE = 0, VOICE_BINS = 1, N_VOICE = 1 + 2 * N_AROUND };

#define TINY 1e-20f
#define RANGE_DB 60.0f

/* Buffers that are acquired during a call. */
typedef struct {
    Py_buffer views[MAX_BUFFERS];
    int n;
} Buffers;

/* The frames of all clips of a batch, one clip after another. In matrices the rows of each
   clip are padded to a multiple of TILE. */
typedef struct {
    const int64_t *counts;
    Py_ssize_t n_clips, n_frames, n_rows;
} Batch;

/* Edges of mel bands and bins: see acquire_band_edges. */
typedef struct {
    Py_ssize_t one_khz, slope[2][2], bins[3];
} BandEdges;

int check_argument_count(const char *name, Py_ssize_t given, Py_ssize_t wanted);
void *acquire_buffer(Buffers *buffers, PyObject *object, Py_ssize_t count, Py_ssize_t size,
                     int writable);
int acquire_batch(Buffers *buffers, PyObject *counts, Batch *batch);
int acquire_band_edges(Buffers *buffers, PyObject *object, BandEdges *edges);
int parse_integer(PyObject *object, Py_ssize_t low, Py_ssize_t high, Py_ssize_t *value);
void release_buffers(Buffers *buffers);

#define READ_ARRAY(type, object, count) \
    ((const type *)acquire_buffer(&buffers, object, (Py_ssize_t)(count), sizeof(type), 0))
#define WRITE_ARRAY(type, object, count) \
    ((type *)acquire_buffer(&buffers, object, (Py_ssize_t)(count), sizeof(type), 1))

static inline Py_ssize_t padded_rows(int64_t count) {
    return ((Py_ssize_t)count + TILE - 1) / TILE * TILE;
}

/* Like numpy's functions of these names: NaN propagates. */
static inline float maximum(float a, float b) { return a >= b || isnan(a) ? a : b; }
static inline float minimum(float a, float b) { return a <= b || isnan(a) ? a : b; }

float pairwise_sum(const float *values, Py_ssize_t n);
double pairwise_sum_f64(const double *values, Py_ssize_t n);
/* The sum of np.add.reduceat, which starts from the first value. */
static inline float segment_sum(const float *values, Py_ssize_t n) {
    return n > 1 ? values[0] + pairwise_sum(values + 1, n - 1) : values[0];
}

#define PYTHON_FUNCTION(name) \
    PyObject *name(PyObject *self, PyObject *const *args, Py_ssize_t nargs)
PYTHON_FUNCTION(native_normalise);
PYTHON_FUNCTION(native_window);
PYTHON_FUNCTION(native_power);
PYTHON_FUNCTION(native_candidates);
PYTHON_FUNCTION(native_levels);
PYTHON_FUNCTION(native_shape);
PYTHON_FUNCTION(native_valleys);
PYTHON_FUNCTION(native_path);
PYTHON_FUNCTION(native_summary);
PYTHON_FUNCTION(native_margins);
PYTHON_FUNCTION(native_novelty);

#endif
