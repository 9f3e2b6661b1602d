/* Descriptors of the spectrum of every frame. Reference implementations: spectral.py,
   formants.py.

   Eight frames are computed side by side, in lanes: every sum over bands keeps its order,
   and the compiler can use vector instructions. */

#include "native.h"
#include <string.h>

typedef float Lanes[TILE];
#define FOR_EACH_LANE for (int j = 0; j < TILE; j++)

/* Levinson-Durbin of eight frames. */
static void inverse_filter(Lanes lags[ORDER + 1], Lanes filter[ORDER + 1]) {
    Lanes error, part[ORDER];
    memset(filter, 0, (ORDER + 1) * sizeof(Lanes));
    FOR_EACH_LANE {
        error[j] = lags[0][j] * (float)(1 + 1e-4) + 1e-12f;
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
static void moments(Lanes share[N_MELS], const float *octave, Lanes shape[4]) {
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

static void rolloffs(Lanes share[N_MELS], const float *octave, Lanes shape[2]) {
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

/* Geometric over arithmetic mean, in dB; `part` is overwritten. */
static float flatness(const float *logs, float log_mean, Py_ssize_t n) {
    float part[MAX_BINS];
    const float mean = log_mean * 10, floor = mean - RANGE_DB;
    for (Py_ssize_t i = 0; i < n; i++)
        part[i] = maximum(logs[i] * 10, floor);
    return pairwise_sum(part, n) / (float)n - mean;
}

/* Descriptors, formant filters and log-mel spectra of eight frames. */
typedef struct {
    Lanes sums[N_SUMS], log_mel[N_MELS], share[N_MELS], shape[N_SHAPE], filter[ORDER + 1];
    float before[N_MELS]; /* amplitudes of the previous frame */
} Tile;

static void describe(Tile *tile, const float *logs[TILE], const float *octave,
                     const float *weights, const BandEdges *edges) {
    Lanes total = {0}, rough = {0}, flux = {0};
    for (int i = 0; i < N_MELS; i++)
        FOR_EACH_LANE total[j] += tile->sums[i][j];
    FOR_EACH_LANE total[j] += TINY;
    for (int i = 0; i < N_MELS; i++)
        FOR_EACH_LANE {
            tile->share[i][j] = tile->sums[i][j] / total[j];
            tile->log_mel[i][j] = maximum(logs[j][LOG_MEL + i] * 10, -RANGE_DB);
        }
    moments(tile->share, octave, tile->shape);
    rolloffs(tile->share, octave, tile->shape + 4);
    const Py_ssize_t *bins = edges->bins;
    for (int k = 0; k < 2; k++)
        FOR_EACH_LANE tile->shape[6 + k][j] = flatness(logs[j] + LOG_BINS + bins[k] - bins[0],
                                              logs[j][LOG_MEANS + k], bins[k + 1] - bins[k]);
    for (int k = 0; k < 2; k++) {
        Lanes sum = {0};
        for (Py_ssize_t i = edges->slope[k][0]; i < edges->slope[k][1]; i++)
            FOR_EACH_LANE sum[j] += weights[k * N_MELS + i] * tile->log_mel[i][j];
        memcpy(tile->shape[8 + k], sum, sizeof sum);
    }
    FOR_EACH_LANE tile->shape[10][j] = logs[j][LOG_HIGH] * 10 - logs[j][LOG_LOW] * 10;
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
    inverse_filter(tile->sums + N_MELS, tile->filter);
}

/* shape(counts, sums, logs, edges, octave, weights, shape, log_mel, filter): the rows of
   spectral.SHAPE, (N_SHAPE, n_frames); the padded log-mel spectra; and the linear
   prediction's filters in rows of GRID whose other columns are not written. */
PYTHON_FUNCTION(native_shape) {
    (void)self;
    Buffers buffers = {.n = 0};
    PyObject *result = NULL;
    Batch batch;
    BandEdges edges;
    if (!check_argument_count("shape", nargs, 9))
        return NULL;
    if (!acquire_batch(&buffers, args[0], &batch) || !acquire_band_edges(&buffers, args[3], &edges))
        goto done;
    const Py_ssize_t n = batch.n_frames;
    const Py_ssize_t n_logs = LOG_BINS + edges.bins[2] - edges.bins[0];
    const float *sums = READ_ARRAY(float, args[1], batch.n_rows * N_SUMS);
    const float *logs = sums ? READ_ARRAY(float, args[2], n * n_logs) : NULL;
    const float *octave = logs ? READ_ARRAY(float, args[4], N_MELS) : NULL;
    const float *weights = octave ? READ_ARRAY(float, args[5], 2 * N_MELS) : NULL;
    float *shape = weights ? WRITE_ARRAY(float, args[6], N_SHAPE * n) : NULL;
    float *log_mel = shape ? WRITE_ARRAY(float, args[7], batch.n_rows * N_MELS) : NULL;
    double *filter = log_mel ? WRITE_ARRAY(double, args[8], n * GRID) : NULL;
    if (!filter)
        goto done;
    Py_BEGIN_ALLOW_THREADS
    Py_ssize_t start = 0, first_row = 0;
    for (Py_ssize_t k = 0; k < batch.n_clips; k++) {
        const Py_ssize_t count = (Py_ssize_t)batch.counts[k];
        Tile tile;
        memset(tile.before, 0, sizeof tile.before);
        for (Py_ssize_t t = 0; t < count; t += TILE) {
            const int used = count - t < TILE ? (int)(count - t) : TILE;
            const float *own[TILE];
            FOR_EACH_LANE { /* lanes without a frame repeat the last one */
                const Py_ssize_t place = t + (j < used ? j : used - 1);
                const float *row = sums + (first_row + place) * N_SUMS;
                for (int i = 0; i < N_SUMS; i++)
                    tile.sums[i][j] = row[i];
                own[j] = logs + (start + place) * n_logs;
            }
            describe(&tile, own, octave, weights, &edges);
            for (int i = 0; i < N_SHAPE; i++)
                memcpy(shape + i * n + start + t, tile.shape[i], (size_t)used * sizeof(float));
            for (int j = 0; j < used; j++) {
                float *row = log_mel + (first_row + t + j) * N_MELS;
                for (int i = 0; i < N_MELS; i++)
                    row[i] = tile.log_mel[i][j];
                for (int i = 0; i <= ORDER; i++)
                    filter[(start + t + j) * GRID + i] = tile.filter[i][j];
            }
        }
        shape[(N_SHAPE - 1) * n + start] = NAN; /* no flux without a frame before */
        start += count;
        first_row += padded_rows(count);
    }
    Py_END_ALLOW_THREADS
    result = Py_NewRef(Py_None);
done:
    release_buffers(&buffers);
    return result;
}
