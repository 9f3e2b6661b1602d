/* From clips to windowed frames, and from their transforms to power spectra. */

#include "native.h"

/* normalise(clip, out) -> bool: out has mean 0 and root mean square 1; False for silence.
   Reference implementation: spectral_prosodic.normalise. */
PYTHON_FUNCTION(native_normalise) {
    (void)self;
    Buffers buffers = {.n = 0};
    PyObject *result = NULL;
    double *centred = NULL;
    if (!check_argument_count("normalise", nargs, 2))
        return NULL;
    const float *clip = READ_ARRAY(float, args[0], 0);
    if (!clip)
        goto done;
    Py_ssize_t n = buffers.views[0].len / (Py_ssize_t)sizeof(float);
    float *out = WRITE_ARRAY(float, args[1], n);
    if (!out)
        goto done;
    if (n == 0) {
        result = Py_NewRef(Py_False);
        goto done;
    }
    centred = malloc(2 * (size_t)n * sizeof(double));
    if (!centred) {
        PyErr_NoMemory();
        goto done;
    }
    double *squares = centred + n, rms;
    Py_BEGIN_ALLOW_THREADS
    for (Py_ssize_t i = 0; i < n; i++)
        centred[i] = clip[i];
    double mean = pairwise_sum_f64(centred, n) / (double)n;
    for (Py_ssize_t i = 0; i < n; i++) {
        centred[i] -= mean;
        squares[i] = centred[i] * centred[i];
    }
    rms = sqrt(pairwise_sum_f64(squares, n) / (double)n);
    if (rms > 1e-6)
        for (Py_ssize_t i = 0; i < n; i++)
            out[i] = (float)(centred[i] / rms);
    Py_END_ALLOW_THREADS
    result = PyBool_FromLong(rms > 1e-6);
done:
    free(centred);
    release_buffers(&buffers);
    return result;
}

/* window(clips, counts, begin, end, hann, windowed): frames begin to end, times the
   window. Samples beyond the end of a clip are zero; columns beyond the window are not
   written. Reference implementation: frames.power_spectra. */
PYTHON_FUNCTION(native_window) {
    (void)self;
    Buffers buffers = {.n = 0};
    PyObject *result = NULL;
    Batch batch;
    Py_ssize_t begin, end;
    if (!check_argument_count("window", nargs, 6))
        return NULL;
    if (!PyList_Check(args[0])) {
        PyErr_SetString(PyExc_TypeError, "the clips are not a list");
        return NULL;
    }
    if (!acquire_batch(&buffers, args[1], &batch) ||
        !parse_integer(args[2], 0, batch.n_frames, &begin) ||
        !parse_integer(args[3], begin, batch.n_frames, &end))
        goto done;
    const float *hann = READ_ARRAY(float, args[4], WINDOW);
    double *windowed = WRITE_ARRAY(double, args[5], (end - begin) * N_FFT);
    if (!hann || !windowed)
        goto done;
    if (PyList_Size(args[0]) != batch.n_clips) {
        PyErr_SetString(PyExc_ValueError, "not as many clips as counts");
        goto done;
    }
    Py_ssize_t start = 0; /* first frame of the clip */
    for (Py_ssize_t k = 0; k < batch.n_clips && start < end; start += batch.counts[k++]) {
        Py_ssize_t first = begin > start ? begin - start : 0;
        Py_ssize_t last = batch.counts[k] < end - start ? batch.counts[k] : end - start;
        if (first >= last)
            continue;
        Buffers own = {.n = 0};
        const float *clip = acquire_buffer(&own, PyList_GetItem(args[0], k), 1, sizeof(float), 0);
        if (!clip) {
            release_buffers(&own);
            goto done;
        }
        Py_ssize_t length = own.views[0].len / (Py_ssize_t)sizeof(float);
        for (Py_ssize_t place = first; place < last; place++) {
            double *to = windowed + (start + place - begin) * N_FFT;
            const Py_ssize_t from = place * HOP, left = length - from;
            const Py_ssize_t heard = left < 0 ? 0 : left < WINDOW ? left : WINDOW;
            for (Py_ssize_t i = 0; i < heard; i++)
                to[i] = clip[from + i] * hann[i];
            for (Py_ssize_t i = heard; i < WINDOW; i++)
                to[i] = 0;
        }
        release_buffers(&own);
    }
    result = Py_NewRef(Py_None);
done:
    release_buffers(&buffers);
    return result;
}

/* power(counts, begin, end, spectrum, band, power, weighted): power spectra of the frames
   begin to end into their rows, and the same times the band for the autocorrelation.
   Reference implementations: frames.power_spectra, f0._autocorrelation. */
PYTHON_FUNCTION(native_power) {
    (void)self;
    Buffers buffers = {.n = 0};
    PyObject *result = NULL;
    Batch batch;
    Py_ssize_t begin, end;
    if (!check_argument_count("power", nargs, 7))
        return NULL;
    if (!acquire_batch(&buffers, args[0], &batch) ||
        !parse_integer(args[1], 0, batch.n_frames, &begin) ||
        !parse_integer(args[2], begin, batch.n_frames, &end))
        goto done;
    const double *spectrum = READ_ARRAY(double, args[3], (end - begin) * (N_FFT + 2));
    const float *band = READ_ARRAY(float, args[4], 1);
    if (!spectrum || !band)
        goto done;
    Py_ssize_t n_band = buffers.views[buffers.n - 1].len / (Py_ssize_t)sizeof(float);
    float *power = WRITE_ARRAY(float, args[5], batch.n_rows * N_BINS);
    double *weighted = WRITE_ARRAY(double, args[6], (end - begin) * (N_FFT + 2));
    if (!power || !weighted)
        goto done;
    if (n_band > N_BINS) {
        PyErr_SetString(PyExc_ValueError, "the band is wider than the spectrum");
        goto done;
    }
    Py_BEGIN_ALLOW_THREADS
    Py_ssize_t start = 0, first_row = 0;
    for (Py_ssize_t k = 0; k < batch.n_clips && start < end; k++) {
        for (Py_ssize_t place = begin > start ? begin - start : 0;
             place < batch.counts[k] && start + place < end; place++) {
            const double *from = spectrum + (start + place - begin) * (N_FFT + 2);
            double *to = weighted + (start + place - begin) * (N_FFT + 2);
            float *row = power + (first_row + place) * N_BINS;
            for (int bin = 0; bin < N_BINS; bin++) {
                float re = (float)from[2 * bin], im = (float)from[2 * bin + 1];
                row[bin] = re * re + im * im;
            }
            for (Py_ssize_t bin = 0; bin < n_band; bin++)
                to[2 * bin] = row[bin] * band[bin];
        }
        start += batch.counts[k];
        first_row += padded_rows(batch.counts[k]);
    }
    Py_END_ALLOW_THREADS
    result = Py_NewRef(Py_None);
done:
    release_buffers(&buffers);
    return result;
}
