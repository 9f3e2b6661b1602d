/* One clip and the statistics over its frames; see summary.c. */

#ifndef VOCALBABY_CLIP_H
#define VOCALBABY_CLIP_H

#include "native.h"

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

/* What is known about one clip, and scratch memory for `n` numbers each. */
typedef struct {
    Py_ssize_t n;
    const float *energy, *shape, *cepstra, *logs, *log_valleys, *period, *height, *log_pitch,
        *log_share, *hann;
    const int32_t *valleys;
    const uint8_t *path;
    const float *waves;
    Py_ssize_t first, row_step, wave_step; /* first frame; from row to row */
    /* scratch */
    float *value, *chosen, *level, *semitones, *active, *voiced, *a, *b, *peak[N_FORMANTS];
    float *out;
} Clip;

enum { N_SCRATCH = 8 + N_FORMANTS };

/* Statistics of clip->value over the frames where clip->chosen is 1. */
void mean_std(const Clip *clip, float *mean, float *std);
float rms_change(const Clip *clip, const float *values, const float *mask);
void quantiles(const Clip *clip, const float *values, const float *mask, float out[3]);
float slope(const Clip *clip, const float *values, const float *mask);

/* The columns of each family. */
void timbre(const Clip *clip);
void rhythm(const Clip *clip);
void prosody(const Clip *clip);

#endif
