/* Energy of every frame and the levels of its bands. Reference implementation: spectral.py. */

#include "native.h"

/* Reads eight int64: the first band above 1 kHz; the first and last + 1 band of both slopes;
   the edges of the two bands of the flatness. Returns 0 with an error set. */
int acquire_band_edges(Buffers *buffers, PyObject *object, BandEdges *edges) {
    const int64_t *given = acquire_buffer(buffers, object, 8, sizeof(int64_t), 0);
    if (!given)
        return 0;
    edges->one_khz = (Py_ssize_t)given[0];
    int fits = given[0] >= 0 && given[0] <= N_MELS;
    for (int k = 0; k < 2; k++) {
        edges->slope[k][0] = (Py_ssize_t)given[1 + 2 * k];
        edges->slope[k][1] = (Py_ssize_t)given[2 + 2 * k];
        fits &= given[1 + 2 * k] >= 0 && given[1 + 2 * k] < given[2 + 2 * k] &&
                given[2 + 2 * k] <= N_MELS;
    }
    for (int k = 0; k < 3; k++)
        edges->bins[k] = (Py_ssize_t)given[5 + k];
    fits &= given[5] >= 0 && given[5] < given[6] && given[6] < given[7] && given[7] <= N_BINS;
    if (!fits)
        PyErr_SetString(PyExc_ValueError, "bands beyond the spectrum");
    return fits;
}

/* levels(counts, sums, power, edges, energy, logs): the energy of every frame, and the
   values of which Python takes log10. */
PYTHON_FUNCTION(native_levels) {
    (void)self;
    Buffers buffers = {.n = 0};
    PyObject *result = NULL;
    Batch batch;
    BandEdges edges;
    if (!check_argument_count("levels", nargs, 6))
        return NULL;
    if (!acquire_batch(&buffers, args[0], &batch) || !acquire_band_edges(&buffers, args[3], &edges))
        goto done;
    const Py_ssize_t n_bins = edges.bins[2] - edges.bins[0], n_logs = LOG_BINS + n_bins;
    const float *sums = READ_ARRAY(float, args[1], batch.n_rows * N_SUMS);
    const float *power = sums ? READ_ARRAY(float, args[2], batch.n_rows * N_BINS) : NULL;
    float *energy = power ? WRITE_ARRAY(float, args[4], batch.n_frames) : NULL;
    float *logs = energy ? WRITE_ARRAY(float, args[5], batch.n_frames * n_logs) : NULL;
    if (!logs)
        goto done;
    Py_BEGIN_ALLOW_THREADS
    for (Py_ssize_t k = 0; k < batch.n_clips; k++) {
        const Py_ssize_t count = (Py_ssize_t)batch.counts[k];
        float band = 0, loudest = 0; /* nothing is below 0 */
        for (Py_ssize_t t = 0; t < count; t++) {
            const float *mel = sums + t * N_SUMS;
            float low = 0, high = 0, total = 0, *to = logs + t * n_logs;
            for (int i = 0; i < N_MELS; i++) {
                total += mel[i];
                band = maximum(mel[i], band);
            }
            for (Py_ssize_t i = 0; i < edges.one_khz; i++)
                low += mel[i];
            for (Py_ssize_t i = edges.one_khz; i < N_MELS; i++)
                high += mel[i];
            energy[t] = total + TINY;
            loudest = maximum(energy[t], loudest);
            to[LOG_LOW] = maximum(low + TINY, TINY);
            to[LOG_HIGH] = maximum(high + TINY, TINY);
            const float *row = power + t * N_BINS;
            for (int part = 0; part < 2; part++) {
                const Py_ssize_t first = edges.bins[part], n = edges.bins[part + 1] - first;
                to[LOG_MEANS + part] = maximum(pairwise_sum(row + first, n) / (float)n, TINY);
            }
            for (Py_ssize_t i = 0; i < n_bins; i++)
                to[LOG_BINS + i] = maximum(row[edges.bins[0] + i], TINY);
        }
        band += TINY;
        for (Py_ssize_t t = 0; t < count; t++) {
            const float *mel = sums + t * N_SUMS;
            float *to = logs + t * n_logs;
            for (int i = 0; i < N_MELS; i++)
                to[LOG_MEL + i] = maximum(mel[i] / band, TINY);
            energy[t] /= loudest;
            to[LOG_LEVEL] = maximum(energy[t], 1e-6f);
        }
        sums += padded_rows(count) * N_SUMS;
        power += padded_rows(count) * N_BINS;
        energy += count;
        logs += count * n_logs;
    }
    Py_END_ALLOW_THREADS
    result = Py_NewRef(Py_None);
done:
    release_buffers(&buffers);
    return result;
}
