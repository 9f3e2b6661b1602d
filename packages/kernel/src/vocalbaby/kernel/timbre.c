/* Columns of timbre. Reference implementation: timbre.py. */

#include "clip.h"
#include <string.h>

void timbre(const Clip *clip) {
    const Py_ssize_t n = clip->n, size = (Py_ssize_t)sizeof(float) * n;
    float *out = clip->out;
    for (int k = 1; k < N_CEPSTRA; k++) {
        for (Py_ssize_t i = 0; i < n; i++)
            clip->value[i] = clip->cepstra[k * clip->row_step + i];
        memcpy(clip->chosen, clip->active, (size_t)size);
        mean_std(clip, &out[CEPSTRUM_MEAN + k - 1], &out[CEPSTRUM_STD + k - 1]);
    }
    for (int k = 0; k < N_CEPSTRA; k++)
        out[CEPSTRUM_DELTA + k] = rms_change(clip, clip->cepstra + k * clip->row_step, clip->active);
    for (int k = 0; k < N_SHAPE; k++) {
        const float *shape = clip->shape + k * clip->row_step;
        for (Py_ssize_t i = 0; i < n; i++) {
            /* The flux of the first frame compares it with a frame outside of the clip. */
            const int lacking = k == N_SHAPE - 1 && i == 0;
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
        out[FORMANT_MOVEMENT + k] = rms_change(clip, clip->peak[k], found);
    }
}
