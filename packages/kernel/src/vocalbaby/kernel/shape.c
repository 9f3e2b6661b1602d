/* Descriptors of the spectrum of every frame. Twins: spectral.py, formants.py.

   Eight frames at a time, side by side: every sum over bands stays in its order, and the
   compiler works on four frames at once. */

#include "native.h"
#include <string.h>

typedef float Lanes[TILE];
#define EACH for (int j = 0; j < TILE; j++)

/* Where bands and bins begin and end. */
typedef struct {
    Py_ssize_t one_khz, slope[2][2], bins[3];
} Places;

/* int64: first band at 1 kHz; both slopes' first and last + 1 band; ends of the two bands
   of the flatness. */
static int hold_places(Held *held, PyObject *object, Places *places) {
    const int64_t *given = hold(held, object, 8, sizeof(int64_t), 0);
    if (!given)
        return 0;
    places->one_khz = (Py_ssize_t)given[0];
    int fits = given[0] >= 0 && given[0] <= N_MELS;
    for (int k = 0; k < 2; k++) {
        places->slope[k][0] = (Py_ssize_t)given[1 + 2 * k];
        places->slope[k][1] = (Py_ssize_t)given[2 + 2 * k];
        fits &= given[1 + 2 * k] >= 0 && given[1 + 2 * k] < given[2 + 2 * k] &&
                given[2 + 2 * k] <= N_MELS;
    }
    for (int k = 0; k < 3; k++)
        places->bins[k] = (Py_ssize_t)given[5 + k];
    fits &= given[5] >= 0 && given[5] < given[6] && given[6] < given[7] && given[7] <= N_BINS;
    if (!fits)
        PyErr_SetString(PyExc_ValueError, "bands beyond the spectrum");
    return fits;
}

/* levels(counts, sums, power, places, energy, logs): the energy of every frame, and what is
   to be given to log10. */
FUNCTION(native_levels) {
    (void)self;
    Held held = {.n = 0};
    PyObject *result = NULL;
    Batch batch;
    Places places;
    if (!wants("levels", nargs, 6))
        return NULL;
    if (!hold_batch(&held, args[0], &batch) || !hold_places(&held, args[3], &places))
        goto done;
    const Py_ssize_t n_bins = places.bins[2] - places.bins[0], n_logs = LOG_BINS + n_bins;
    const float *sums = READ(float, args[1], batch.n_rows * N_SUMS);
    const float *power = sums ? READ(float, args[2], batch.n_rows * N_BINS) : NULL;
    float *energy = power ? WRITE(float, args[4], batch.n_frames) : NULL;
    float *logs = energy ? WRITE(float, args[5], batch.n_frames * n_logs) : NULL;
    if (!logs)
        goto done;
    Py_BEGIN_ALLOW_THREADS
    for (Py_ssize_t k = 0; k < batch.n_clips; k++) {
        const Py_ssize_t count = (Py_ssize_t)batch.counts[k];
        float band = 0, loudest = 0; /* nothing is below 0 */
        for (Py_ssize_t t = 0; t < count; t++) {
            const float *mel = sums + t * N_SUMS;
            float low = 0, high = 0, total = 0, *to = logs + t * n_logs;
            for (int i = 0; i < N_MELS; i++) {
                total += mel[i];
                band = maximum(mel[i], band);
            }
            for (Py_ssize_t i = 0; i < places.one_khz; i++)
                low += mel[i];
            for (Py_ssize_t i = places.one_khz; i < N_MELS; i++)
                high += mel[i];
            energy[t] = total + TINY;
            loudest = maximum(energy[t], loudest);
            to[LOG_LOW] = maximum(low + TINY, TINY);
            to[LOG_HIGH] = maximum(high + TINY, TINY);
            const float *row = power + t * N_BINS;
            for (int part = 0; part < 2; part++) {
                const Py_ssize_t first = places.bins[part], n = places.bins[part + 1] - first;
                to[LOG_MEANS + part] = maximum(pairwise_sum(row + first, n) / (float)n, TINY);
            }
            for (Py_ssize_t i = 0; i < n_bins; i++)
                to[LOG_BINS + i] = maximum(row[places.bins[0] + i], TINY);
        }
        band += TINY;
        for (Py_ssize_t t = 0; t < count; t++) {
            const float *mel = sums + t * N_SUMS;
            float *to = logs + t * n_logs;
            for (int i = 0; i < N_MELS; i++)
                to[LOG_MEL + i] = maximum(mel[i] / band, TINY);
            energy[t] /= loudest;
            to[LOG_LEVEL] = maximum(energy[t], 1e-6f);
        }
        sums += padded_rows(count) * N_SUMS;
        power += padded_rows(count) * N_BINS;
        energy += count;
        logs += count * n_logs;
    }
    Py_END_ALLOW_THREADS
    result = Py_NewRef(Py_None);
done:
    release(&held);
    return result;
}

/* Levinson-Durbin of eight frames. */
static void inverse_filter(Lanes lags[ORDER + 1], Lanes filter[ORDER + 1]) {
    Lanes error, part[ORDER];
    memset(filter, 0, (ORDER + 1) * sizeof(Lanes));
    EACH {
        error[j] = lags[0][j] * (float)(1 + 1e-4) + 1e-12f;
        filter[0][j] = 1;
    }
    for (int k = 1; k <= ORDER; k++) {
        Lanes reflection = {0};
        for (int i = 0; i < k; i++)
            EACH reflection[j] += filter[i][j] * lags[k - i][j];
        EACH reflection[j] /= error[j];
        for (int i = 0; i < k; i++)
            EACH part[i][j] = filter[k - 1 - i][j] * reflection[j];
        for (int i = 0; i < k; i++)
            EACH filter[i + 1][j] -= part[i][j];
        EACH error[j] *= 1 - reflection[j] * reflection[j];
    }
}

/* Centroid, spread, skewness and kurtosis. */
static void moments(Lanes share[N_MELS], const float *octave, Lanes shape[4]) {
    Lanes second = {0}, third = {0}, fourth = {0};
    memset(shape[0], 0, sizeof(Lanes));
    for (int i = 0; i < N_MELS; i++)
        EACH shape[0][j] += share[i][j] * octave[i];
    for (int i = 0; i < N_MELS; i++)
        EACH {
            const float distance = octave[i] - shape[0][j];
            const float squared = distance * distance, weighted = share[i][j] * squared;
            second[j] += weighted;
            third[j] += distance * weighted;
            fourth[j] += squared * weighted;
        }
    EACH {
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
        EACH {
            sum[j] = i ? sum[j] + share[i][j] : share[i][j];
            below[0][j] += sum[j] < limits[0];
            below[1][j] += sum[j] < limits[1];
        }
    for (int k = 0; k < 2; k++)
        EACH shape[k][j] = octave[below[k][j] < N_MELS ? below[k][j] : N_MELS - 1];
}

/* Geometric over arithmetic mean, in dB; `part` is overwritten. */
static float flatness(const float *logs, float log_mean, Py_ssize_t n) {
    float part[MAX_BINS];
    const float mean = log_mean * 10, floor = mean - RANGE_DB;
    for (Py_ssize_t i = 0; i < n; i++)
        part[i] = maximum(logs[i] * 10, floor);
    return pairwise_sum(part, n) / (float)n - mean;
}

/* Of eight frames: shape[0..12], formant filter and log-mel spectrum. */
typedef struct {
    Lanes sums[N_SUMS], log_mel[N_MELS], share[N_MELS], shape[N_SHAPE], filter[ORDER + 1];
    float before[N_MELS]; /* amplitudes of the frame before these */
} Tile;

static void describe(Tile *tile, const float *logs[TILE], const float *octave,
                     const float *weights, const Places *places) {
    Lanes total = {0}, rough = {0}, flux = {0};
    for (int i = 0; i < N_MELS; i++)
        EACH total[j] += tile->sums[i][j];
    EACH total[j] += TINY;
    for (int i = 0; i < N_MELS; i++)
        EACH {
            tile->share[i][j] = tile->sums[i][j] / total[j];
            tile->log_mel[i][j] = maximum(logs[j][LOG_MEL + i] * 10, -RANGE_DB);
        }
    moments(tile->share, octave, tile->shape);
    rolloffs(tile->share, octave, tile->shape + 4);
    const Py_ssize_t *bins = places->bins;
    for (int k = 0; k < 2; k++)
        EACH tile->shape[6 + k][j] = flatness(logs[j] + LOG_BINS + bins[k] - bins[0],
                                              logs[j][LOG_MEANS + k], bins[k + 1] - bins[k]);
    for (int k = 0; k < 2; k++) {
        Lanes sum = {0};
        for (Py_ssize_t i = places->slope[k][0]; i < places->slope[k][1]; i++)
            EACH sum[j] += weights[k * N_MELS + i] * tile->log_mel[i][j];
        memcpy(tile->shape[8 + k], sum, sizeof sum);
    }
    EACH tile->shape[10][j] = logs[j][LOG_HIGH] * 10 - logs[j][LOG_LOW] * 10;
    for (int i = 1; i < N_MELS; i++)
        EACH rough[j] += fabsf(tile->log_mel[i][j] - tile->log_mel[i - 1][j]);
    EACH tile->shape[11][j] = rough[j] / (float)(N_MELS - 1);
    for (int i = 0; i < N_MELS; i++) {
        Lanes amplitude;
        EACH amplitude[j] = sqrtf(tile->share[i][j]);
        EACH {
            const float change = amplitude[j] - (j ? amplitude[j - 1] : tile->before[i]);
            flux[j] += change * change;
        }
        tile->before[i] = amplitude[TILE - 1];
    }
    memcpy(tile->shape[12], flux, sizeof flux);
    inverse_filter(tile->sums + N_MELS, tile->filter);
}

/* shape(counts, sums, logs, places, octave, weights, shape, log_mel, filter): the rows of
   spectral.SHAPE, (N_SHAPE, n_frames); the padded log-mel spectra; and the linear
   prediction's filters in rows of GRID whose rest is left alone. */
FUNCTION(native_shape) {
    (void)self;
    Held held = {.n = 0};
    PyObject *result = NULL;
    Batch batch;
    Places places;
    if (!wants("shape", nargs, 9))
        return NULL;
    if (!hold_batch(&held, args[0], &batch) || !hold_places(&held, args[3], &places))
        goto done;
    const Py_ssize_t n = batch.n_frames;
    const Py_ssize_t n_logs = LOG_BINS + places.bins[2] - places.bins[0];
    const float *sums = READ(float, args[1], batch.n_rows * N_SUMS);
    const float *logs = sums ? READ(float, args[2], n * n_logs) : NULL;
    const float *octave = logs ? READ(float, args[4], N_MELS) : NULL;
    const float *weights = octave ? READ(float, args[5], 2 * N_MELS) : NULL;
    float *shape = weights ? WRITE(float, args[6], N_SHAPE * n) : NULL;
    float *log_mel = shape ? WRITE(float, args[7], batch.n_rows * N_MELS) : NULL;
    double *filter = log_mel ? WRITE(double, args[8], n * GRID) : NULL;
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
            EACH { /* the last frame stands in for those that are not there */
                const Py_ssize_t place = t + (j < used ? j : used - 1);
                const float *row = sums + (first_row + place) * N_SUMS;
                for (int i = 0; i < N_SUMS; i++)
                    tile.sums[i][j] = row[i];
                own[j] = logs + (start + place) * n_logs;
            }
            describe(&tile, own, octave, weights, &places);
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
    release(&held);
    return result;
}

/* valleys(n, response, place, logs): the first N_FORMANTS minima of the filters' power
   response, -1 where there are fewer; `logs` gets each with its neighbours. */
FUNCTION(native_valleys) {
    (void)self;
    Held held = {.n = 0};
    PyObject *result = NULL;
    Py_ssize_t n;
    if (!wants("valleys", nargs, 4) || !integer(args[0], 0, MAX_FRAMES, &n))
        return NULL;
    const double *response = READ(double, args[1], n * (GRID + 2));
    int32_t *place = response ? WRITE(int32_t, args[2], n * N_FORMANTS) : NULL;
    float *logs = place ? WRITE(float, args[3], n * N_FORMANTS * 3) : NULL;
    if (!logs)
        goto done;
    Py_BEGIN_ALLOW_THREADS
    for (Py_ssize_t frame = 0; frame < n; frame++) {
        enum { N = GRID / 2 + 1 };
        const double *own = response + frame * (GRID + 2);
        float valley[N];
        int found = 0, at[N_FORMANTS] = {0};
        for (int i = 0; i < N; i++) {
            const float re = (float)own[2 * i], im = (float)own[2 * i + 1];
            valley[i] = re * re + im * im;
        }
        for (int i = 0; i < N - 2 && found < N_FORMANTS; i++)
            if (valley[i + 1] < valley[i] && !(valley[i + 2] < valley[i + 1]))
                at[found++] = i;
        for (int k = 0; k < N_FORMANTS; k++) {
            place[frame * N_FORMANTS + k] = k < found ? at[k] : -1;
            for (int i = 0; i < 3; i++)
                logs[(frame * N_FORMANTS + k) * 3 + i] = valley[at[k] + i] + 1e-12f;
        }
    }
    Py_END_ALLOW_THREADS
    result = Py_NewRef(Py_None);
done:
    release(&held);
    return result;
}
