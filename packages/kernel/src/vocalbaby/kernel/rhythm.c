/* Columns of energy and rhythm. Reference implementation: rhythm.py. */

#include "clip.h"
#include <string.h>

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

void rhythm(const Clip *clip) {
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
