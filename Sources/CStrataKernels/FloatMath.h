// exp, log, tanh and sigmoid of one float without a branch or a call, so that loops of them vectorise;
// the double versions are libm's.
//
// The method is Cody and Waite's (Software Manual for the Elementary Functions, 1980) and, for log,
// fdlibm's. The coefficients are our own: minimax by Remez exchange in 40 digits, rounded to float one
// by one, lowest order first, with the later ones fitted again each time. An element's bits do not
// depend on whether it falls in a loop's vector body or its tail: contraction to fused multiply-adds
// happens within an expression, before the loop is vectorised.
#pragma once
#include <math.h>
#include <stdint.h>
#include <string.h>

INLINE float from_bits(uint32_t i) { float x; memcpy(&x, &i, sizeof x); return x; }
INLINE uint32_t to_bits(float x) { uint32_t i; memcpy(&i, &x, sizeof i); return i; }

// x = n ln 2 + r with |r| <= ln 2 / 2; returns 2^(n + more) and sets *p = e^r - 1. Adding 1.5 · 2^23 rounds to an
// integer and, with 127 + more besides, leaves the exponent field of that power in the low bits, also for NaN, where
// a conversion would be undefined.
INLINE float reduce_exp(float x, float more, float *p) {
  const float shift = 0x1.8p23f + 127.0f + more;
  const float shifted = x * 0x1.715476p0f + shift, n = shifted - shift;
  // ln 2 in two parts: n times the first is exact, also where there is no fused multiply-add.
  const float r = (x - n * 0x1.63p-1f) - n * -0x1.bd0106p-13f;
  // (e^r - 1 - r) / r^2, within 3.4e-9 of e^r - 1
  float q = 0x1.3b83acp-13f;
  q = q * r + 0x1.6d2e5p-10f;
  q = q * r + 0x1.1155aap-7f;
  q = q * r + 0x1.555502p-5f;
  q = q * r + 0x1.55552cp-3f;
  q = q * r + 0.5f;
  *p = r * r * q + r;
  return from_bits(to_bits(shifted) << 23);
}

// y e^x, where e^x alone may be too small to have all its digits.
INLINE float exponential_times(float x, float y) {
  // Beyond these the result is 0 or infinity; the comparisons let NaN through.
  x = x > 89.0f ? 89.0f : x;
  x = x < -120.0f ? -120.0f : x;
  // 2^n in two factors, each a normal number: the last product alone rounds, to a denormal or to infinity.
  float p;
  const float power = reduce_exp(x, x > 0 ? -64.0f : 64.0f, &p);
  return (y + y * p) * power * (x > 0 ? 0x1p64f : 0x1p-64f);
}

INLINE float exponential(float x) { return exponential_times(x, 1.0f); }

// e^x for x <= 0, in fewer operations.
INLINE float exponential_of_negative(float x) {
  float p;
  const float power = reduce_exp(x < -120.0f ? -120.0f : x, 64.0f, &p);
  return (power * p + power) * 0x1p-64f;
}

// e / (1 + e) with e = e^-|x|, which cannot overflow, or its complement. The quotient y is refined once
// to e (1 - y), since the rounding of 1 + e alone could cost it an ulp.
INLINE float sigmoid(float x) {
  const float e = exponential_of_negative(-__builtin_fabsf(x)), quotient = e / (1.0f + e), y = e - e * quotient;
  return x < 0 ? y : 1.0f - y;
}

// h / (1 + h) with h = (e^2|x| - 1) / 2, from e^r - 1 so that nothing cancels near zero; while the quotient y is
// small it is refined as above, to h (1 - y).
INLINE float hyperbolic_tangent(float x) {
  const float a = __builtin_fabsf(x);
  float p;
  const float half = reduce_exp(2.0f * (a > 10.0f ? 10.0f : a), -1.0f, &p), h = half * p + (half - 0.5f);
  const float quotient = h / (1.0f + h);
  return __builtin_copysignf(quotient < 0.5f ? h - h * quotient : quotient, x);
}

// Of a normal x = 2^k (1 + f) with 1 + f in [sqrt(1/2), sqrt(2)): f, and k less `more`, by which x was raised.
INLINE float reduce_log(float x, float more, float *k) {
  const uint32_t root_half = 0x3f3504f3, offset = to_bits(x) - root_half;
  *k = (float)((int32_t)offset >> 23) - more;
  return from_bits((offset & 0x7fffff) + root_half) - 1.0f;
}

// log x = k ln 2 + log(1 + f), and log(1 + f) = f - f^2/2 + f^3 q(f). A division would take longer than q.
INLINE float logarithm_of_normal(float x, float more) {
  float k;
  const float f = reduce_log(x, more, &k);
  // within 5.6e-9 of the logarithm
  float q = -0x1.38c2a6p-4f;
  q = q * f + 0x1.055ce8p-3f;
  q = q * f + -0x1.0d82a4p-3f;
  q = q * f + 0x1.22d96ep-3f;
  q = q * f + -0x1.547288p-3f;
  q = q * f + 0x1.99a01ap-3f;
  q = q * f + -0x1.000226p-2f;
  q = q * f + 0x1.555554p-2f;
  const float square = f * f;
  return k * 0x1.63p-1f - ((0.5f * square - (f * square * q + k * -0x1.bd0106p-13f)) - f);
}
INLINE float logarithm_of_normal(float x) { return logarithm_of_normal(x, 0); }
INLINE float logarithm(float x) {
  const int is_small = x < 0x1p-126f;
  const float y = logarithm_of_normal(is_small ? x * 0x1p23f : x, is_small ? 23.0f : 0.0f);
  return x > 0 ? (x < INFINITY ? y : x) : (x == 0 ? -INFINITY : NAN);
}
// One comparison of bits, where the compiler makes five of two of numbers.
INLINE int is_not_normal(float x) { return to_bits(x) - 0x800000u >= 0x7f000000u; }

INLINE double exponential(double x) { return exp(x); }
INLINE double exponential_of_negative(double x) { return exp(x); }
INLINE double exponential_times(double x, double y) {
  return x < -512 ? y * exp(x + 512) * 0x1.44109edb20931p-739 /* e^-512 */ : y * exp(x);
}
INLINE double logarithm(double x) { return log(x); }
INLINE double logarithm_of_normal(double x) { return log(x); }
INLINE int is_not_normal(double x) { return 0; }
INLINE double hyperbolic_tangent(double x) { return tanh(x); }
INLINE double sigmoid(double x) {
  const double e = exp(x < 0 ? x : -x);
  return (x < 0 ? e : 1) / (1 + e);
}
