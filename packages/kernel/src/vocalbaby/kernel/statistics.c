/* Statistics over the frames of a clip. Reference implementation: functionals.py. */

#include "clip.h"

void mean_std(const Clip *clip, float *mean, float *std) {
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
float rms_change(const Clip *clip, const float *values, const float *mask) {
    float mean;
    for (Py_ssize_t i = 0; i < clip->n; i++) {
        clip->value[i] = clip->chosen[i] = 0;
        if (i < REACH || i >= clip->n - REACH)
            continue;
        const float change = values[i + REACH] - values[i - REACH];
        clip->value[i] = change * change;
        clip->chosen[i] = mask[i + REACH] * mask[i - REACH];
    }
    mean_std(clip, &mean, NULL);
    return sqrtf(mean);
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
void quantiles(const Clip *clip, const float *values, const float *mask, float out[3]) {
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

float slope(const Clip *clip, const float *values, const float *mask) {
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
