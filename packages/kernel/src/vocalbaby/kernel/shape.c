/* Descriptors of the spectrum of every frame. Reference implementations: spectral.py,
   formants.py. */

#include "native.h"
#include <string.h>

/* Reads an int64 array: the first band above 1 kHz; the first and last + 1 band of both slopes;
   the edges of the two bands of the flatness; the first and last + 1 bin of every mel band.
   Returns 0 with an error set. */
int acquire_band_edges(Buffers *buffers, PyObject *object, BandEdges *edges) {
    const int64_t *given = acquire_buffer(buffers, object, 8 + 2 * N_MELS, sizeof(int64_t), 0);
    if (!given)
        return 0;
    edges->one_khz = (Py_ssize_t)given[0];
    int fits = given[0] >= 0 && given[0] <= N_MELS;
    for (int k = 0; k < 2; k++) {
        edges->slope[k][0] = (Py_ssize_t)given[1 + 2 * k];
        edges->slope[k][1] = (Py_ssize_t)given[2 + 2 * k];
        fits &= given[1 + 2 * k] >= 0 && given[1 + 2 * k] < given[2 + 2 * k] &&
                given[2 + 2 * k] <= N_MELS;
    }
    for (int k = 0; k < 3; k++)
        edges->bins[k] = (Py_ssize_t)given[5 + k];
    fits &= given[5] >= 0 && given[5] < given[6] && given[6] < given[7] && given[7] <= N_LOG_BINS;
    for (int k = 0; k < N_MELS; k++) {
        const int64_t first = given[8 + 2 * k], last = given[9 + 2 * k];
        edges->mel[k][0] = (Py_ssize_t)first;
        edges->mel[k][1] = (Py_ssize_t)last;
        fits &= first >= 0 && first < last && last <= N_BINS;
    }
    if (!fits)
        PyErr_SetString(PyExc_ValueError, "bands beyond the spectrum");
    return fits;
}

/* Levinson-Durbin of eight frames. */
static INLINE void inverse_filter(const Lanes *lags, Lanes filter[ORDER + 1]) {
    Lanes error, part[ORDER];
    memset(filter, 0, (ORDER + 1) * sizeof(Lanes));
    FOR_EACH_LANE {
        error[j] = lags[0][j] * (float)(1 + 1e-4) + TINY;
        filter[0][j] = 1;
    }
    for (int k = 1; k <= ORDER; k++) {
        Lanes reflection = {0};
        for (int i = 0; i < k; i++)
            FOR_EACH_LANE reflection[j] += filter[i][j] * lags[k - i][j];
        FOR_EACH_LANE reflection[j] /= error[j];
        for (int i = 0; i < k; i++)
            FOR_EACH_LANE part[i][j] = filter[k - 1 - i][j] * reflection[j];
        for (int i = 0; i < k; i++)
            FOR_EACH_LANE filter[i + 1][j] -= part[i][j];
        FOR_EACH_LANE error[j] *= 1 - reflection[j] * reflection[j];
    }
}

/* Centroid, spread, skewness and kurtosis. */
static INLINE void moments(Lanes share[N_MELS], const float *octave, Lanes shape[4]) {
    Lanes second = {0}, third = {0}, fourth = {0};
    memset(shape[0], 0, sizeof(Lanes));
    for (int i = 0; i < N_MELS; i++)
        FOR_EACH_LANE shape[0][j] += share[i][j] * octave[i];
    for (int i = 0; i < N_MELS; i++)
        FOR_EACH_LANE {
            const float distance = octave[i] - shape[0][j];
            const float squared = distance * distance, weighted = share[i][j] * squared;
            second[j] += weighted;
            third[j] += distance * weighted;
            fourth[j] += squared * weighted;
        }
    FOR_EACH_LANE {
        const float variance = second[j] > 1e-3f || isnan(second[j]) ? second[j] : 1e-3f;
        shape[1][j] = sqrtf(variance);
        shape[2][j] = third[j] / (variance * shape[1][j]);
        shape[3][j] = fourth[j] / (variance * variance);
    }
}

static INLINE void rolloffs(Lanes share[N_MELS], const float *octave, Lanes shape[2]) {
    static const float limits[2] = {0.85f, 0.25f};
    Lanes sum = {0};
    int below[2][TILE] = {{0}};
    for (int i = 0; i < N_MELS; i++)
        FOR_EACH_LANE {
            sum[j] = i ? sum[j] + share[i][j] : share[i][j];
            below[0][j] += sum[j] < limits[0];
            below[1][j] += sum[j] < limits[1];
        }
    for (int k = 0; k < 2; k++)
        FOR_EACH_LANE shape[k][j] = octave[below[k][j] < N_MELS ? below[k][j] : N_MELS - 1];
}

/* Geometric over arithmetic mean of bins, in dB. */
static INLINE void flatness(const Lanes *logs, const Lanes log_mean, Py_ssize_t n, Lanes out) {
    Lanes sum = {0};
    for (Py_ssize_t i = 0; i < n; i++)
        FOR_EACH_LANE sum[j] += maximum(logs[i][j] * 10, log_mean[j] * 10 - RANGE_DB);
    FOR_EACH_LANE out[j] = sum[j] / (float)n - log_mean[j] * 10;
}

/* Power response of the inverse filters on a grid from 0 to 5.5 kHz. */
static INLINE void respond(Lanes filter[ORDER + 1], const float *grid, Lanes valley[N_VALLEYS]) {
    for (int g = 0; g <= GRID / 4; g++) {
        const float *cosine = grid + 2 * g * (ORDER + 1), *sine = cosine + ORDER + 1;
        Lanes even_re = {0}, odd_re = {0}, even_im = {0}, odd_im = {0};
        for (int i = 0; i <= ORDER; i += 2)
            FOR_EACH_LANE {
                even_re[j] += filter[i][j] * cosine[i];
                even_im[j] += filter[i][j] * sine[i];
            }
        for (int i = 1; i <= ORDER; i += 2)
            FOR_EACH_LANE {
                odd_re[j] += filter[i][j] * cosine[i];
                odd_im[j] += filter[i][j] * sine[i];
            }
        /* At pi minus the angle, the odd terms change their sign. */
        FOR_EACH_LANE {
            const float re = even_re[j] - odd_re[j], im = even_im[j] - odd_im[j];
            valley[GRID / 2 - g][j] = re * re + im * im;
        }
        FOR_EACH_LANE {
            const float re = even_re[j] + odd_re[j], im = even_im[j] + odd_im[j];
            valley[g][j] = re * re + im * im;
        }
    }
}

/* The first minima of one frame's response, -1 where there are fewer, and the response there
   and beside it. */
static void find_valleys(Lanes valley[N_VALLEYS], int j, int32_t *place, float *beside) {
    int found = 0, at[N_FORMANTS] = {0};
    for (int i = 0; i < N_VALLEYS - 2 && found < N_FORMANTS; i++)
        if (valley[i + 1][j] < valley[i][j] && !(valley[i + 2][j] < valley[i + 1][j]))
            at[found++] = i;
    for (int k = 0; k < N_FORMANTS; k++) {
        place[k] = k < found ? at[k] : -1;
        for (int i = 0; i < 3; i++)
            beside[3 * k + i] = valley[at[k] + i][j] + 1e-12f;
    }
}

/* Descriptors of eight frames. */
typedef struct {
    Lanes log_mel[N_MELS], share[N_MELS], shape[N_SHAPE], cepstra[N_CEPSTRA], filter[ORDER + 1],
        valley[N_VALLEYS];
    float before[N_MELS]; /* amplitudes of the previous frame */
} Tile;

/* Constants, computed in Python. */
typedef struct {
    const float *octave, *weights, *dct, *grid;
    BandEdges edges;
} Tables;

/* Levels of the bands below the loudest, down to a floor, and their cosine transform; its first
   row is that of the absolute levels. */
static INLINE void cepstra_of(Tile *tile, const Lanes *logs, const float *dct) {
    Lanes top;
    FOR_EACH_LANE top[j] = tile->log_mel[0][j] = logs[LOG_MEL][j] * 10;
    for (int i = 1; i < N_MELS; i++)
        FOR_EACH_LANE {
            tile->log_mel[i][j] = logs[LOG_MEL + i][j] * 10;
            top[j] = maximum(tile->log_mel[i][j], top[j]);
        }
    for (int i = 0; i < N_MELS; i++)
        FOR_EACH_LANE tile->log_mel[i][j] = maximum(tile->log_mel[i][j] - top[j], -RANGE_DB);
    for (int k = 0; k < N_CEPSTRA; k++) {
        Lanes sum = {0};
        for (int i = 0; i < N_MELS; i++)
            FOR_EACH_LANE sum[j] += tile->log_mel[i][j] * dct[k * N_MELS + i];
        memcpy(tile->cepstra[k], sum, sizeof sum);
    }
    FOR_EACH_LANE tile->cepstra[0][j] += top[j] * (dct[0] * (float)N_MELS);
}

FOR_WIDE_VECTORS
static void describe(Tile *tile, const Lanes *sums, const Lanes *logs, const Tables *tables) {
    const float *octave = tables->octave;
    const BandEdges *edges = &tables->edges;
    Lanes total, rough = {0}, flux = {0};
    FOR_EACH_LANE total[j] = 0;
    for (int i = 0; i < N_MELS; i++)
        FOR_EACH_LANE total[j] += sums[i][j];
    FOR_EACH_LANE total[j] += TINY;
    for (int i = 0; i < N_MELS; i++)
        FOR_EACH_LANE tile->share[i][j] = sums[i][j] / total[j];
    cepstra_of(tile, logs, tables->dct);
    moments(tile->share, octave, tile->shape);
    rolloffs(tile->share, octave, tile->shape + 4);
    const Py_ssize_t *bins = edges->bins;
    for (int k = 0; k < 2; k++)
        flatness(logs + LOG_BINS + bins[k], logs[LOG_MEANS + k], bins[k + 1] - bins[k],
                 tile->shape[6 + k]);
    for (int k = 0; k < 2; k++) {
        Lanes sum = {0};
        for (Py_ssize_t i = edges->slope[k][0]; i < edges->slope[k][1]; i++)
            FOR_EACH_LANE sum[j] += tables->weights[k * N_MELS + i] * tile->log_mel[i][j];
        memcpy(tile->shape[8 + k], sum, sizeof sum);
    }
    FOR_EACH_LANE tile->shape[10][j] = logs[LOG_HIGH][j] * 10 - logs[LOG_LOW][j] * 10;
    for (int i = 1; i < N_MELS; i++)
        FOR_EACH_LANE rough[j] += fabsf(tile->log_mel[i][j] - tile->log_mel[i - 1][j]);
    FOR_EACH_LANE tile->shape[11][j] = rough[j] / (float)(N_MELS - 1);
    for (int i = 0; i < N_MELS; i++) {
        Lanes amplitude;
        FOR_EACH_LANE amplitude[j] = sqrtf(tile->share[i][j]);
        FOR_EACH_LANE {
            const float change = amplitude[j] - (j ? amplitude[j - 1] : tile->before[i]);
            flux[j] += change * change;
        }
        tile->before[i] = amplitude[TILE - 1];
    }
    memcpy(tile->shape[12], flux, sizeof flux);
    inverse_filter(sums + N_MELS, tile->filter);
    respond(tile->filter, tables->grid, tile->valley);
}

/* shape(n, sums, logs, edges, octave, weights, dct, grid, shape, cepstra, places, near): the rows
   of spectral.SHAPE, (N_SHAPE, n), of which the flux of the first frame means nothing; cepstra,
   (N_CEPSTRA, n); the minima of the inverse filters, of which Python takes the logarithms. */
PYTHON_FUNCTION(native_shape) {
    (void)self;
    Buffers buffers = {.n = 0};
    PyObject *result = NULL;
    Tables tables;
    Py_ssize_t n;
    if (!check_argument_count("shape", nargs, 12) || !parse_integer(args[0], 0, MAX_FRAMES, &n))
        return NULL;
    if (!acquire_band_edges(&buffers, args[3], &tables.edges))
        goto done;
    const Py_ssize_t n_lanes = (n + TILE - 1) / TILE * TILE;
    const float *sums = READ_ARRAY(float, args[1], n_lanes * N_SUMS);
    const float *logs = sums ? READ_ARRAY(float, args[2], n_lanes * N_LOGS) : NULL;
    tables.octave = logs ? READ_ARRAY(float, args[4], N_MELS) : NULL;
    tables.weights = tables.octave ? READ_ARRAY(float, args[5], 2 * N_MELS) : NULL;
    tables.dct = tables.weights ? READ_ARRAY(float, args[6], N_CEPSTRA * N_MELS) : NULL;
    tables.grid =
        tables.dct ? READ_ARRAY(float, args[7], (GRID / 4 + 1) * 2 * (ORDER + 1)) : NULL;
    float *shape = tables.grid ? WRITE_ARRAY(float, args[8], N_SHAPE * n) : NULL;
    float *cepstra = shape ? WRITE_ARRAY(float, args[9], n * N_CEPSTRA) : NULL;
    int32_t *places = cepstra ? WRITE_ARRAY(int32_t, args[10], n * N_FORMANTS) : NULL;
    float *beside = places ? WRITE_ARRAY(float, args[11], n * N_FORMANTS * 3) : NULL;
    if (!beside)
        goto done;
    Py_BEGIN_ALLOW_THREADS
    Tile tile;
    memset(tile.before, 0, sizeof tile.before);
    for (Py_ssize_t t = 0; t < n; t += TILE) {
        const int used = n - t < TILE ? (int)(n - t) : TILE;
        describe(&tile, (const Lanes *)(sums + t * N_SUMS), (const Lanes *)(logs + t * N_LOGS),
                 &tables);
        for (int i = 0; i < N_SHAPE; i++)
            memcpy(shape + i * n + t, tile.shape[i], (size_t)used * sizeof(float));
        for (int i = 0; i < N_CEPSTRA; i++)
            memcpy(cepstra + i * n + t, tile.cepstra[i], (size_t)used * sizeof(float));
        for (int j = 0; j < used; j++)
            find_valleys(tile.valley, j, places + (t + j) * N_FORMANTS,
                         beside + (t + j) * N_FORMANTS * 3);
    }
    Py_END_ALLOW_THREADS
    result = Py_NewRef(Py_None);
done:
    release_buffers(&buffers);
    return result;
}
