// sin, cos, pow and atan2 of floats, in double where float would lose digits, without a branch or a call, so that loops
// of them vectorise; the double versions are libm's. The coefficients are our own, minimax as those of FloatMath.h.
#pragma once
#include "FloatMath.h"

INLINE uint64_t to_bits(double x) { uint64_t i; memcpy(&i, &x, sizeof i); return i; }
INLINE double from_bits(uint64_t i) { double x; memcpy(&x, &i, sizeof x); return x; }

// Multiples of π/2 are taken from x in two parts, the first of 33 bits so that its products are exact; beyond, x is
// libm's. The comparison separates NaN and what is far.
INLINE int is_far(float x) { return __builtin_fabsf(x) >= 0x1p19f; }
INLINE int is_far(double x) { return 0; }

// The sine of x + quarters · π/2. Adding 1.5 · 2^52 rounds to an integer and leaves it in the low bits. What is left of x
// is a float with all its digits, and so is its series.
INLINE float sine_of_quarters(double x, uint32_t quarters) {
  const double shifted = x * 0x1.45f306dc9c883p-1 + 0x1.8p52, n = shifted - 0x1.8p52;
  const float r = (float)((x - n * 0x1.921fb544p0) - n * 0x1.0b4611a626331p-34), z = r * r;
  const float s = (0x1.110778p-7f + z * -0x1.995406p-13f) * z + -0x1.555546p-3f;
  const float c = (-0x1.6c0e3p-10f + z * 0x1.9a685ep-16f) * z + 0x1.55554ep-5f;
  // The sum would lose the sign of −0.
  const float sine = __builtin_copysignf(r + r * z * s, r), cosine = 1.0f + z * (-0.5f + z * c);
  const uint32_t quadrant = (uint32_t)to_bits(shifted) + quarters;
  return from_bits(to_bits(quadrant & 1 ? cosine : sine) ^ (quadrant & 2) << 30);
}
INLINE float sine(float x) { return sine_of_quarters(x, 0); }
INLINE float cosine(float x) { return sine_of_quarters(x, 1); }
INLINE float any_sine(float x) { return is_far(x) ? sinf(x) : sine(x); }
INLINE float any_cosine(float x) { return is_far(x) ? cosf(x) : cosine(x); }
INLINE double sine(double x) { return sin(x); }
INLINE double cosine(double x) { return cos(x); }
INLINE double any_sine(double x) { return sin(x); }
INLINE double any_cosine(double x) { return cos(x); }

// 2^(y log₂ x) of a finite y and a normal x above 0 that was raised by 2^more, with log₂(1 + f) / f within 2^-35; the
// terms from f⁷ on need no more than float.
INLINE float positive_power(float x, float more, float y) {
  float k;
  const float fraction = reduce_log(x, more, &k);
  float tail = 0x1.3ce8f2p-4f;
  tail = tail * fraction + -0x1.248908p-3f;
  tail = tail * fraction + 0x1.2871dcp-3f;
  tail = tail * fraction + -0x1.252f32p-3f;
  tail = tail * fraction + 0x1.45291ap-3f;
  tail = tail * fraction + -0x1.714172p-3f;
  tail = tail * fraction + 0x1.a63f44p-3f;
  const double f = fraction;
  double s = tail;
  s = s * f + -0x1.ec72b58d5343fp-3;
  s = s * f + 0x1.277651fc8cfc9p-2;
  s = s * f + -0x1.71547097bbb4ep-2;
  s = s * f + 0x1.ec709ebb91bf2p-2;
  s = s * f + -0x1.715476565d166p-1;
  s = s * f + 0x1.71547652a1ea2p0;
  double exponent = y * (k + s * f);
  exponent = exponent > 190 ? 190 : exponent;
  exponent = exponent < -190 ? -190 : exponent;
  const double shifted = exponent + 0x1.8p52;
  const float r = (float)(exponent - (shifted - 0x1.8p52));
  // (2^r − 1) / r within 2^-29 of 2^r; then 2^n in two factors, as in exponential_times.
  float e = 0x1.41fbb6p-13f;
  e = e * r + 0x1.5f3e54p-10f;
  e = e * r + 0x1.3b2d4cp-7f;
  e = e * r + 0x1.c6aee8p-5f;
  e = e * r + 0x1.ebfbdcp-3f;
  e = e * r + 0x1.62e43p-1f;
  e = e * r + 1;
  const int32_t n = (int32_t)(uint32_t)to_bits(shifted), is_large = n > 0;
  return e * from_bits((uint32_t)(n + (is_large ? 127 - 64 : 127 + 64)) << 23) * (is_large ? 0x1p64f : 0x1p-64f);
}
INLINE float positive_power(float x, float y) { return positive_power(x, 0, y); }

// The same with what IEEE 754 says of signs, zeros, infinities and NaN.
INLINE int is_special(float x, float y) {
  return is_not_normal(x) | ((to_bits(y) & 0x7fffffffu) >= 0x7f800000u);
}
INLINE float power(float x, float y) {
  const float a = __builtin_fabsf(x), half = 0.5f * y;
  const int is_whole = __builtin_elementwise_floor(y) == y, is_odd = is_whole && __builtin_elementwise_floor(half) != half;
  // Of 0 and ∞, and of an infinite y, the limit.
  const float limit = (a > 1 ? y > 0 : y < 0) ? INFINITY : 0;
  const int is_small = a < 0x1p-126f, has_limit = a == 0 || a == INFINITY || y == INFINITY || y == -INFINITY;
  const float positive = positive_power(is_small ? a * 0x1p23f : a, is_small ? 23.0f : 0.0f, y);
  const float finite = has_limit ? limit : positive;
  const float result = y == 0 || a == 1 ? 1 : a != a || y != y ? NAN : finite;
  return x < 0 && x > -INFINITY && !is_whole ? NAN : is_odd ? __builtin_copysignf(result, x) : result;
}
INLINE int is_special(double x, double y) { return 0; }
INLINE double positive_power(double x, double y) { return pow(x, y); }
INLINE double power(double x, double y) { return pow(x, y); }

// The angle of (|x|, |y|) from the nearer axis, q + q³ A(q²) within 2^-28 of atan q, and what the float nearest to π/2 or
// π lacks.
INLINE float arc_tangent(float y, float x) {
  const float a = __builtin_fabsf(x), b = __builtin_fabsf(y);
  const float larger = a > b ? a : b, smaller = a > b ? b : a;
  const float q = larger == 0 ? 0 : smaller == larger ? 1 : smaller / larger, z = q * q;
  float s = -0x1.d4984ap-10f;
  s = s * z + 0x1.64c1cep-7f;
  s = s * z + -0x1.fdfc1cp-6f;
  s = s * z + 0x1.da5ed4p-5f;
  s = s * z + -0x1.58155ep-4f;
  s = s * z + 0x1.c08f64p-4f;
  s = s * z + -0x1.2420b6p-3f;
  s = s * z + 0x1.9991e6p-3f;
  s = s * z + -0x1.55553ep-2f;
  const float angle = q + q * z * s, first = b > a ? 0x1.921fb6p0f - (angle + 0x1.777a5cp-25f) : angle;
  const float result = __builtin_signbit(x) ? 0x1.921fb6p1f - (first + 0x1.777a5cp-24f) : first;
  return x != x || y != y ? x + y : __builtin_copysignf(result, y);
}
INLINE double arc_tangent(double y, double x) { return atan2(y, x); }
