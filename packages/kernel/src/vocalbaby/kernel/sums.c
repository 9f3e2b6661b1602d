/* Sums in numpy's order: eight partial sums in blocks of up to 128, halves above that. */

#include "native.h"

#define PAIRWISE(name, type)                                                     \
    type name(const type *values, Py_ssize_t n) {                                \
        if (n < 8) {                                                             \
            type sum = (type)-0.0;                                               \
            for (Py_ssize_t i = 0; i < n; i++)                                   \
                sum += values[i];                                                \
            return sum;                                                          \
        }                                                                        \
        if (n > 128) {                                                           \
            Py_ssize_t half = n / 2;                                             \
            half -= half % 8;                                                    \
            return name(values, half) + name(values + half, n - half);           \
        }                                                                        \
        type part[8];                                                            \
        Py_ssize_t whole = n - n % 8;                                            \
        for (int k = 0; k < 8; k++)                                              \
            part[k] = values[k];                                                 \
        for (Py_ssize_t i = 8; i < whole; i += 8)                                \
            for (int k = 0; k < 8; k++)                                          \
                part[k] += values[i + k];                                        \
        type sum = ((part[0] + part[1]) + (part[2] + part[3])) +                 \
                   ((part[4] + part[5]) + (part[6] + part[7]));                  \
        for (Py_ssize_t i = whole; i < n; i++)                                   \
            sum += values[i];                                                    \
        return sum;                                                              \
    }

PAIRWISE(pairwise_sum, float)
PAIRWISE(pairwise_sum_f64, double)
