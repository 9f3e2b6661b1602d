/* All columns of all clips of a batch. Reference implementation: spectral_prosodic._extract. */

#include "clip.h"

/* summary(counts, energy, shape, cepstra, logs, n_logs, valleys, log_valleys, path, height,
   log_pitch, voice, hann, waves, out): all columns of all clips. The arrays of
   logarithms hold what log10, log and log2 returned. */
PYTHON_FUNCTION(native_summary) {
    (void)self;
    Buffers buffers = {.n = 0};
    PyObject *result = NULL;
    Batch batch;
    Py_ssize_t n_logs, longest = 0;
    float *scratch = NULL;
    if (!check_argument_count("summary", nargs, 15) ||
        !parse_integer(args[5], LOG_BINS, LOG_BINS + N_BINS, &n_logs))
        return NULL;
    if (!acquire_batch(&buffers, args[0], &batch))
        goto done;
    const Py_ssize_t n = batch.n_frames;
    for (Py_ssize_t k = 0; k < batch.n_clips; k++)
        longest = batch.counts[k] > longest ? (Py_ssize_t)batch.counts[k] : longest;
    const float *energy = READ_ARRAY(float, args[1], n);
    const float *shape = energy ? READ_ARRAY(float, args[2], N_SHAPE * n) : NULL;
    const float *cepstra = shape ? READ_ARRAY(float, args[3], batch.n_rows * N_CEPSTRA) : NULL;
    const float *logs = cepstra ? READ_ARRAY(float, args[4], n * n_logs) : NULL;
    const int32_t *valleys = logs ? READ_ARRAY(int32_t, args[6], n * N_FORMANTS) : NULL;
    const float *log_valleys = valleys ? READ_ARRAY(float, args[7], n * N_FORMANTS * 3) : NULL;
    const uint8_t *path = log_valleys ? READ_ARRAY(uint8_t, args[8], n) : NULL;
    const float *height = path ? READ_ARRAY(float, args[9], n * N_CANDIDATES) : NULL;
    const float *log_pitch = height ? READ_ARRAY(float, args[10], n * 2 * N_CANDIDATES) : NULL;
    const float *voice = log_pitch ? READ_ARRAY(float, args[11], n * N_VOICE) : NULL;
    const float *hann = voice ? READ_ARRAY(float, args[12], n) : NULL;
    const float *waves = hann ? READ_ARRAY(float, args[13], 2 * N_MODULATIONS * longest) : NULL;
    if (!waves)
        goto done;
    const Py_ssize_t wave_step =
        buffers.views[buffers.n - 1].len / (Py_ssize_t)sizeof(float) / (2 * N_MODULATIONS);
    float *out = WRITE_ARRAY(float, args[14], batch.n_clips * N_COLUMNS);
    if (!out)
        goto done;
    scratch = malloc(N_SCRATCH * (size_t)longest * sizeof(float));
    if (!scratch) {
        PyErr_NoMemory();
        goto done;
    }
    Py_BEGIN_ALLOW_THREADS
    Py_ssize_t start = 0, first_row = 0;
    for (Py_ssize_t k = 0; k < batch.n_clips; k++) {
        Clip clip = {
            .n = (Py_ssize_t)batch.counts[k],
            .energy = energy + start,
            .shape = shape + start,
            .shape_step = n,
            .cepstra = cepstra + first_row * N_CEPSTRA,
            .logs = logs + start * n_logs,
            .valleys = valleys + start * N_FORMANTS,
            .log_valleys = log_valleys + start * N_FORMANTS * 3,
            .path = path + start,
            .strength = height + start * N_CANDIDATES,
            .log_pitch = log_pitch + start * 2 * N_CANDIDATES,
            .voice = voice + start * N_VOICE,
            .hann = hann + start,
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
        for (int i = 0; i < N_FORMANTS; i++)
            clip.peak[i] = scratch + (8 + i) * longest;
        for (Py_ssize_t i = 0; i < clip.n; i++) {
            const int state = clip.path[i] < N_CANDIDATES ? clip.path[i] : 0;
            clip.voiced[i] = clip.path[i] < N_CANDIDATES;
            clip.active[i] = clip.energy[i] > ACTIVE;
            clip.level[i] = clip.logs[i * n_logs + LOG_LEVEL] * 10;
            clip.semitones[i] =
                12 * clip.log_pitch[i * 2 * N_CANDIDATES + N_CANDIDATES + state];
        }
        timbre(&clip);
        rhythm(&clip);
        prosody(&clip);
        start += clip.n;
        first_row += padded_rows(clip.n);
    }
    Py_END_ALLOW_THREADS
    result = Py_NewRef(Py_None);
done:
    free(scratch);
    release_buffers(&buffers);
    return result;
}
