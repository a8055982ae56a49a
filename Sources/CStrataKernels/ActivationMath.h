// e^x − 1, log(1 + e) and the normal distribution function of one float, in the manner of FloatMath.h, whose
// parts they are made of; the double versions are libm's.
#pragma once
#include "FloatMath.h"

// e^x − 1 for x <= 0 from e^r − 1, so that nothing cancels near zero; above zero, that of 0.
INLINE float exponential_minus_1(float x) {
  x = x > 0 ? 0 : x;
  float p;
  const float power = reduce_exp(x < -20.0f ? -20.0f : x, 0, &p);
  return power * p + (power - 1.0f);
}

// log(1 + e) for e in [0, 1]: the logarithm of the rounded sum, and what rounding took from it.
INLINE float logarithm_of_1_plus(float e) {
  const float sum = 1.0f + e;
  return logarithm(sum) + (e - (sum - 1.0f)) / sum;
}

// y Φ(x) with Φ(x) = erfc(−x/√2) / 2 and, in *density, φ(x) = e^(−x²/2) / √(2π), within 5 ulp also far out in the
// tails, where Φ alone may be too small to have all its digits:
// Φ(−a) = e^(−a²/2) P(q) / (a + 3.5) with q = (a − 1) / (a + 3.5), a form like that of Shepherd and
// Laframboise (Chebyshev Approximation of (1 + 2x) exp(x²) erfc x in 0 <= x < ∞, 1981). P is our own, minimax
// within 7e-9 for a <= 14.4, where Φ ends in float, by Remez exchange in 40 digits and rounded to float.
INLINE float normal_distribution(float x, float y, float *density) {
  const float magnitude = __builtin_fabsf(x), a = magnitude > 15.0f ? 15.0f : magnitude;
  // What rounding takes from a², by Dekker's split into halves whose products are exact: it is to e^(−a²/2)
  // as much as 60 ulp.
  const float square = a * a, high = from_bits(to_bits(a) & 0xfffff000), low = a - high;
  const float lost = ((high * high - square) + 2.0f * high * low) + low * low;
  const float exponent = -0.5f * square, power = exponential_of_negative(exponent);
  const float sum = a + 3.5f, t = 1.0f / sum, q = (a - 1.0f) * t;
  float s = 0x1.84470ep-8f;
  s = s * q + -0x1.2a7532p-8f;
  s = s * q + -0x1.9b3f60p-6f;
  s = s * q + 0x1.73e9c2p-7f;
  s = s * q + 0x1.9fd74ap-4f;
  s = s * q + -0x1.ed52cep-5f;
  s = s * q + -0x1.e75100p-2f;
  s = s * q + 0x1.45fc00p0f;
  s = s * q + -0x1.9ac1b8p0f;
  s = s * q + 0x1.2d5694p0f;
  *density = 0x1.988454p-2f * (power - 0.5f * lost * power);
  // And what it takes from the sum.
  const float share = s / sum, tail = share - (0.5f * lost + (a - (sum - 3.5f)) * t) * share;
  return x < 0 ? exponential_times(exponent, y * tail) : y * (1.0f - tail * power);
}

INLINE double exponential_minus_1(double x) { return expm1(x); }
INLINE double logarithm_of_1_plus(double e) { return log1p(e); }
INLINE double normal_distribution(double x, double y, double *density) {
  const double power = exp(-0.5 * x * x), z = -x * M_SQRT1_2;
  *density = power * 0x1.9884533d43651p-2;
  // What rounding takes from −x/√2, times the slope of erfc: in the tail it is as much as x² ulp.
  const double lost = isinf(x) ? 0 : fma(-x, M_SQRT1_2, -z) + -x * -0x1.bdd3413b26456p-55;
  return 0.5 * y * (erfc(z) - M_2_SQRTPI * power * lost);
}

// e^x − 1 for any x: twice 2^(n − 1) (e^r − 1) + (2^(n − 1) − 1/2).
INLINE float exponential_minus_one(float x) {
  float p;
  const float half = reduce_exp(x < -20.0f ? -20.0f : x > 89.0f ? 89.0f : x, -1.0f, &p);
  return x == 0 ? x : 2.0f * (half * p + (half - 0.5f));
}

// log(1 + x) for any x, as logarithm_of_1_plus; at −1, 0 and infinity what rounding took from the sum is no number.
INLINE float logarithm_plus_one(float x) {
  return x > -1.0f && x < INFINITY ? (x == 0 ? x : logarithm_of_1_plus(x)) : logarithm(1.0f + x);
}

// erf x = 1 − e^(−a q(a)) with a = |x|, q within 5e-8 as far as erf can tell, and 1 from 4 on.
INLINE float error_function(float x) {
  const float magnitude = __builtin_fabsf(x), a = magnitude > 4.0f ? 4.0f : magnitude;
  float q = 0x1.379072p-15f;
  q = q * a + -0x1.762b32p-12f;
  q = q * a + 0x1.37ef1cp-10f;
  q = q * a + 0x1.267312p-12f;
  q = q * a + -0x1.3d4cep-6f;
  q = q * a + 0x1.a52d8p-4f;
  q = q * a + 0x1.45f27p-1f;
  q = q * a + 0x1.20dd76p0f;
  float p;
  const float power = reduce_exp(-a * q, 0, &p);
  return __builtin_copysignf((1.0f - power) - power * p, x);
}

INLINE double exponential_minus_one(double x) { return expm1(x); }
INLINE double logarithm_plus_one(double x) { return log1p(x); }
INLINE double error_function(double x) { return erf(x); }
