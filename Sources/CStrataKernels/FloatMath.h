// exp, log, tanh and sigmoid of one float without a branch or a call, so that loops of them vectorise;
// the double versions are libm's, as are sines, cosines and powers in both precisions.
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
INLINE float power_of_two(int32_t n) { return from_bits((uint32_t)(n + 127) << 23); }

// x = n ln 2 + r with |r| <= ln 2 / 2; returns n and sets *p = e^r - 1. Adding 1.5 · 2^23 rounds to an
// integer and leaves it in the low bits, also for NaN, where a conversion would be undefined.
INLINE int32_t reduce_exp(float x, float *p) {
  const float shift = 0x1.8p23f;
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
  return (int32_t)(to_bits(shifted) - to_bits(shift));
}

// y e^x, where e^x alone may be too small to have all its digits.
INLINE float exponential_times(float x, float y) {
  // Beyond these the result is 0 or infinity; the comparisons let NaN through.
  x = x > 89.0f ? 89.0f : x;
  x = x < -120.0f ? -120.0f : x;
  float p;
  const int32_t n = reduce_exp(x, &p), half = n >> 1;
  // 2^n in two factors, each a normal number: the last product alone rounds, to a denormal or to infinity.
  return (y + y * p) * power_of_two(half) * power_of_two(n - half);
}

INLINE float exponential(float x) { return exponential_times(x, 1.0f); }

// e / (1 + e) with e = e^-|x|, which cannot overflow, or its complement. The quotient y is refined once
// to e (1 - y), since the rounding of 1 + e alone could cost it an ulp.
INLINE float sigmoid(float x) {
  const float e = exponential(x < 0 ? x : -x), quotient = e / (1.0f + e), y = e - e * quotient;
  return x < 0 ? y : 1.0f - y;
}

// y = e / (2 + e) with e = e^2|x| - 1, from e^r - 1 so that nothing cancels near zero; while y is small
// it is refined as above, to e/2 (1 - y).
INLINE float hyperbolic_tangent(float x) {
  const float a = __builtin_fabsf(x);
  float p;
  const int32_t n = reduce_exp(a > 10.0f ? 20.0f : 2.0f * a, &p);
  const float power = power_of_two(n), e = power * p + (power - 1.0f);
  const float quotient = e / (2.0f + e), half = 0.5f * e;
  return __builtin_copysignf(quotient < 0.5f ? half - half * quotient : quotient, x);
}

// log x = k ln 2 + log(1 + f) with 1 + f in [sqrt(1/2), sqrt(2)), by the series in s = f / (2 + f).
INLINE float logarithm(float x) {
  const float scaled = x < 0x1p-126f ? x * 0x1p23f : x;
  const uint32_t root_half = 0x3f3504f3, offset = to_bits(scaled) - root_half;
  const int32_t exponent = (int32_t)offset >> 23;
  const float k = (float)(x < 0x1p-126f ? exponent - 23 : exponent);
  const float f = from_bits((offset & 0x7fffff) + root_half) - 1.0f;
  const float s = f / (2.0f + f), z = s * s, square = 0.5f * f * f;
  // (log((1 + s) / (1 - s)) / s - 2) / s^2, within 1.2e-9 of the logarithm
  const float q = (0x1.31e23ep-2f * z + 0x1.995eccp-2f) * z + 0x1.55557ap-1f;
  const float y = k * 0x1.63p-1f - ((square - (s * (square + z * q) + k * -0x1.bd0106p-13f)) - f);
  return x > 0 ? (x < INFINITY ? y : x) : (x == 0 ? -INFINITY : NAN);
}

INLINE double exponential(double x) { return exp(x); }
INLINE double exponential_times(double x, double y) {
  return x < -512 ? y * exp(x + 512) * 0x1.44109edb20931p-739 /* e^-512 */ : y * exp(x);
}
INLINE double logarithm(double x) { return log(x); }
INLINE double hyperbolic_tangent(double x) { return tanh(x); }
INLINE double sigmoid(double x) {
  const double e = exp(x < 0 ? x : -x);
  return (x < 0 ? e : 1) / (1 + e);
}

INLINE float sine(float x) { return sinf(x); }
INLINE double sine(double x) { return sin(x); }
INLINE float cosine(float x) { return cosf(x); }
INLINE double cosine(double x) { return cos(x); }
INLINE float power(float x, float y) { return powf(x, y); }
INLINE double power(double x, double y) { return pow(x, y); }
