/* The extension module vocalbaby.kernel._native: stable ABI of CPython 3.11, no state. */

#include "native.h"

#define METHOD(name) {#name, (PyCFunction)(void (*)(void))native_##name, METH_FASTCALL, NULL}

static PyMethodDef methods[] = {
    METHOD(spectra), METHOD(shape),   METHOD(path),       METHOD(summary),
    METHOD(margins), METHOD(novelty), METHOD(viterbi),
#ifdef HAS_VECTOR_TYPES
    METHOD(flat_ends),
#endif
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef definition = {
    PyModuleDef_HEAD_INIT, .m_name = "_native", .m_size = 0, .m_methods = methods,
};

PyMODINIT_FUNC PyInit__native(void) { return PyModuleDef_Init(&definition); }
