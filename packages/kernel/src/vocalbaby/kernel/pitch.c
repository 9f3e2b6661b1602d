/* F0: candidates of every frame and the cheapest path through them. Reference
   implementation: f0.py, which has the same constants. */

#include "native.h"
#include <string.h>

#define JUMP_COST 0.35f
#define VOICING_COST 0.14f
#define VOICING_THRESHOLD 0.45f
#define LOUDNESS ((float)((1 + 0.45) / 0.03))
#define NO_PEAK -1.0f
#define OFF 8.0f

enum { N_PADDED = (N_LAGS + 7) / 8 * 8 };

static inline float larger(float a, float b) { return a > b ? a : b; }

/* Finds the best peaks of one frame, best first, by repeated argmax over the scores, which
   are lowered by OFF where there is no peak. Without branches, which could not be predicted. */
static void peaks(const float *acf, const float *score, int *best, float *scores) {
    float height[N_PADDED];
    for (int i = 1; i < N_LAGS - 1; i++) {
        const float no_rise = acf[i] > acf[i - 1] ? 0 : OFF;
        const float no_fall = acf[i + 1] > acf[i] ? OFF : 0;
        height[i] = score[i] - larger(no_rise, no_fall);
    }
    /* The ends are never chosen: in the reference implementation they cost too much. */
    height[0] = -INFINITY;
    for (int i = N_LAGS - 1; i < N_PADDED; i++)
        height[i] = -INFINITY;
    for (int k = 0; k < N_CANDIDATES; k++) {
        float lane[8];
        memcpy(lane, height, sizeof lane);
        for (int i = 8; i < N_PADDED; i += 8)
            for (int j = 0; j < 8; j++)
                lane[j] = larger(height[i + j], lane[j]);
        float top = lane[0];
        for (int j = 1; j < 8; j++)
            top = larger(lane[j], top);
        int at = 1;
        while (height[at] != top && at < N_LAGS - 2)
            at++;
        best[k] = at;
        scores[k] = top;
        height[at] = -OFF;
    }
}

/* candidates(begin, end, lags, correction, cost, period, height, strength, logs): for the
   frames begin to end. `logs` gets periods and F0 re 100 Hz, of which Python takes log2. */
PYTHON_FUNCTION(native_candidates) {
    (void)self;
    Buffers buffers = {.n = 0};
    PyObject *result = NULL;
    Py_ssize_t begin, end;
    if (!check_argument_count("candidates", nargs, 9))
        return NULL;
    if (!parse_integer(args[0], 0, MAX_FRAMES, &begin) ||
        !parse_integer(args[1], begin, MAX_FRAMES, &end))
        return NULL;
    const double *lags = READ_ARRAY(double, args[2], (end - begin) * N_FFT);
    const float *correction = lags ? READ_ARRAY(float, args[3], N_LAGS) : NULL;
    const float *cost = correction ? READ_ARRAY(float, args[4], N_LAGS) : NULL;
    float *period = cost ? WRITE_ARRAY(float, args[5], end * N_CANDIDATES) : NULL;
    float *height = period ? WRITE_ARRAY(float, args[6], end * N_CANDIDATES) : NULL;
    float *strength = height ? WRITE_ARRAY(float, args[7], end * N_CANDIDATES) : NULL;
    float *logs = strength ? WRITE_ARRAY(float, args[8], end * 2 * N_CANDIDATES) : NULL;
    if (!logs)
        goto done;
    Py_BEGIN_ALLOW_THREADS
    const double scale = (double)(float)(1.0 / N_FFT);
    for (Py_ssize_t frame = begin; frame < end; frame++) {
        const double *own = lags + (frame - begin) * N_FFT;
        const float norm = (float)(own[0] * scale) + 1e-12f;
        float acf[N_LAGS], score[N_LAGS], scores[N_CANDIDATES];
        int best[N_CANDIDATES];
        for (int i = 0; i < N_LAGS; i++) {
            acf[i] = (float)(own[SHORTEST - 1 + i] * scale) * correction[i] / norm;
            score[i] = acf[i] - cost[i];
        }
        peaks(acf, score, best, scores);
        for (int k = 0; k < N_CANDIDATES; k++) {
            const float left = acf[best[k] - 1], middle = acf[best[k]], right = acf[best[k] + 1];
            const int found = scores[k] > NO_PEAK;
            const float bend = found ? left - 2 * middle + right : NO_PEAK;
            const float shift = 0.5f * (left - right) / bend;
            const float rise = found ? -0.25f * (left - right) * shift : 0;
            const Py_ssize_t at = frame * N_CANDIDATES + k;
            const float lag =
                (float)((double)(best[k] - 1) + (double)(found ? shift : 0)) + (float)SHORTEST;
            period[at] = lag;
            height[at] = found ? minimum(maximum(middle + rise, 0), 1) : 0;
            strength[at] = (found ? scores[k] : NO_PEAK) + rise;
            logs[frame * 2 * N_CANDIDATES + k] = lag;
            logs[frame * 2 * N_CANDIDATES + N_CANDIDATES + k] = 16000.0f / lag / 100.0f;
        }
    }
    Py_END_ALLOW_THREADS
    result = Py_NewRef(Py_None);
done:
    release_buffers(&buffers);
    return result;
}

/* Dynamic programming over one clip; the state N_CANDIDATES is unvoiced. */
static void cheapest_path(Py_ssize_t count, const float *logs, const float *strength,
                          const float *energy, uint8_t (*came_from)[N_CANDIDATES + 1],
                          uint8_t *path) {
    float total[N_CANDIDATES + 1] = {0}, next[N_CANDIDATES + 1];
    for (Py_ssize_t t = 0; t < count; t++) {
        const float loudness = sqrtf(energy[t]) * LOUDNESS;
        const float unvoiced = VOICING_THRESHOLD + maximum(0, 2 - loudness);
        for (int to = 0; to <= N_CANDIDATES; to++) {
            const float gain = to < N_CANDIDATES ? strength[t * N_CANDIDATES + to] : unvoiced;
            if (t == 0) {
                next[to] = gain;
                continue;
            }
            const float *now = logs + t * 2 * N_CANDIDATES, *before = now - 2 * N_CANDIDATES;
            float largest = -INFINITY;
            int from_largest = 0;
            for (int from = 0; from <= N_CANDIDATES; from++) {
                float reach = VOICING_COST;
                if (to < N_CANDIDATES && from < N_CANDIDATES)
                    reach = fabsf(now[to] - before[from]) * JUMP_COST;
                else if (to == from)
                    reach = 0;
                const float value = total[from] - reach;
                if (value > largest) {
                    largest = value;
                    from_largest = from;
                }
            }
            next[to] = largest + gain;
            came_from[t][to] = (uint8_t)from_largest;
        }
        memcpy(total, next, sizeof total);
    }
    int state = 0;
    for (int k = 1; k <= N_CANDIDATES; k++)
        if (total[k] > total[state])
            state = k;
    for (Py_ssize_t t = count - 1; t >= 0; t--) {
        path[t] = (uint8_t)state;
        if (t)
            state = came_from[t][state];
    }
}

/* path(counts, energy, logs, strength, period, height, power, path, voice): the state of
   every frame; `voice` gets the values of which Python takes log10. Reference
   implementations: f0._cheapest_path, prosody.contours and _harmonic_difference. */
PYTHON_FUNCTION(native_path) {
    (void)self;
    Buffers buffers = {.n = 0};
    PyObject *result = NULL;
    Batch batch;
    uint8_t(*came_from)[N_CANDIDATES + 1] = NULL;
    if (!check_argument_count("path", nargs, 9))
        return NULL;
    if (!acquire_batch(&buffers, args[0], &batch))
        goto done;
    const Py_ssize_t n = batch.n_frames;
    const float *energy = READ_ARRAY(float, args[1], n);
    const float *logs = energy ? READ_ARRAY(float, args[2], n * 2 * N_CANDIDATES) : NULL;
    const float *strength = logs ? READ_ARRAY(float, args[3], n * N_CANDIDATES) : NULL;
    const float *period = strength ? READ_ARRAY(float, args[4], n * N_CANDIDATES) : NULL;
    const float *height = period ? READ_ARRAY(float, args[5], n * N_CANDIDATES) : NULL;
    const float *power = height ? READ_ARRAY(float, args[6], batch.n_rows * N_BINS) : NULL;
    uint8_t *path = power ? WRITE_ARRAY(uint8_t, args[7], n) : NULL;
    float *voice = path ? WRITE_ARRAY(float, args[8], n * N_VOICE) : NULL;
    if (!voice)
        goto done;
    came_from = malloc((size_t)n * sizeof *came_from);
    if (!came_from) {
        PyErr_NoMemory();
        goto done;
    }
    Py_BEGIN_ALLOW_THREADS
    Py_ssize_t start = 0, first_row = 0;
    for (Py_ssize_t k = 0; k < batch.n_clips; k++) {
        cheapest_path(batch.counts[k], logs + start * 2 * N_CANDIDATES,
                      strength + start * N_CANDIDATES, energy + start, came_from, path + start);
        for (Py_ssize_t place = 0; place < batch.counts[k]; place++) {
            const Py_ssize_t frame = start + place;
            const int state = path[frame] < N_CANDIDATES ? path[frame] : 0;
            const float *row = power + (first_row + place) * N_BINS;
            const float hz = 16000.0f / period[frame * N_CANDIDATES + state];
            const float share =
                minimum(maximum(height[frame * N_CANDIDATES + state], 1e-3f), 0.9999f);
            float *to = voice + frame * N_VOICE;
            to[VOICE_SHARE] = maximum(share / (1 - share), TINY);
            for (int harmonic = 1; harmonic <= 2; harmonic++) {
                const float factor = (float)harmonic * (float)(N_FFT / 16000.0);
                const float middle = rintf(hz * factor);
                /* Compared as numbers first: no conversion of what does not fit. */
                const int bin = middle > 2 ? middle < N_BINS - 3 ? (int)middle : N_BINS - 3 : 2;
                for (int i = 0; i < N_AROUND; i++)
                    to[VOICE_BINS + (harmonic - 1) * N_AROUND + i] =
                        maximum(row[bin - 2 + i], TINY);
            }
        }
        start += batch.counts[k];
        first_row += padded_rows(batch.counts[k]);
    }
    Py_END_ALLOW_THREADS
    result = Py_NewRef(Py_None);
done:
    free(came_from);
    release_buffers(&buffers);
    return result;
}
