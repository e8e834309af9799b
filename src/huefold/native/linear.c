/* Systems of linear equations. */
#include "native/core.h"

static void swap_rows(double *values, int64_t width, int64_t one, int64_t other) {
    for (int64_t k = 0; k < width && one != other; k++) {
        double value = values[one * width + k];
        values[one * width + k] = values[other * width + k];
        values[other * width + k] = value;
    }
}

/* Solve matrix x = values for x, in place of `values`, by Gaussian elimination with the largest pivots. `matrix`, [n,
 * n], is used up; `values` is [n, width]. Return whether there is a solution. */
HF_EXPORT bool hf_solve(double *matrix, double *values, int64_t n, int64_t width) {
    for (int64_t column = 0; column < n; column++) {
        int64_t pivot = column;
        for (int64_t row = column + 1; row < n; row++)
            if (fabs(matrix[row * n + column]) > fabs(matrix[pivot * n + column])) pivot = row;
        swap_rows(matrix, n, column, pivot);
        swap_rows(values, width, column, pivot);
        const double *restrict top = matrix + column * n, *restrict known = values + column * width;
        if (!(fabs(top[column]) > 0.0)) return false;
        for (int64_t row = column + 1; row < n; row++) {
            double *restrict below = matrix + row * n, *restrict changed = values + row * width;
            double factor = below[column] / top[column];
            if (factor == 0.0) continue;
            for (int64_t k = column + 1; k < n; k++) below[k] -= factor * top[k];
            for (int64_t k = 0; k < width; k++) changed[k] -= factor * known[k];
        }
    }
    for (int64_t row = n - 1; row >= 0; row--) {
        double *found = values + row * width;
        for (int64_t k = row + 1; k < n; k++)
            for (int64_t c = 0; c < width; c++) found[c] -= matrix[row * n + k] * values[k * width + c];
        for (int64_t c = 0; c < width; c++) found[c] /= matrix[row * n + row];
    }
    return true;
}
