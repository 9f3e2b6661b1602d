/* The most probable sequence of classes. Reference implementation:
   vocalbaby.segmentation.viterbi. */

#include "native.h"

enum { MAX_STATES = 32 };

static void best_path(const float *scores, Py_ssize_t n, Py_ssize_t k, const float *change,
                      const float *entry, uint8_t *came_from, uint8_t *path) {
    float total[MAX_STATES] = {0};
    for (Py_ssize_t t = 0; t < n; t++) {
        int best = 0;
        for (int s = 1; s < k; s++)
            if (total[s] > total[best])
                best = s;
        const float highest = total[best];
        for (int s = 0; s < k; s++) {
            const float changed = change[t] > 0 ? (highest - change[t]) - entry[s] : highest;
            const int moves = changed > total[s];
            came_from[t * k + s] = (uint8_t)(moves ? best : s);
            total[s] = (moves ? changed : total[s]) + scores[t * k + s];
        }
    }
    int state = 0;
    for (int s = 1; s < k; s++)
        if (total[s] > total[state])
            state = s;
    for (Py_ssize_t t = n - 1; t >= 0; t--) {
        path[t] = (uint8_t)state;
        state = came_from[t * k + state];
    }
}

/* viterbi(scores, n, k, change, entry, path): see vocalbaby.segmentation.viterbi.best_path. */
PYTHON_FUNCTION(native_viterbi) {
    (void)self;
    Buffers buffers = {.n = 0};
    PyObject *result = NULL;
    Py_ssize_t n, k;
    uint8_t *came_from = NULL;
    if (!check_argument_count("viterbi", nargs, 6) || !parse_integer(args[1], 0, MAX_FRAMES, &n) ||
        !parse_integer(args[2], 1, MAX_STATES, &k))
        return NULL;
    const float *scores = READ_ARRAY(float, args[0], n * k);
    const float *change = scores ? READ_ARRAY(float, args[3], n) : NULL;
    const float *entry = change ? READ_ARRAY(float, args[4], k) : NULL;
    uint8_t *path = entry ? WRITE_ARRAY(uint8_t, args[5], n) : NULL;
    if (!path)
        goto done;
    came_from = malloc((size_t)(n * k) + 1);
    if (!came_from) {
        PyErr_NoMemory();
        goto done;
    }
    Py_BEGIN_ALLOW_THREADS
    best_path(scores, n, k, change, entry, came_from, path);
    Py_END_ALLOW_THREADS
    result = Py_NewRef(Py_None);
done:
    free(came_from);
    release_buffers(&buffers);
    return result;
}
