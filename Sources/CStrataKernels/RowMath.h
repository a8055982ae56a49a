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

// As many packs go side by side through a long row, where one alone would wait for each of its steps.
#define PACKS 4

#define LARGER(BEST, V) SELECT((V > BEST) | (V != V), V, BEST)

// The largest element, or NaN where there is one.
INLINE T largest(ptrdiff_t n, ptrdiff_t left, const T *z) {
  T_LANES best[PACKS];
  for (int k = 0; k < PACKS; k++) best[k] = ALL(-INFINITY);
  ptrdiff_t c = 0;
  for (; c + PACKS * LANES <= n; c += PACKS * LANES)
    for (int k = 0; k < PACKS; k++) {
      const T_LANES v = LOAD(z + c + k * LANES);
      best[k] = LARGER(best[k], v);
    }
  for (; c < n; c += LANES) {
    T padded[LANES];
    const T_LANES v = ONLY(n - c, LOAD(next_lanes(z + c, left - c, padded)), -INFINITY);
    best[0] = LARGER(best[0], v);
  }
  for (int k = 1; k < PACKS; k++) best[0] = LARGER(best[0], best[k]);
  FOLD(best[0], LARGER(best[0], other));
  return best[0][0];
}

// Returns `rest`; writes exp(z - m) to e (which may be z) unless that is NULL. Where `capacity` allows, e
// is written in whole packs.
INLINE double exponentials(ptrdiff_t n, ptrdiff_t left, const T *z, T m, T *e, ptrdiff_t capacity) {
  double_lanes sum = {0};
  T_LANES ties = {0};
  ptrdiff_t c = 0;
  for (; c + PACKS * LANES <= n; c += PACKS * LANES) {
    T power[PACKS * LANES];
    T_LANES others[PACKS];
    FOUR_SIDE_BY_SIDE for (ptrdiff_t l = 0; l < PACKS * LANES; l++) power[l] = exponential_of_negative(z[c + l] - m);
    for (int k = 0; k < PACKS; k++) {
      const T_LANES tie = SELECT(LOAD(z + c + k * LANES) == ALL(m), ALL(1), ALL(0));
      others[k] = LOAD(power + k * LANES) - tie;
      ties += tie;
    }
    sum += WIDEN((others[0] + others[1]) + (others[2] + others[3]));
    if (e) memcpy(e + c, power, sizeof power);
  }
  for (; c < n; c += LANES) {
    T padded[LANES], power[LANES];
    const T *x = next_lanes(z + c, left - c, padded);
    FOR_EACH(l, LANES) power[l] = exponential_of_negative(x[l] - m);
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
