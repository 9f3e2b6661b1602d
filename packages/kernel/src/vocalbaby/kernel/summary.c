/* All columns of all clips of a batch. Reference implementation:
   spectral_prosodic._summarise. */

#include "clip.h"

/* Level below the loudest frame, and what is known of F0. */
static void prepare(const Clip *clip) {
    float loudest = -INFINITY;
    for (Py_ssize_t i = 0; i < clip->n; i++) {
        clip->level[i] = clip->logs[log_at(clip->first + i, LOG_TOTAL)] * 10;
        loudest = maximum(clip->level[i], loudest);
    }
    for (Py_ssize_t i = 0; i < clip->n; i++) {
        const int state = clip->path[i] < N_CANDIDATES ? clip->path[i] : 0;
        clip->voiced[i] = clip->path[i] < N_CANDIDATES;
        clip->active[i] = clip->energy[i] > ACTIVE;
        clip->level[i] = maximum(clip->level[i] - loudest, -RANGE_DB);
        clip->semitones[i] = 12 * clip->log_pitch[i * 2 * N_CANDIDATES + N_CANDIDATES + state];
    }
}

/* summary(starts, counts, n_rows, total, shape, cepstra, logs, places, log_near, period, height,
   log_pitch, path, energy, log_share, hann, waves, out): all columns of all clips, NaN for
   clips that are silent or not finite. The arrays from `path` to `hann` have a value for every
   frame of every clip. */
PYTHON_FUNCTION(native_summary) {
    (void)self;
    Buffers buffers = {.n = 0};
    PyObject *result = NULL;
    Batch batch;
    Py_ssize_t n, longest = 0;
    float *scratch = NULL;
    if (!check_argument_count("summary", nargs, 18) || !parse_integer(args[2], 0, MAX_FRAMES, &n))
        return NULL;
    if (!acquire_batch(&buffers, args[0], args[1], n, &batch))
        goto done;
    const Py_ssize_t n_own = batch.n_frames;
    for (Py_ssize_t k = 0; k < batch.n_clips; k++)
        longest = batch.counts[k] > longest ? (Py_ssize_t)batch.counts[k] : longest;
    const float *total = READ_ARRAY(float, args[3], n);
    const float *shape = total ? READ_ARRAY(float, args[4], N_SHAPE * n) : NULL;
    const float *cepstra = shape ? READ_ARRAY(float, args[5], n * N_CEPSTRA) : NULL;
    const float *logs = cepstra ? READ_ARRAY(float, args[6], (n + TILE - 1) / TILE * TILE * N_LOGS) : NULL;
    const int32_t *places = logs ? READ_ARRAY(int32_t, args[7], n * N_FORMANTS) : NULL;
    const float *log_near = places ? READ_ARRAY(float, args[8], n * N_FORMANTS * 3) : NULL;
    const float *period = log_near ? READ_ARRAY(float, args[9], n * N_CANDIDATES) : NULL;
    const float *height = period ? READ_ARRAY(float, args[10], n * N_CANDIDATES) : NULL;
    const float *log_pitch = height ? READ_ARRAY(float, args[11], n * 2 * N_CANDIDATES) : NULL;
    const uint8_t *path = log_pitch ? READ_ARRAY(uint8_t, args[12], n_own) : NULL;
    const float *energy = path ? READ_ARRAY(float, args[13], n_own) : NULL;
    const float *log_share = energy ? READ_ARRAY(float, args[14], n_own) : NULL;
    const float *hann = log_share ? READ_ARRAY(float, args[15], n_own) : NULL;
    const float *waves = hann ? READ_ARRAY(float, args[16], 2 * N_MODULATIONS * longest) : NULL;
    if (!waves)
        goto done;
    const Py_ssize_t wave_step =
        buffers.views[buffers.n - 1].len / (Py_ssize_t)sizeof(float) / (2 * N_MODULATIONS);
    float *out = WRITE_ARRAY(float, args[17], batch.n_clips * N_COLUMNS);
    if (!out)
        goto done;
    scratch = malloc(N_SCRATCH * (size_t)longest * sizeof(float) + 1);
    if (!scratch) {
        PyErr_NoMemory();
        goto done;
    }
    Py_BEGIN_ALLOW_THREADS
    Py_ssize_t at = 0;
    for (Py_ssize_t k = 0; k < batch.n_clips; k++) {
        const Py_ssize_t start = (Py_ssize_t)batch.starts[k];
        Clip clip = {
            .n = (Py_ssize_t)batch.counts[k],
            .energy = energy + at,
            .shape = shape + start,
            .row_step = n,
            .first = start,
            .cepstra = cepstra + start,
            .logs = logs,
            .valleys = places + start * N_FORMANTS,
            .log_valleys = log_near + start * N_FORMANTS * 3,
            .path = path + at,
            .period = period + start * N_CANDIDATES,
            .height = height + start * N_CANDIDATES,
            .log_pitch = log_pitch + start * 2 * N_CANDIDATES,
            .log_share = log_share + at,
            .hann = hann + at,
            .waves = waves,
            .wave_step = wave_step,
            .value = scratch,
            .chosen = scratch + longest,
            .level = scratch + 2 * longest,
            .semitones = scratch + 3 * longest,
            .active = scratch + 4 * longest,
            .voiced = scratch + 5 * longest,
            .a = scratch + 6 * longest,
            .b = scratch + 7 * longest,
            .out = out + k * N_COLUMNS,
        };
        float loudest = 0;
        for (int i = 0; i < N_FORMANTS; i++)
            clip.peak[i] = scratch + (8 + i) * longest;
        for (Py_ssize_t i = 0; i < clip.n; i++)
            loudest = maximum(total[start + i], loudest);
        at += clip.n;
        if (!is_audible(loudest)) {
            for (int i = 0; i < N_COLUMNS; i++)
                clip.out[i] = NAN;
            continue;
        }
        prepare(&clip);
        timbre(&clip);
        rhythm(&clip);
        prosody(&clip);
    }
    Py_END_ALLOW_THREADS
    result = Py_NewRef(Py_None);
done:
    free(scratch);
    release_buffers(&buffers);
    return result;
}
