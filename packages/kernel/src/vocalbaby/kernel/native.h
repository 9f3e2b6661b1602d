/* Shared by the kernel's sources.

   Every function has a reference implementation in numpy, in vocalbaby.audio,
   vocalbaby.features or vocalbaby.models, and repeats its operations in the same order: the values are
   bit-identical. The caller provides all memory; every length is checked before it is used. */

#ifndef VOCALBABY_NATIVE_H
#define VOCALBABY_NATIVE_H

#include <Python.h>
#include <float.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>

enum {
    HOP = 160,
    WINDOW = 480,
    N_FFT = 640,
    N_COMPLEX = N_FFT / 2,  /* length of the complex transform */
    N_BINS = 221,
    N_MELS = 32,
    ORDER = 10,             /* order of the linear prediction */
    N_SUMS = N_MELS + ORDER + 1, /* mel bands, and lags of the linear prediction */
    N_CEPSTRA = 13,
    N_SHAPE = 13,
    N_FORMANTS = 3,
    GRID = 128,
    N_VALLEYS = GRID / 2 + 1,
    N_CANDIDATES = 5,
    SHORTEST = 8,           /* shortest period in samples */
    LONGEST = 160,
    N_LAGS = LONGEST - SHORTEST + 3,
    TILE = 8,               /* frames side by side */
    N_AROUND = 5,           /* bins around a harmonic */
    N_MODULATIONS = 8,
    N_COLUMNS = 105,
    MAX_FRAMES = 1 << 24,   /* per batch, so that no product of lengths overflows */
    MAX_BUFFERS = 20,
};

/* Columns of the array of which Python takes log10, per frame. */
enum {
    LOG_MEL = 0,
    LOG_TOTAL = N_MELS,
    LOG_LOW,
    LOG_HIGH,
    LOG_MEANS,                /* means of the two flatness bands */
    LOG_BINS = LOG_MEANS + 2, /* bins of the spectrum, for flatness and harmonics */
    N_LOG_BINS = 176,
    N_LOGS = LOG_BINS + N_LOG_BINS,
};

#define TINY 1e-30f
#define RANGE_DB 60.0f

/* Eight frames are computed side by side, in lanes: every sum keeps its order, and the compiler
   can use vector instructions. */
typedef float Lanes[TILE];
#if defined(__GNUC__) && !defined(__clang__)
/* Otherwise GCC unrolls the lanes first, and then vectorizes across the other loops. */
#define FOR_EACH_LANE _Pragma("GCC unroll 1") for (int j = 0; j < TILE; j++)
#else
#define FOR_EACH_LANE for (int j = 0; j < TILE; j++)
#endif
#if defined(_MSC_VER) && !defined(__clang__)
#pragma fp_contract(off)
#define INLINE __forceinline
#else
#define INLINE inline __attribute__((always_inline))
#endif

/* Intermediate values that are wider than float (x87) would differ from numpy's. */
#if FLT_EVAL_METHOD > 0
#error "float is not evaluated as float; without this module, numpy computes"
#endif

/* The values do not depend on the width of the vectors, so the processor chooses. */
#if defined(__x86_64__) && defined(__GLIBC__) && defined(__GNUC__) && !defined(__clang__)
#define FOR_WIDE_VECTORS __attribute__((target_clones("default", "avx2")))
#else
#define FOR_WIDE_VECTORS
#endif

/* MSVC has no vector types; numpy computes what needs them. */
#if !defined(_MSC_VER) || defined(__clang__)
#define HAS_VECTOR_TYPES
#endif

/* Buffers that are acquired during a call. */
typedef struct {
    Py_buffer views[MAX_BUFFERS];
    int n;
} Buffers;

/* The clips of a batch: which of the `n_rows` described frames each consists of. Clips may
   share frames. `n_frames` is the sum of the counts. */
typedef struct {
    const int64_t *starts, *counts;
    Py_ssize_t n_clips, n_frames, n_rows;
} Batch;

/* Edges of mel bands and bins: see acquire_band_edges. */
typedef struct {
    Py_ssize_t one_khz, slope[2][2], bins[3], mel[N_MELS][2];
} BandEdges;

int check_argument_count(const char *name, Py_ssize_t given, Py_ssize_t wanted);
void *acquire_buffer(Buffers *buffers, PyObject *object, Py_ssize_t count, Py_ssize_t size,
                     int writable);
int acquire_batch(Buffers *buffers, PyObject *starts, PyObject *counts, Py_ssize_t n_rows,
                  Batch *batch);
int acquire_band_edges(Buffers *buffers, PyObject *object, BandEdges *edges);
int parse_integer(PyObject *object, Py_ssize_t low, Py_ssize_t high, Py_ssize_t *value);
void release_buffers(Buffers *buffers);

#define READ_ARRAY(type, object, count) \
    ((const type *)acquire_buffer(&buffers, object, (Py_ssize_t)(count), sizeof(type), 0))
#define WRITE_ARRAY(type, object, count) \
    ((type *)acquire_buffer(&buffers, object, (Py_ssize_t)(count), sizeof(type), 1))

/* Like numpy's functions of these names: NaN propagates. */
static inline float maximum(float a, float b) { return a >= b || isnan(a) ? a : b; }
static inline float minimum(float a, float b) { return a <= b || isnan(a) ? a : b; }

/* The best candidates of `used` frames, from their normalised autocorrelations: see pitch.c. */
void find_candidates(Lanes acf[N_LAGS], const float *cost, int used, float *period, float *height,
                     float *strength, float *logs);
/* Where the logarithm `which` of a frame is: logarithms are stored in tiles. */
static inline Py_ssize_t log_at(Py_ssize_t frame, Py_ssize_t which) {
    return (frame / TILE * N_LOGS + which) * TILE + frame % TILE;
}

/* Whether the loudest frame of a clip is neither silent nor too large to compute with. */
static inline int is_audible(float loudest) { return loudest > 3e-8f && loudest < 1e30f; }

float pairwise_sum(const float *values, Py_ssize_t n);
double pairwise_sum_f64(const double *values, Py_ssize_t n);
/* The sum of np.add.reduceat, which starts from the first value. */
static inline float segment_sum(const float *values, Py_ssize_t n) {
    return n > 1 ? values[0] + pairwise_sum(values + 1, n - 1) : values[0];
}

#define PYTHON_FUNCTION(name) \
    PyObject *name(PyObject *self, PyObject *const *args, Py_ssize_t nargs)
PYTHON_FUNCTION(native_spectra);
PYTHON_FUNCTION(native_shape);
PYTHON_FUNCTION(native_path);
PYTHON_FUNCTION(native_summary);
PYTHON_FUNCTION(native_margins);
PYTHON_FUNCTION(native_novelty);
PYTHON_FUNCTION(native_viterbi);
PYTHON_FUNCTION(native_flat_ends);

#endif
