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

static inline float larger(float a, float b) { return a > b ? a : b; }

/* Finds the best peaks of eight frames, best first, by repeated argmax over the scores, which
   are lowered by OFF where there is no peak. Without branches, which could not be predicted. */
static INLINE void peaks(Lanes acf[N_LAGS], const float *cost, int best[N_CANDIDATES][TILE],
                         Lanes scores[N_CANDIDATES]) {
    Lanes height[N_LAGS];
    for (int i = 1; i < N_LAGS - 1; i++)
        FOR_EACH_LANE {
            const float no_rise = acf[i][j] > acf[i - 1][j] ? 0 : OFF;
            const float no_fall = acf[i + 1][j] > acf[i][j] ? OFF : 0;
            height[i][j] = acf[i][j] - cost[i] - larger(no_rise, no_fall);
        }
    /* The ends are never chosen: in the reference implementation they cost too much. */
    for (int k = 0; k < N_CANDIDATES; k++) {
        Lanes top;
        int at[TILE];
        FOR_EACH_LANE {
            top[j] = -INFINITY;
            at[j] = 1;
        }
        for (int i = 1; i < N_LAGS - 1; i++)
            FOR_EACH_LANE {
                const int higher = height[i][j] > top[j];
                top[j] = higher ? height[i][j] : top[j];
                at[j] = higher ? i : at[j];
            }
        FOR_EACH_LANE {
            best[k][j] = at[j];
            scores[k][j] = top[j];
            height[at[j]][j] = -OFF;
        }
    }
}

FOR_WIDE_VECTORS
void find_candidates(Lanes acf[N_LAGS], const float *cost, int used, float *period, float *height,
                     float *strength, float *logs) {
    Lanes scores[N_CANDIDATES];
    int best[N_CANDIDATES][TILE];
    peaks(acf, cost, best, scores);
    for (int j = 0; j < used; j++)
        for (int k = 0; k < N_CANDIDATES; k++) {
            const int at = best[k][j], to = j * N_CANDIDATES + k;
            const float left = acf[at - 1][j], middle = acf[at][j], right = acf[at + 1][j];
            const int found = scores[k][j] > NO_PEAK;
            const float bend = found ? left - 2 * middle + right : NO_PEAK;
            const float shift = 0.5f * (left - right) / bend;
            const float rise = found ? -0.25f * (left - right) * shift : 0;
            const float lag =
                (float)((double)(at - 1) + (double)(found ? shift : 0)) + (float)SHORTEST;
            period[to] = lag;
            height[to] = found ? minimum(maximum(middle + rise, 0), 1) : 0;
            strength[to] = (found ? scores[k][j] : NO_PEAK) + rise;
            logs[2 * j * N_CANDIDATES + k] = lag;
            logs[(2 * j + 1) * N_CANDIDATES + k] = 16000.0f / lag / 100.0f;
        }
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

/* path(starts, counts, n_rows, total, logs, strength, height, path, energy, share): the energy of
   every frame of every clip relative to the loudest, the state of F0, and the ratio of periodic
   to aperiodic power, of which Python takes log10. Clips that are silent or not finite are
   passed over. Reference implementations: spectral_prosodic._summarise, f0._cheapest_path. */
PYTHON_FUNCTION(native_path) {
    (void)self;
    Buffers buffers = {.n = 0};
    PyObject *result = NULL;
    Batch batch;
    Py_ssize_t n_rows;
    uint8_t(*came_from)[N_CANDIDATES + 1] = NULL;
    if (!check_argument_count("path", nargs, 10) ||
        !parse_integer(args[2], 0, MAX_FRAMES, &n_rows))
        return NULL;
    if (!acquire_batch(&buffers, args[0], args[1], n_rows, &batch))
        goto done;
    const float *total = READ_ARRAY(float, args[3], n_rows);
    const float *logs = total ? READ_ARRAY(float, args[4], n_rows * 2 * N_CANDIDATES) : NULL;
    const float *strength = logs ? READ_ARRAY(float, args[5], n_rows * N_CANDIDATES) : NULL;
    const float *height = strength ? READ_ARRAY(float, args[6], n_rows * N_CANDIDATES) : NULL;
    uint8_t *path = height ? WRITE_ARRAY(uint8_t, args[7], batch.n_frames) : NULL;
    float *energy = path ? WRITE_ARRAY(float, args[8], batch.n_frames) : NULL;
    float *share = energy ? WRITE_ARRAY(float, args[9], batch.n_frames) : NULL;
    if (!share)
        goto done;
    came_from = malloc((size_t)batch.n_frames * sizeof *came_from + 1);
    if (!came_from) {
        PyErr_NoMemory();
        goto done;
    }
    Py_BEGIN_ALLOW_THREADS
    for (Py_ssize_t k = 0; k < batch.n_clips; k++) {
        const Py_ssize_t start = (Py_ssize_t)batch.starts[k], count = (Py_ssize_t)batch.counts[k];
        float loudest = 0; /* nothing is below 0 */
        for (Py_ssize_t t = 0; t < count; t++)
            loudest = maximum(total[start + t], loudest);
        if (is_audible(loudest)) {
            for (Py_ssize_t t = 0; t < count; t++)
                energy[t] = total[start + t] / loudest;
            cheapest_path(count, logs + start * 2 * N_CANDIDATES, strength + start * N_CANDIDATES,
                          energy, came_from, path);
            for (Py_ssize_t t = 0; t < count; t++) {
                const int state = path[t] < N_CANDIDATES ? path[t] : 0;
                const float own = height[(start + t) * N_CANDIDATES + state];
                const float part = minimum(maximum(own, 1e-3f), 0.9999f);
                share[t] = part / (1 - part);
            }
        } else
            for (Py_ssize_t t = 0; t < count; t++) {
                energy[t] = path[t] = 0;
                share[t] = 1;
            }
        path += count;
        energy += count;
        share += count;
    }
    Py_END_ALLOW_THREADS
    result = Py_NewRef(Py_None);
done:
    free(came_from);
    release_buffers(&buffers);
    return result;
}
