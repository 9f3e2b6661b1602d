/* Formants: minima of the inverse filters. Reference implementation: formants.py. */

#include "native.h"

/* valleys(n, response, place, logs): the first N_FORMANTS minima of the filters' power
   response, -1 where there are fewer; `logs` gets the response there and
   beside it. */
PYTHON_FUNCTION(native_valleys) {
    (void)self;
    Buffers buffers = {.n = 0};
    PyObject *result = NULL;
    Py_ssize_t n;
    if (!check_argument_count("valleys", nargs, 4) || !parse_integer(args[0], 0, MAX_FRAMES, &n))
        return NULL;
    const double *response = READ_ARRAY(double, args[1], n * (GRID + 2));
    int32_t *place = response ? WRITE_ARRAY(int32_t, args[2], n * N_FORMANTS) : NULL;
    float *logs = place ? WRITE_ARRAY(float, args[3], n * N_FORMANTS * 3) : NULL;
    if (!logs)
        goto done;
    Py_BEGIN_ALLOW_THREADS
    for (Py_ssize_t frame = 0; frame < n; frame++) {
        enum { N = GRID / 2 + 1 };
        const double *own = response + frame * (GRID + 2);
        float valley[N];
        int found = 0, at[N_FORMANTS] = {0};
        for (int i = 0; i < N; i++) {
            const float re = (float)own[2 * i], im = (float)own[2 * i + 1];
            valley[i] = re * re + im * im;
        }
        for (int i = 0; i < N - 2 && found < N_FORMANTS; i++)
            if (valley[i + 1] < valley[i] && !(valley[i + 2] < valley[i + 1]))
                at[found++] = i;
        for (int k = 0; k < N_FORMANTS; k++) {
            place[frame * N_FORMANTS + k] = k < found ? at[k] : -1;
            for (int i = 0; i < 3; i++)
                logs[(frame * N_FORMANTS + k) * 3 + i] = valley[at[k] + i] + 1e-12f;
        }
    }
    Py_END_ALLOW_THREADS
    result = Py_NewRef(Py_None);
done:
    release_buffers(&buffers);
    return result;
}
