/* Trees and novelty. Reference implementations: vocalbaby.models.forest and novelty. */

#include "native.h"

/* A node as forest.py packs it. */
typedef struct {
    float threshold;
    int32_t column, left;
} Node;

/* Trees that are walked side by side, so that waiting for memory overlaps. */
enum { ABREAST = 8 };

/* Whether a step from the node, to `left` or the node after it, stays in the forest. */
static inline int fits(const Node *node, Py_ssize_t n_nodes, Py_ssize_t width) {
    return (uint32_t)node->column < (uint64_t)width && node->left >= 0 &&
           node->left < n_nodes - 1;
}

/* Adds the leaves of `n` trees from `tree` on; 0 if a node points out of the forest. */
static int walk(const Node *nodes, Py_ssize_t n_nodes, const float *columns, Py_ssize_t width,
                Py_ssize_t depth, Py_ssize_t tree, int n, const int64_t *leaves, int64_t *sum) {
    Py_ssize_t at[ABREAST];
    uint64_t total = (uint64_t)*sum; /* wraps around where a signed sum must not */
    for (int j = 0; j < n; j++)
        at[j] = tree + j;
    for (Py_ssize_t step = 0; step < depth; step++)
        for (int j = 0; j < n; j++) {
            const Node *node = &nodes[at[j]];
            if (!fits(node, n_nodes, width))
                return 0;
            at[j] = node->left + (columns[node->column] >= node->threshold);
        }
    for (int j = 0; j < n; j++)
        total += (uint64_t)leaves[at[j]];
    *sum = (int64_t)total;
    return 1;
}

/* margins(x, n_rows, n_features, depth, n_trees, nodes, leaves, starts, base, out): sums of leaf
   values in units of 2**-32 per class, plus the base. The first nodes are the roots of the
   trees; the last node is never used. */
PYTHON_FUNCTION(native_margins) {
    (void)self;
    Buffers buffers = {.n = 0};
    PyObject *result = NULL;
    float *columns = NULL;
    Py_ssize_t n_rows, n_features, depth, n_trees;
    if (!check_argument_count("margins", nargs, 10) ||
        !parse_integer(args[1], 0, 1 << 24, &n_rows) ||
        !parse_integer(args[2], 1, 1 << 20, &n_features) ||
        !parse_integer(args[3], 0, 256, &depth) ||
        !parse_integer(args[4], 1, INT32_MAX, &n_trees))
        return NULL;
    const Py_ssize_t width = 2 * n_features + 1;
    const float *x = READ_ARRAY(float, args[0], n_rows * n_features);
    const Node *nodes = x ? acquire_buffer(&buffers, args[5], n_trees * 3, 4, 0) : NULL;
    if (!nodes)
        goto done;
    const Py_ssize_t n_nodes = buffers.views[buffers.n - 1].len / (Py_ssize_t)sizeof(Node);
    const int64_t *leaves = READ_ARRAY(int64_t, args[6], n_nodes);
    const int64_t *starts = leaves ? READ_ARRAY(int64_t, args[7], 1) : NULL;
    if (!starts)
        goto done;
    const Py_ssize_t n_classes = buffers.views[buffers.n - 1].len / (Py_ssize_t)sizeof(int64_t);
    const double *base = READ_ARRAY(double, args[8], n_classes);
    float *out = base ? WRITE_ARRAY(float, args[9], n_rows * n_classes) : NULL;
    if (!out)
        goto done;
    for (Py_ssize_t k = 0; k < n_classes; k++)
        if (starts[k] < (k ? starts[k - 1] : 0) || starts[k] >= n_trees) {
            PyErr_SetString(PyExc_ValueError, "a class beyond the trees");
            goto done;
        }
    columns = malloc((size_t)width * sizeof(float));
    if (!columns) {
        PyErr_NoMemory();
        goto done;
    }
    int bad = 0;
    Py_BEGIN_ALLOW_THREADS
    for (Py_ssize_t row = 0; row < n_rows; row++) {
        /* NaN is +inf where it goes right and -inf where it goes left; the last column
           belongs to leaves, which are their own children. */
        for (Py_ssize_t i = 0; i < n_features; i++) {
            const float value = x[row * n_features + i];
            columns[i] = isnan(value) ? INFINITY : value;
            columns[n_features + i] = isnan(value) ? -INFINITY : value;
        }
        columns[width - 1] = 0;
        for (Py_ssize_t k = 0; k < n_classes; k++) {
            const Py_ssize_t end = k + 1 < n_classes ? (Py_ssize_t)starts[k + 1] : n_trees;
            int64_t sum = 0;
            for (Py_ssize_t tree = (Py_ssize_t)starts[k]; tree < end && !bad; tree += ABREAST) {
                const int n = end - tree < ABREAST ? (int)(end - tree) : ABREAST;
                bad |= !walk(nodes, n_nodes, columns, width, depth, tree, n, leaves, &sum);
            }
            out[row * n_classes + k] = (float)((double)sum * 0x1p-32 + base[k]);
        }
    }
    Py_END_ALLOW_THREADS
    if (bad)
        PyErr_SetString(PyExc_ValueError, "a node beyond the forest");
    else
        result = Py_NewRef(Py_None);
done:
    free(columns);
    release_buffers(&buffers);
    return result;
}

/* novelty(x, n_rows, center, scale, axes, variances, out): axes (n_columns, n_axes), on a
   grid that makes every sum of products exact. */
PYTHON_FUNCTION(native_novelty) {
    (void)self;
    Buffers buffers = {.n = 0};
    PyObject *result = NULL;
    double *z = NULL;
    Py_ssize_t n_rows;
    if (!check_argument_count("novelty", nargs, 7) || !parse_integer(args[1], 0, 1 << 24, &n_rows))
        return NULL;
    const double *center = READ_ARRAY(double, args[2], 1);
    if (!center)
        goto done;
    const Py_ssize_t n = buffers.views[buffers.n - 1].len / (Py_ssize_t)sizeof(double);
    if (n > 1 << 20) {
        PyErr_SetString(PyExc_ValueError, "too many columns");
        goto done;
    }
    const double *variances = READ_ARRAY(double, args[5], 1);
    if (!variances)
        goto done;
    const Py_ssize_t n_axes = buffers.views[buffers.n - 1].len / (Py_ssize_t)sizeof(double) - 1;
    if (n_axes > 1 << 20) {
        PyErr_SetString(PyExc_ValueError, "too many axes");
        goto done;
    }
    const double *scale = READ_ARRAY(double, args[3], n);
    const double *axes = scale ? READ_ARRAY(double, args[4], n * n_axes) : NULL;
    const float *x = axes ? READ_ARRAY(float, args[0], n_rows * n) : NULL;
    double *out = x ? WRITE_ARRAY(double, args[6], n_rows) : NULL;
    if (!out)
        goto done;
    z = malloc((size_t)(n + n_axes + 1) * sizeof(double));
    if (!z) {
        PyErr_NoMemory();
        goto done;
    }
    Py_BEGIN_ALLOW_THREADS
    double *terms = z + n;
    for (Py_ssize_t row = 0; row < n_rows; row++) {
        double norm = 0;
        for (Py_ssize_t i = 0; i <= n_axes; i++)
            terms[i] = 0;
        for (Py_ssize_t i = 0; i < n; i++) {
            double value = ((double)x[row * n + i] - center[i]) / scale[i];
            value = isnan(value) ? 0 : value < -12 ? -12 : value > 12 ? 12 : value;
            value = rint(value * 0x1p16) * 0x1p-16;
            norm += value * value;
            for (Py_ssize_t k = 0; k < n_axes; k++)
                terms[k] += value * axes[i * n_axes + k];
        }
        for (Py_ssize_t k = 0; k < n_axes; k++)
            terms[k] *= terms[k];
        const double rest = norm - pairwise_sum_f64(terms, n_axes);
        terms[n_axes] = rest > 0 ? rest : 0;
        for (Py_ssize_t k = 0; k <= n_axes; k++)
            terms[k] /= variances[k];
        out[row] = sqrt(pairwise_sum_f64(terms, n_axes + 1) / (double)(n_axes + 1));
    }
    Py_END_ALLOW_THREADS
    result = Py_NewRef(Py_None);
done:
    free(z);
    release_buffers(&buffers);
    return result;
}
