// OpenBLAS as the system has it: CBLAS, the calls that tell of its threads and core, and LAPACK.
#pragma once
#include <cblas.h>
#include <stddef.h>

// OpenBLAS carries LAPACK, but packages often leave its header out. In Fortran every argument is a pointer, a matrix
// lies column after column, and the lengths of character arguments follow the others.

// Singular values, and on request singular vectors.
void dgesvd_(
    const char *left_vectors, const char *right_vectors, const blasint *rows, const blasint *columns, double *matrix,
    const blasint *stride, double *singular_values, double *u, const blasint *u_stride, double *vt,
    const blasint *vt_stride, double *work, const blasint *work_count, blasint *status, size_t, size_t);

// Eigenvalues of a square matrix, and on request eigenvectors.
void dgeev_(
    const char *left_vectors, const char *right_vectors, const blasint *order, double *matrix, const blasint *stride,
    double *real_parts, double *imaginary_parts, double *left, const blasint *left_stride, double *right,
    const blasint *right_stride, double *work, const blasint *work_count, blasint *status, size_t, size_t);

// The triangular factor of a matrix and the Householder vectors of its orthogonal one, and this as a matrix.
void dgeqrf_(
    const blasint *rows, const blasint *columns, double *matrix, const blasint *stride, double *scales, double *work,
    const blasint *work_count, blasint *status);
void dorgqr_(
    const blasint *rows, const blasint *columns, const blasint *vectors, double *matrix, const blasint *stride,
    const double *scales, double *work, const blasint *work_count, blasint *status);

// The solution of A·X = B, written over B; and the eigenvalues of a symmetric matrix, with eigenvectors on request.
void dgesv_(
    const blasint *order, const blasint *sides, double *matrix, const blasint *stride, blasint *pivots, double *b,
    const blasint *b_stride, blasint *status);
void dsyevd_(
    const char *vectors, const char *triangle, const blasint *order, double *matrix, const blasint *stride,
    double *values, double *work, const blasint *work_count, blasint *integers, const blasint *integer_count,
    blasint *status, size_t, size_t);

// The triangular factor of a positive definite matrix.
void dpotrf_(
    const char *triangle, const blasint *order, double *matrix, const blasint *stride, blasint *status, size_t);
