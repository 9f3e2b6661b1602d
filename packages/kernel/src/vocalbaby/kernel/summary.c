/* Statistics over the frames of a clip. Twins: functionals.py, timbre.py, rhythm.py,
   prosody.py and the end of spectral_prosodic.py. */

#include "native.h"
#include <string.h>

enum { FEWEST = 3, REACH = 2 };
#define FRAME_S 0.01
#define ACTIVE 1e-4f

/* Columns: where each family begins. */
enum {
    CEPSTRUM_MEAN = 0,
    CEPSTRUM_STD = CEPSTRUM_MEAN + N_CEPSTRA - 1,
    CEPSTRUM_DELTA = CEPSTRUM_STD + N_CEPSTRA - 1,
    SHAPE_MEAN = CEPSTRUM_DELTA + N_CEPSTRA,
    SHAPE_STD = SHAPE_MEAN + N_SHAPE,
    FORMANT_MEAN = SHAPE_STD + N_SHAPE,
    FORMANT_STD = FORMANT_MEAN + N_FORMANTS,
    FORMANT_MOVEMENT = FORMANT_STD + N_FORMANTS,
    ENERGY = FORMANT_MOVEMENT + N_FORMANTS,
    MODULATION = ENERGY + 7,
    PROSODY = MODULATION + N_MODULATIONS,
};

/* What is known of one clip, and room for `n` numbers each. */
typedef struct {
    Py_ssize_t n;
    const float *energy, *shape, *cepstra, *logs, *log_valleys, *strength, *log_pitch, *voice,
        *hann;
    const int32_t *valleys;
    const uint8_t *path;
    const float *waves;
    Py_ssize_t shape_step, wave_step;
    /* scratch */
    float *value, *chosen, *level, *semitones, *active, *voiced, *a, *b, *peak[N_FORMANTS];
    float *out;
} Clip;

enum { N_SCRATCH = 8 + N_FORMANTS };

static void mean_std(const Clip *clip, float *mean, float *std) {
    const Py_ssize_t n = clip->n;
    const float *value = clip->value, *chosen = clip->chosen;
    float *heard = clip->a;
    const float count = segment_sum(chosen, n), safe = maximum(count, 1);
    for (Py_ssize_t i = 0; i < n; i++)
        heard[i] = value[i] * chosen[i];
    const float centre = segment_sum(heard, n) / safe;
    *mean = count >= 1 ? centre : NAN;
    if (!std)
        return;
    for (Py_ssize_t i = 0; i < n; i++) {
        const float distance = value[i] - centre;
        heard[i] = distance * distance * chosen[i];
    }
    *std = count >= FEWEST ? sqrtf(segment_sum(heard, n) / safe) : NAN;
}

/* Root mean square change over twice REACH frames of `values`, where `mask` is 1 twice. */
static float rms_change(const Clip *clip, const float *values, Py_ssize_t step,
                        const float *mask) {
    float mean;
    for (Py_ssize_t i = 0; i < clip->n; i++) {
        clip->value[i] = clip->chosen[i] = 0;
        if (i < REACH || i >= clip->n - REACH)
            continue;
        const float change = values[(i + REACH) * step] - values[(i - REACH) * step];
        clip->value[i] = change * change;
        clip->chosen[i] = mask[i + REACH] * mask[i - REACH];
    }
    mean_std(clip, &mean, NULL);
    return sqrtf(mean);
}

static void timbre(const Clip *clip) {
    const Py_ssize_t n = clip->n, size = (Py_ssize_t)sizeof(float) * n;
    float *out = clip->out;
    for (int k = 1; k < N_CEPSTRA; k++) {
        for (Py_ssize_t i = 0; i < n; i++)
            clip->value[i] = clip->cepstra[i * N_CEPSTRA + k];
        memcpy(clip->chosen, clip->active, (size_t)size);
        mean_std(clip, &out[CEPSTRUM_MEAN + k - 1], &out[CEPSTRUM_STD + k - 1]);
    }
    for (int k = 0; k < N_CEPSTRA; k++)
        out[CEPSTRUM_DELTA + k] = rms_change(clip, clip->cepstra + k, N_CEPSTRA, clip->active);
    for (int k = 0; k < N_SHAPE; k++) {
        const float *shape = clip->shape + k * clip->shape_step;
        for (Py_ssize_t i = 0; i < n; i++) {
            const int lacking = isnan(shape[i]);
            clip->value[i] = lacking ? 0 : shape[i];
            clip->chosen[i] = lacking ? 0 : clip->active[i];
        }
        mean_std(clip, &out[SHAPE_MEAN + k], &out[SHAPE_STD + k]);
    }
    for (int k = 0; k < N_FORMANTS; k++) {
        float *found = clip->b;
        for (Py_ssize_t i = 0; i < n; i++) {
            const int32_t place = clip->valleys[i * N_FORMANTS + k];
            const float *log = clip->log_valleys + (i * N_FORMANTS + k) * 3;
            float peak = 0;
            found[i] = 0;
            if (place >= 0) {
                const float bend = log[0] - 2 * log[1] + log[2];
                const float shift = 0.5f * (log[0] - log[2]) / bend;
                const double kilohertz = (double)(float)(2 * 5500.0 / 1000 / GRID);
                peak = (float)(((double)(place + 1) + (double)shift) * kilohertz);
                if (isnan(peak))
                    peak = 0;
                else
                    found[i] = clip->active[i];
            }
            clip->peak[k][i] = peak;
        }
        memcpy(clip->value, clip->peak[k], (size_t)size);
        memcpy(clip->chosen, found, (size_t)size);
        mean_std(clip, &out[FORMANT_MEAN + k], &out[FORMANT_STD + k]);
        out[FORMANT_MOVEMENT + k] = rms_change(clip, clip->peak[k], 1, found);
    }
}

/* Shell's sort, gaps after Ciura. */
static void sort(float *values, Py_ssize_t n) {
    static const Py_ssize_t gaps[] = {90927, 40412, 17961, 7983, 3548, 1577, 701,
                                      301,   132,   57,    23,   10,   4,    1};
    for (size_t g = 0; g < sizeof gaps / sizeof *gaps; g++)
        for (Py_ssize_t i = gaps[g]; i < n; i++) {
            const float value = values[i];
            Py_ssize_t j = i;
            for (; j >= gaps[g] && values[j - gaps[g]] > value; j -= gaps[g])
                values[j] = values[j - gaps[g]];
            values[j] = value;
        }
}

/* 10th, 50th and 90th percentile of the values where `mask` is 1. */
static void quantiles(const Clip *clip, const float *values, const float *mask, float out[3]) {
    static const double probabilities[3] = {0.1, 0.5, 0.9};
    Py_ssize_t count = 0;
    for (Py_ssize_t i = 0; i < clip->n; i++)
        if (mask[i] != 0)
            clip->a[count++] = values[i];
    sort(clip->a, count);
    for (int k = 0; k < 3; k++) {
        out[k] = NAN;
        if (!count)
            continue;
        const double at = probabilities[k] * (double)(count - 1);
        const Py_ssize_t low = (Py_ssize_t)at, high = low + 1 < count ? low + 1 : count - 1;
        const float rise = clip->a[high] - clip->a[low];
        out[k] = clip->a[low] + rise * (float)(at - (double)low);
    }
}

static float slope(const Clip *clip, const float *values, const float *mask) {
    const Py_ssize_t n = clip->n;
    float *x = clip->a, *y = clip->b;
    const float count = segment_sum(mask, n), safe = maximum(count, 1);
    for (Py_ssize_t i = 0; i < n; i++) {
        x[i] = (float)i * mask[i];
        y[i] = values[i] * mask[i];
    }
    const float mean_x = segment_sum(x, n) / safe, mean_y = segment_sum(y, n) / safe;
    for (Py_ssize_t i = 0; i < n; i++) {
        x[i] = (x[i] - mean_x) * mask[i];
        y[i] = (y[i] - mean_y) * mask[i];
    }
    for (Py_ssize_t i = 0; i < n; i++) {
        y[i] = x[i] * y[i];
        x[i] = x[i] * x[i];
    }
    return segment_sum(y, n) / (count >= FEWEST ? segment_sum(x, n) : NAN);
}

static inline Py_ssize_t within(Py_ssize_t i, Py_ssize_t n) {
    return i < 0 ? 0 : i < n ? i : n - 1;
}

static float peak_rate(const Clip *clip) {
    const Py_ssize_t n = clip->n;
    const float *level = clip->level;
    float *smooth = clip->a, *peak = clip->b;
    for (Py_ssize_t i = 0; i < n; i++) {
        float sum = level[within(i - 2, n)];
        for (Py_ssize_t k = -1; k <= 2; k++)
            sum += level[within(i + k, n)];
        smooth[i] = sum / 5;
    }
    for (Py_ssize_t i = 0; i < n; i++) {
        peak[i] = 0;
        if (!(smooth[i] > -20 && smooth[i] > smooth[within(i - 1, n)]))
            continue;
        float highest = smooth[i], before = smooth[i], after = smooth[i];
        for (Py_ssize_t k = 1; k <= 5; k++)
            highest = maximum(highest, maximum(smooth[within(i - k, n)], smooth[within(i + k, n)]));
        for (Py_ssize_t k = 1; k <= 10; k++) {
            before = minimum(before, smooth[within(i - k, n)]);
            after = minimum(after, smooth[within(i + k, n)]);
        }
        peak[i] = smooth[i] >= highest && smooth[i] - maximum(before, after) > 3;
    }
    return (float)((double)segment_sum(peak, n) / ((double)n * (double)(float)FRAME_S));
}

static void modulation(const Clip *clip, float *out) {
    static const int hz[N_MODULATIONS] = {2, 3, 4, 5, 6, 8, 10, 12};
    const Py_ssize_t n = clip->n;
    float *amplitude = clip->a, *turned = clip->b;
    for (Py_ssize_t i = 0; i < n; i++) {
        amplitude[i] = sqrtf(clip->energy[i]);
        turned[i] = clip->hann[i] * amplitude[i];
    }
    const float weight = segment_sum(clip->hann, n), level = segment_sum(turned, n) / weight;
    for (Py_ssize_t i = 0; i < n; i++)
        amplitude[i] = clip->hann[i] * (amplitude[i] - level);
    for (int k = 0; k < N_MODULATIONS; k++) {
        float parts[2];
        for (int turn = 0; turn < 2; turn++) {
            const float *wave = clip->waves + (turn * N_MODULATIONS + k) * clip->wave_step;
            for (Py_ssize_t i = 0; i < n; i++)
                turned[i] = wave[i] * amplitude[i];
            parts[turn] = segment_sum(turned, n);
            parts[turn] *= parts[turn];
        }
        const float depth = 2 * sqrtf(parts[0] + parts[1]) / (weight * level);
        out[k] = hz[k] * ((double)n * FRAME_S) < 0.5 ? NAN : depth;
    }
}

static void rhythm(const Clip *clip) {
    const Py_ssize_t n = clip->n;
    float *out = clip->out + ENERGY, quantile[3], rise = -INFINITY, fall = -INFINITY;
    if (n < FEWEST) {
        for (int k = 0; k < PROSODY - ENERGY; k++)
            out[k] = NAN;
        return;
    }
    memcpy(clip->value, clip->level, (size_t)n * sizeof(float));
    for (Py_ssize_t i = 0; i < n; i++)
        clip->chosen[i] = 1;
    mean_std(clip, &out[0], &out[1]);
    quantiles(clip, clip->level, clip->chosen, quantile);
    out[2] = quantile[2] - quantile[0];
    for (Py_ssize_t i = 0; i < n; i++) {
        const float step = clip->level[within(i + 1, n)] - clip->level[within(i - 1, n)];
        rise = maximum(rise, step);
        fall = maximum(fall, -step);
        clip->a[i] = clip->energy[i] * (float)i;
    }
    out[3] = rise / (float)(2 * FRAME_S);
    out[4] = fall / (float)(2 * FRAME_S);
    out[5] = segment_sum(clip->a, n) / segment_sum(clip->energy, n) / (float)(n - 1);
    out[6] = peak_rate(clip);
    modulation(clip, out + 7);
}

/* H1-H2 in dB: the maximum near each harmonic, by a parabola. */
static float harmonic_difference(const float *logs) {
    float peak[2];
    for (int harmonic = 0; harmonic < 2; harmonic++) {
        float near[N_AROUND];
        int top = 1;
        for (int i = 0; i < N_AROUND; i++)
            near[i] = logs[harmonic * N_AROUND + i] * 10;
        for (int i = 2; i < N_AROUND - 1; i++)
            if (near[i] > near[top])
                top = i;
        const float left = near[top - 1], middle = near[top], right = near[top + 1];
        const float bend = minimum(left - 2 * middle + right, -1e-3f), fall = left - right;
        peak[harmonic] = middle + minimum(fall * fall / (-8 * bend), 6);
    }
    return peak[0] - peak[1];
}

static void along(const Clip *clip, int which) {
    for (Py_ssize_t i = 0; i < clip->n; i++) {
        const float *logs = clip->voice + i * N_VOICE;
        clip->value[i] = which == 0   ? clip->semitones[i]
                         : which == 1 ? logs[VOICE_SHARE] * 10
                                      : harmonic_difference(logs + VOICE_BINS);
        clip->chosen[i] = clip->voiced[i];
    }
}

/* Steps of F0, or how far F0 or the level lie from their neighbours' mean. */
static float across(const Clip *clip, int which) {
    const float *voiced = clip->voiced, *from = which < 2 ? clip->semitones : clip->level;
    float mean;
    for (Py_ssize_t i = 0; i < clip->n; i++) {
        clip->value[i] = clip->chosen[i] = 0;
        if (i == 0 || i == clip->n - 1)
            continue;
        clip->chosen[i] = voiced[i - 1] * voiced[i] * voiced[i + 1];
        clip->value[i] = which == 0
                             ? fabsf(from[i + 1] - from[i - 1]) / (float)(2 * HOP / 16000.0)
                             : fabsf(from[i] - (from[i - 1] + from[i + 1]) * 0.5f);
    }
    mean_std(clip, &mean, NULL);
    return mean;
}

static void prosody(const Clip *clip) {
    const Py_ssize_t n = clip->n;
    float *out = clip->out + PROSODY, *run = clip->a;
    along(clip, 0);
    mean_std(clip, &out[0], &out[1]);
    quantiles(clip, clip->semitones, clip->voiced, out + 2);
    out[5] = slope(clip, clip->semitones, clip->voiced) / (float)FRAME_S;
    out[6] = across(clip, 0);
    out[10] = across(clip, 1);
    out[11] = across(clip, 2);
    for (Py_ssize_t i = 0; i < n; i++) {
        run[i] = clip->voiced[i] > (i ? clip->voiced[i - 1] : 0);
        clip->value[i] = maximum(clip->strength[i * N_CANDIDATES], 0);
        clip->chosen[i] = clip->active[i];
    }
    const float n_voiced = segment_sum(clip->voiced, n), n_runs = segment_sum(run, n);
    const float seconds = (float)FRAME_S;
    out[7] = n_voiced / (float)n;
    out[8] = n_runs / ((float)n * seconds);
    out[9] = n_voiced * seconds / (n_runs > 0 ? n_runs : NAN);
    mean_std(clip, &out[12], &out[13]);
    along(clip, 1);
    mean_std(clip, &out[14], &out[15]);
    along(clip, 2);
    mean_std(clip, &out[16], &out[17]);
}

/* summary(counts, energy, shape, cepstra, logs, n_logs, valleys, log_valleys, path, height,
   log_pitch, voice, hann, waves, out): all columns of all clips; the four arrays of
   logarithms are as log10, log and log2 left them. */
FUNCTION(native_summary) {
    (void)self;
    Held held = {.n = 0};
    PyObject *result = NULL;
    Batch batch;
    Py_ssize_t n_logs, longest = 0;
    float *scratch = NULL;
    if (!wants("summary", nargs, 15) || !integer(args[5], LOG_BINS, LOG_BINS + N_BINS, &n_logs))
        return NULL;
    if (!hold_batch(&held, args[0], &batch))
        goto done;
    const Py_ssize_t n = batch.n_frames;
    for (Py_ssize_t k = 0; k < batch.n_clips; k++)
        longest = batch.counts[k] > longest ? (Py_ssize_t)batch.counts[k] : longest;
    const float *energy = READ(float, args[1], n);
    const float *shape = energy ? READ(float, args[2], N_SHAPE * n) : NULL;
    const float *cepstra = shape ? READ(float, args[3], batch.n_rows * N_CEPSTRA) : NULL;
    const float *logs = cepstra ? READ(float, args[4], n * n_logs) : NULL;
    const int32_t *valleys = logs ? READ(int32_t, args[6], n * N_FORMANTS) : NULL;
    const float *log_valleys = valleys ? READ(float, args[7], n * N_FORMANTS * 3) : NULL;
    const uint8_t *path = log_valleys ? READ(uint8_t, args[8], n) : NULL;
    const float *height = path ? READ(float, args[9], n * N_CANDIDATES) : NULL;
    const float *log_pitch = height ? READ(float, args[10], n * 2 * N_CANDIDATES) : NULL;
    const float *voice = log_pitch ? READ(float, args[11], n * N_VOICE) : NULL;
    const float *hann = voice ? READ(float, args[12], n) : NULL;
    const float *waves = hann ? READ(float, args[13], 2 * N_MODULATIONS * longest) : NULL;
    if (!waves)
        goto done;
    const Py_ssize_t wave_step =
        held.views[held.n - 1].len / (Py_ssize_t)sizeof(float) / (2 * N_MODULATIONS);
    float *out = WRITE(float, args[14], batch.n_clips * N_COLUMNS);
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
    release(&held);
    return result;
}
