/* Columns of F0 and voice quality. Reference implementation: prosody.py. */

#include "clip.h"

/* H1-H2 in dB: the maximum near each harmonic, by a parabola. */
static float harmonic_difference(const float *logs, Py_ssize_t frame, float period) {
    const float hz = 16000.0f / period;
    float peak[2];
    for (int harmonic = 1; harmonic <= 2; harmonic++) {
        const float place = rintf(hz * ((float)harmonic * (float)(N_FFT / 16000.0)));
        /* Compared as numbers first: no conversion of what does not fit. */
        const int bin = place > 2 ? place < N_LOG_BINS - 3 ? (int)place : N_LOG_BINS - 3 : 2;
        float levels[N_AROUND];
        int top = 1;
        for (int i = 0; i < N_AROUND; i++)
            levels[i] = logs[log_at(frame, LOG_BINS + bin - 2 + i)] * 10;
        for (int i = 2; i < N_AROUND - 1; i++)
            if (levels[i] > levels[top])
                top = i;
        const float left = levels[top - 1], middle = levels[top], right = levels[top + 1];
        const float bend = minimum(left - 2 * middle + right, -1e-3f), fall = left - right;
        peak[harmonic - 1] = middle + minimum(fall * fall / (-8 * bend), 6);
    }
    return peak[0] - peak[1];
}

static void along(const Clip *clip, int which) {
    for (Py_ssize_t i = 0; i < clip->n; i++) {
        const int state = clip->path[i] < N_CANDIDATES ? clip->path[i] : 0;
        clip->value[i] = which == 0   ? clip->semitones[i]
                         : which == 1 ? clip->log_share[i] * 10
                                      : harmonic_difference(clip->logs, clip->first + i,
                                                            clip->period[i * N_CANDIDATES + state]);
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

void prosody(const Clip *clip) {
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
        clip->value[i] = clip->height[i * N_CANDIDATES];
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
