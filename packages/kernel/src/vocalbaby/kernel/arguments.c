/* Checks of the arguments that Python passes. */

#include "native.h"

/* 1, or 0 with an error set. */
int check_argument_count(const char *name, Py_ssize_t given, Py_ssize_t wanted) {
    if (given == wanted)
        return 1;
    PyErr_Format(PyExc_TypeError, "%s takes %zd arguments, not %zd", name, wanted, given);
    return 0;
}

/* Contiguous memory of at least `count` items of `size` bytes, or NULL with an error set. */
void *acquire_buffer(Buffers *buffers, PyObject *object, Py_ssize_t count, Py_ssize_t size,
                     int writable) {
    if (buffers->n == MAX_BUFFERS) {
        PyErr_SetString(PyExc_SystemError, "too many buffers");
        return NULL;
    }
    Py_buffer *view = &buffers->views[buffers->n];
    if (PyObject_GetBuffer(object, view, writable ? PyBUF_WRITABLE : PyBUF_SIMPLE) < 0)
        return NULL;
    buffers->n++;
    if (count < 0 || count > view->len / size) {
        PyErr_Format(PyExc_ValueError, "a buffer holds %zd bytes, but %zd items of %zd are needed",
                     view->len, count, size);
        return NULL;
    }
    if ((uintptr_t)view->buf % (uintptr_t)size) {
        PyErr_SetString(PyExc_ValueError, "a buffer is not aligned");
        return NULL;
    }
    return view->buf;
}

/* Reads the first frame and the number of frames of each clip, int64: all within `n_rows`
   frames, at least one per clip. Returns 0 with an error set. */
int acquire_batch(Buffers *buffers, PyObject *starts, PyObject *counts, Py_ssize_t n_rows,
                  Batch *batch) {
    batch->n_rows = n_rows;
    batch->n_frames = 0;
    batch->counts = acquire_buffer(buffers, counts, 1, sizeof(int64_t), 0);
    if (!batch->counts)
        return 0;
    batch->n_clips = buffers->views[buffers->n - 1].len / (Py_ssize_t)sizeof(int64_t);
    batch->starts = acquire_buffer(buffers, starts, batch->n_clips, sizeof(int64_t), 0);
    if (!batch->starts)
        return 0;
    for (Py_ssize_t clip = 0; clip < batch->n_clips; clip++) {
        const int64_t start = batch->starts[clip], count = batch->counts[clip];
        if (start < 0 || count < 1 || count > n_rows || start > n_rows - count ||
            (batch->n_frames += count) > MAX_FRAMES) {
            PyErr_SetString(PyExc_ValueError, "a clip without a frame, or too many frames");
            return 0;
        }
    }
    return 1;
}

int parse_integer(PyObject *object, Py_ssize_t low, Py_ssize_t high, Py_ssize_t *value) {
    *value = PyLong_AsSsize_t(object);
    if (*value == -1 && PyErr_Occurred())
        return 0;
    if (*value >= low && *value <= high)
        return 1;
    PyErr_Format(PyExc_ValueError, "%zd is not within %zd to %zd", *value, low, high);
    return 0;
}

void release_buffers(Buffers *buffers) {
    while (buffers->n)
        PyBuffer_Release(&buffers->views[--buffers->n]);
}
