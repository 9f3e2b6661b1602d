/* From clips to the power spectra of their frames, their sums, and the candidates of F0.
   Reference implementations: spectrum.py, spectral.py, f0.py. */

#include "fft.h"
#include <string.h>

/* Constants of the framing, computed in Python. */
typedef struct {
    const float *hann, *waves, *band, *mel, *lags, *correction, *cost;
    Py_ssize_t n_band;
    float weight; /* sum of the window */
    BandEdges edges;
} Tables;

/* Where the results of the frames from `row` on belong. */
typedef struct {
    float *sums, *total, *logs, *period, *height, *strength, *pitch;
} Results;

/* Sum of the window over the first `n` samples: even samples, odd samples. */
static float window_weight(const float *hann, Py_ssize_t n) {
    float even = 0, odd = 0;
    for (Py_ssize_t i = 0; i < n; i += 2)
        even += hann[i];
    for (Py_ssize_t i = 1; i < n; i += 2)
        odd += hann[i];
    return even + odd;
}

/* Windowed frames without their offset, as complex numbers: even samples, odd samples. */
static INLINE void windowed(Complex z[N_COMPLEX], const float *const frames[TILE],
                            const Py_ssize_t heard[TILE], const Tables *tables) {
    const float *hann = tables->hann;
    Lanes even = {0}, odd = {0}, offset;
    int whole = 1;
    FOR_EACH_LANE whole &= heard[j] == WINDOW;
    if (whole)
        for (int i = 0; i < WINDOW / 2; i++) {
            FOR_EACH_LANE z[i].re[j] = frames[j][2 * i];
            FOR_EACH_LANE z[i].im[j] = frames[j][2 * i + 1];
        }
    else
        for (int i = 0; i < WINDOW / 2; i++)
            FOR_EACH_LANE {
                z[i].re[j] = 2 * i < heard[j] ? frames[j][2 * i] : 0;
                z[i].im[j] = 2 * i + 1 < heard[j] ? frames[j][2 * i + 1] : 0;
            }
    for (int i = 0; i < WINDOW / 2; i++)
        FOR_EACH_LANE {
            even[j] += z[i].re[j] * hann[2 * i];
            odd[j] += z[i].im[j] * hann[2 * i + 1];
        }
    FOR_EACH_LANE {
        const float weight =
            heard[j] == WINDOW ? tables->weight : window_weight(hann, heard[j]);
        offset[j] = (even[j] + odd[j]) / maximum(weight, TINY);
    }
    for (int i = 0; i < WINDOW / 2; i++)
        FOR_EACH_LANE {
            z[i].re[j] = (z[i].re[j] - offset[j]) * hann[2 * i];
            z[i].im[j] = (z[i].im[j] - offset[j]) * hann[2 * i + 1];
        }
    memset(z + WINDOW / 2, 0, (N_COMPLEX - WINDOW / 2) * sizeof *z);
    FOR_EACH_LANE
        for (Py_ssize_t i = heard[j]; i < WINDOW; i++)
            *(i % 2 ? &z[i / 2].im[j] : &z[i / 2].re[j]) = 0;
}

/* The spectrum of the real signal whose halves were transformed together. */
static INLINE void power_of(const Complex z[N_COMPLEX], Lanes power[N_BINS], const float *waves) {
    for (int k = 0; k < N_BINS; k++) {
        const Complex *a = z + k, *b = z + (N_COMPLEX - k) % N_COMPLEX;
        const float c = waves[2 * k], s = waves[2 * k + 1];
        FOR_EACH_LANE {
            const float even_re = a->re[j] + b->re[j], even_im = a->im[j] - b->im[j];
            const float odd_re = a->im[j] + b->im[j], odd_im = b->re[j] - a->re[j];
            const float re = even_re + (odd_re * c - odd_im * s);
            const float im = even_im + (odd_re * s + odd_im * c);
            power[k][j] = (re * re + im * im) * 0.25f;
        }
    }
}

/* The normalised autocorrelation from the lag SHORTEST - 1 on, from the spectrum's band. */
static INLINE void autocorrelation(Complex z[N_COMPLEX], Complex work[N_COMPLEX],
                                   Lanes power[N_BINS], Lanes acf[N_LAGS],
                                   const Tables *tables) {
    Lanes weighted[N_COMPLEX + 1];
    memset(weighted, 0, sizeof weighted);
    for (Py_ssize_t k = 0; k < tables->n_band; k++)
        FOR_EACH_LANE weighted[k][j] = power[k][j] * tables->band[k];
    for (int k = 0; k < N_COMPLEX; k++) {
        const float c = tables->waves[2 * k], s = -tables->waves[2 * k + 1];
        FOR_EACH_LANE {
            const float sum = weighted[k][j] + weighted[N_COMPLEX - k][j];
            const float difference = weighted[k][j] - weighted[N_COMPLEX - k][j];
            z[k].re[j] = sum + difference * s;
            z[k].im[j] = difference * c;
        }
    }
    transform(z, work, tables->waves);
    for (int i = 0; i < N_LAGS; i++) {
        const int lag = SHORTEST - 1 + i;
        const float *own = lag % 2 ? z[lag / 2].im : z[lag / 2].re;
        FOR_EACH_LANE acf[i][j] = own[j] * tables->correction[i] / (z[0].re[j] + TINY);
    }
}

/* Sums over mel bands, then lags of the linear prediction. */
static INLINE void sums_of(Lanes power[N_BINS], Lanes sums[N_SUMS], const Tables *tables) {
    const float *weight = tables->mel;
    memset(sums, 0, N_SUMS * sizeof *sums);
    for (int band = 0; band < N_MELS; band++)
        for (Py_ssize_t k = tables->edges.mel[band][0]; k < tables->edges.mel[band][1]; k++) {
            FOR_EACH_LANE sums[band][j] += power[k][j] * *weight;
            weight++;
        }
    for (int k = 0; k < N_BINS; k++)
        for (int lag = 0; lag <= ORDER; lag++)
            FOR_EACH_LANE sums[N_MELS + lag][j] += power[k][j] * tables->lags[k * (ORDER + 1) + lag];
}

/* The values whose logarithms are needed. */
static INLINE void levels_of(Lanes power[N_BINS], Lanes sums[N_SUMS], Lanes levels[N_LOGS],
                             const Tables *tables) {
    const BandEdges *edges = &tables->edges;
    Lanes low = {0}, high = {0}, total = {0};
    for (int i = 0; i < N_MELS; i++)
        FOR_EACH_LANE {
            total[j] += sums[i][j];
            levels[LOG_MEL + i][j] = maximum(sums[i][j], TINY);
        }
    for (Py_ssize_t i = 0; i < edges->one_khz; i++)
        FOR_EACH_LANE low[j] += sums[i][j];
    for (Py_ssize_t i = edges->one_khz; i < N_MELS; i++)
        FOR_EACH_LANE high[j] += sums[i][j];
    FOR_EACH_LANE {
        levels[LOG_TOTAL][j] = total[j] + TINY;
        levels[LOG_LOW][j] = low[j] + TINY;
        levels[LOG_HIGH][j] = high[j] + TINY;
    }
    for (int part = 0; part < 2; part++) {
        Lanes sum = {0};
        const Py_ssize_t first = edges->bins[part], last = edges->bins[part + 1];
        for (Py_ssize_t k = first; k < last; k++)
            FOR_EACH_LANE sum[j] += power[k][j];
        FOR_EACH_LANE levels[LOG_MEANS + part][j] =
            maximum(sum[j] / (float)(last - first), TINY);
    }
    for (int k = 0; k < N_LOG_BINS; k++)
        FOR_EACH_LANE levels[LOG_BINS + k][j] = maximum(power[k][j], TINY);
}

FOR_WIDE_VECTORS
static void describe(const float *const frames[TILE], const Py_ssize_t heard[TILE], int used,
                     const Tables *tables, const Results *to, Py_ssize_t row) {
    Complex z[N_COMPLEX], work[N_COMPLEX];
    Lanes power[N_BINS], acf[N_LAGS];
    Lanes *sums = (Lanes *)(to->sums + row * N_SUMS), *levels = (Lanes *)(to->logs + row * N_LOGS);
    windowed(z, frames, heard, tables);
    transform(z, work, tables->waves);
    power_of(z, power, tables->waves);
    sums_of(power, sums, tables);
    levels_of(power, sums, levels, tables);
    memcpy(to->total + row, levels[LOG_TOTAL], (size_t)used * sizeof(float));
    autocorrelation(z, work, power, acf, tables);
    find_candidates(acf, tables->cost, used, to->period + row * N_CANDIDATES,
                    to->height + row * N_CANDIDATES, to->strength + row * N_CANDIDATES,
                    to->pitch + row * 2 * N_CANDIDATES);
}

/* Reads the constants; returns 0 with an error set. */
static int acquire_tables(Buffers *buffers, PyObject *const *args, Tables *tables) {
    const Py_ssize_t f = sizeof(float);
    if (!acquire_band_edges(buffers, args[0], &tables->edges))
        return 0;
    Py_ssize_t n_mel = 0;
    for (int band = 0; band < N_MELS; band++)
        n_mel += tables->edges.mel[band][1] - tables->edges.mel[band][0];
    if (!(tables->hann = acquire_buffer(buffers, args[1], WINDOW, f, 0)) ||
        !(tables->waves = acquire_buffer(buffers, args[2], 2 * N_FFT, f, 0)) ||
        !(tables->mel = acquire_buffer(buffers, args[3], n_mel, f, 0)) ||
        !(tables->lags = acquire_buffer(buffers, args[4], (ORDER + 1) * N_BINS, f, 0)) ||
        !(tables->correction = acquire_buffer(buffers, args[5], N_LAGS, f, 0)) ||
        !(tables->cost = acquire_buffer(buffers, args[6], N_LAGS, f, 0)) ||
        !(tables->band = acquire_buffer(buffers, args[7], 1, f, 0)))
        return 0;
    tables->n_band = buffers->views[buffers->n - 1].len / f;
    tables->weight = window_weight(tables->hann, WINDOW);
    if (tables->n_band <= N_BINS)
        return 1;
    PyErr_SetString(PyExc_ValueError, "the band is wider than the spectrum");
    return 0;
}

/* Describes the frames of all clips, tile by tile; clips may share a tile. */
static void describe_all(const float *const *clips, const Py_ssize_t *lengths,
                         const int64_t *counts, Py_ssize_t n, const Tables *tables,
                         const Results *to) {
    Py_ssize_t clip = 0, place = 0;
    const float *frames[TILE];
    Py_ssize_t heard[TILE];
    for (Py_ssize_t row = 0; row < n; row += TILE) {
        const int used = n - row < TILE ? (int)(n - row) : TILE;
        for (int j = 0; j < used; j++) {
            const Py_ssize_t left = lengths[clip] - place * HOP;
            frames[j] = clips[clip] + place * HOP;
            heard[j] = left < WINDOW ? left : WINDOW;
            if (++place == counts[clip]) {
                clip++;
                place = 0;
            }
        }
        for (int j = used; j < TILE; j++) { /* repeats the last frame */
            frames[j] = frames[used - 1];
            heard[j] = heard[used - 1];
        }
        describe(frames, heard, used, tables, to, row);
    }
}

/* spectra(clips, counts, edges, hann, waves, mel, lags, correction, cost, band, sums, total, logs,
   period, height, strength, pitch): the frames of all clips, one clip after another. `sums` and
   `logs` consist of tiles, in which the lanes are the last axis. Samples beyond the end of a clip
   are zero. Python takes log10 of `logs` and log2 of `pitch`. */
PYTHON_FUNCTION(native_spectra) {
    (void)self;
    Buffers buffers = {.n = 0};
    PyObject *result = NULL;
    Tables tables;
    Results to;
    Py_buffer *samples = NULL;
    const float **clips = NULL;
    Py_ssize_t *lengths = NULL, n_held = 0;
    if (!check_argument_count("spectra", nargs, 17))
        return NULL;
    if (!PyList_Check(args[0])) {
        PyErr_SetString(PyExc_TypeError, "the clips are not a list");
        return NULL;
    }
    const Py_ssize_t n_clips = PyList_Size(args[0]), f = sizeof(float);
    const int64_t *counts = READ_ARRAY(int64_t, args[1], n_clips);
    if (!counts || !acquire_tables(&buffers, args + 2, &tables))
        goto done;
    samples = malloc((size_t)n_clips * sizeof *samples + 1);
    clips = malloc((size_t)n_clips * sizeof *clips + 1);
    lengths = malloc((size_t)n_clips * sizeof *lengths + 1);
    if (!samples || !clips || !lengths) {
        PyErr_NoMemory();
        goto done;
    }
    Py_ssize_t n = 0;
    for (Py_ssize_t k = 0; k < n_clips; k++) {
        Buffers own = {.n = 0};
        clips[k] = acquire_buffer(&own, PyList_GetItem(args[0], k), 1, f, 0);
        if (own.n)
            samples[n_held++] = own.views[0];
        if (!clips[k])
            goto done;
        lengths[k] = own.views[0].len / f;
        if (counts[k] < 1 || counts[k] > MAX_FRAMES || (n += (Py_ssize_t)counts[k]) > MAX_FRAMES ||
            ((Py_ssize_t)counts[k] - 1) * HOP >= lengths[k]) {
            PyErr_SetString(PyExc_ValueError, "no frame, or too many frames for a clip");
            goto done;
        }
    }
    const Py_ssize_t n_lanes = (n + TILE - 1) / TILE * TILE;
    if (!(to.sums = acquire_buffer(&buffers, args[10], n_lanes * N_SUMS, f, 1)) ||
        !(to.total = acquire_buffer(&buffers, args[11], n, f, 1)) ||
        !(to.logs = acquire_buffer(&buffers, args[12], n_lanes * N_LOGS, f, 1)) ||
        !(to.period = acquire_buffer(&buffers, args[13], n * N_CANDIDATES, f, 1)) ||
        !(to.height = acquire_buffer(&buffers, args[14], n * N_CANDIDATES, f, 1)) ||
        !(to.strength = acquire_buffer(&buffers, args[15], n * N_CANDIDATES, f, 1)) ||
        !(to.pitch = acquire_buffer(&buffers, args[16], 2 * n * N_CANDIDATES, f, 1)))
        goto done;
    Py_BEGIN_ALLOW_THREADS
    describe_all(clips, lengths, counts, n, &tables, &to);
    Py_END_ALLOW_THREADS
    result = Py_NewRef(Py_None);
done:
    while (n_held)
        PyBuffer_Release(&samples[--n_held]);
    free(samples);
    free(clips);
    free(lengths);
    release_buffers(&buffers);
    return result;
}
