/* The discrete Fourier transform of 320 complex numbers, of eight frames side by side.

   Stockham's autosort algorithm in single precision, radix 4, 4, 5, 4. Reference implementation:
   vocalbaby.features.fft. `waves` holds exp(-2 pi i t / N_FFT) for all t below N_FFT. */

#ifndef VOCALBABY_FFT_H
#define VOCALBABY_FFT_H

#include "native.h"

typedef struct {
    Lanes re, im;
} Complex;

/* Writes (real, imag), turned by `t` steps of `waves`. */
#define TURN(to, t, real, imag)                                            \
    do {                                                                   \
        const float x = (real), y = (imag);                                \
        (to).re[j] = x * waves[2 * (t)] - y * waves[2 * (t) + 1];          \
        (to).im[j] = x * waves[2 * (t) + 1] + y * waves[2 * (t)];          \
    } while (0)

/* From (l1, 4, ido) to (4, l1, ido). */
static INLINE void pass4(const Complex *restrict in, Complex *restrict out, int l1, int ido,
                         const float *restrict waves) {
    const int step = l1 * ido;
    for (int k = 0; k < l1; k++)
        for (int i = 0; i < ido; i++) {
            const Complex *restrict a = in + 4 * k * ido + i;
            Complex *restrict b = out + k * ido + i;
            const int t = 2 * l1 * i;
            FOR_EACH_LANE {
                const float re0 = a[0].re[j] + a[2 * ido].re[j];
                const float im0 = a[0].im[j] + a[2 * ido].im[j];
                const float re1 = a[0].re[j] - a[2 * ido].re[j];
                const float im1 = a[0].im[j] - a[2 * ido].im[j];
                const float re2 = a[ido].re[j] + a[3 * ido].re[j];
                const float im2 = a[ido].im[j] + a[3 * ido].im[j];
                const float re3 = a[ido].re[j] - a[3 * ido].re[j];
                const float im3 = a[ido].im[j] - a[3 * ido].im[j];
                b[0].re[j] = re0 + re2;
                b[0].im[j] = im0 + im2;
                if (ido == 1) { /* the last pass turns nothing */
                    b[step].re[j] = re1 + im3, b[step].im[j] = im1 - re3;
                    b[2 * step].re[j] = re0 - re2, b[2 * step].im[j] = im0 - im2;
                    b[3 * step].re[j] = re1 - im3, b[3 * step].im[j] = im1 + re3;
                    continue;
                }
                TURN(b[step], t, re1 + im3, im1 - re3);
                TURN(b[2 * step], 2 * t, re0 - re2, im0 - im2);
                TURN(b[3 * step], 3 * t, re1 - im3, im1 + re3);
            }
        }
}

/* From (l1, 5, ido) to (5, l1, ido). */
static INLINE void pass5(const Complex *restrict in, Complex *restrict out, int l1, int ido,
                         const float *restrict waves) {
    const float *fifth = waves + 2 * (N_FFT / 5), *second = waves + 4 * (N_FFT / 5);
    const float c1 = fifth[0], s1 = -fifth[1], c2 = second[0], s2 = -second[1];
    const int step = l1 * ido;
    for (int k = 0; k < l1; k++)
        for (int i = 0; i < ido; i++) {
            const Complex *restrict a = in + 5 * k * ido + i;
            Complex *restrict b = out + k * ido + i;
            const int t = 2 * l1 * i;
            FOR_EACH_LANE {
                const float re = a[0].re[j], im = a[0].im[j];
                const float p_re = a[ido].re[j] + a[4 * ido].re[j];
                const float p_im = a[ido].im[j] + a[4 * ido].im[j];
                const float q_re = a[2 * ido].re[j] + a[3 * ido].re[j];
                const float q_im = a[2 * ido].im[j] + a[3 * ido].im[j];
                const float u_re = a[ido].re[j] - a[4 * ido].re[j];
                const float u_im = a[ido].im[j] - a[4 * ido].im[j];
                const float v_re = a[2 * ido].re[j] - a[3 * ido].re[j];
                const float v_im = a[2 * ido].im[j] - a[3 * ido].im[j];
                const float m1_re = re + p_re * c1 + q_re * c2, m1_im = im + p_im * c1 + q_im * c2;
                const float m2_re = re + p_re * c2 + q_re * c1, m2_im = im + p_im * c2 + q_im * c1;
                const float n1_re = u_re * s1 + v_re * s2, n1_im = u_im * s1 + v_im * s2;
                const float n2_re = u_re * s2 - v_re * s1, n2_im = u_im * s2 - v_im * s1;
                b[0].re[j] = re + p_re + q_re;
                b[0].im[j] = im + p_im + q_im;
                TURN(b[step], t, m1_re + n1_im, m1_im - n1_re);
                TURN(b[2 * step], 2 * t, m2_re + n2_im, m2_im - n2_re);
                TURN(b[3 * step], 3 * t, m2_re - n2_im, m2_im + n2_re);
                TURN(b[4 * step], 4 * t, m1_re - n1_im, m1_im + n1_re);
            }
        }
}

/* Transforms `z` in place; `work` is scratch memory. */
static INLINE void transform(Complex *z, Complex *work, const float *waves) {
    pass4(z, work, 1, 80, waves);
    pass4(work, z, 4, 20, waves);
    pass5(z, work, 16, 4, waves);
    pass4(work, z, 80, 1, waves);
}

#endif
