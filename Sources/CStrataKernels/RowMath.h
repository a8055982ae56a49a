// The largest element of a row, and the exponentials of its distances from it; read by the templates of softmax
// and its losses, once for each precision.

// A row is read LANES elements at a time, running over into the next row; only at the end of the matrix,
// when fewer are `left`, a pack is put together. ONLY then clears what is not among the row's next n.
INLINE const T *next_lanes(const T *x, ptrdiff_t left, T *padded) {
  if (left >= LANES) return x;
  for (ptrdiff_t l = 0; l < LANES; l++) padded[l] = l < left ? x[l] : 0;
  return padded;
}
#define ALL(V) ((T_LANES){0} + (V))
#define INDEX ((T_LANES){0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15})
#define ONLY(N, V, FILLER) SELECT(INDEX < ALL((T)(N)), V, ALL(FILLER))

INLINE T largest(ptrdiff_t n, ptrdiff_t left, const T *z) {
  T padded[LANES];
  T_LANES best = ALL(-INFINITY);
  for (ptrdiff_t c = 0; c < n; c += LANES) {
    const T_LANES v = ONLY(n - c, LOAD(next_lanes(z + c, left - c, padded)), -INFINITY);
    best = SELECT((v > best) | (v != v), v, best);
  }
  FOLD(best, SELECT((other > best) | (other != other), other, best));
  return best[0];
}

// Returns `rest`; writes exp(z - m) to e (which may be z) unless that is NULL. Where `capacity` allows, e
// is written in whole packs.
INLINE double exponentials(ptrdiff_t n, ptrdiff_t left, const T *z, T m, T *e, ptrdiff_t capacity) {
  double_lanes sum = {0};
  T_LANES ties = {0};
  for (ptrdiff_t c = 0; c < n; c += LANES) {
    T padded[LANES], power[LANES];
    const T *x = next_lanes(z + c, left - c, padded);
    FOR_EACH(l, LANES) power[l] = exponential(x[l] - m);
    const T_LANES tie = SELECT(LOAD(x) == ALL(m), ALL(1), ALL(0));
    sum += WIDEN(ONLY(n - c, LOAD(power) - tie, 0));
    ties += ONLY(n - c, tie, 0);
    if (e && capacity - c >= LANES) memcpy(e + c, power, sizeof power);
    else if (e) memcpy(e + c, power, (size_t)(capacity - c) * sizeof(T));
  }
  FOLD(sum, sum + other);
  FOLD(ties, ties + other);
  return sum[0] + (ties[0] - 1);
}
