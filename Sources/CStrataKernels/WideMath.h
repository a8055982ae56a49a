// sin, cos, pow and atan2 of floats, computed in double by series that are short because float needs few digits, and
// without a branch or a call, so that loops of them vectorise; the double versions are libm's.
#pragma once
#include "FloatMath.h"

INLINE uint64_t to_bits(double x) { uint64_t i; memcpy(&i, &x, sizeof i); return i; }
INLINE double from_bits(uint64_t i) { double x; memcpy(&x, &i, sizeof x); return x; }

// Multiples of π/2 are taken from x in two parts, the first of 33 bits so that its products are exact; beyond, x is
// libm's. The comparison separates NaN and what is far.
INLINE int is_far(float x) { return __builtin_fabsf(x) >= 0x1p19f; }
INLINE int is_far(double x) { return 0; }
INLINE float far_sine(float x) { return sinf(x); }
INLINE double far_sine(double x) { return sin(x); }
INLINE float far_cosine(float x) { return cosf(x); }
INLINE double far_cosine(double x) { return cos(x); }

// The sine of x + quarters · π/2. Adding 1.5 · 2^52 rounds to an integer and leaves it in the low bits.
INLINE float sine_of_quarters(double x, uint64_t quarters) {
  const double shifted = x * 0x1.45f306dc9c883p-1 + 0x1.8p52, n = shifted - 0x1.8p52;
  const double r = (x - n * 0x1.921fb544p0) - n * 0x1.0b4611a626331p-34, z = r * r;
  const double sine = r * (1 + z * (-1.0 / 6 + z * (1.0 / 120 + z * (-1.0 / 5040 + z * (1.0 / 362880)))));
  const double cosine =
    1 + z * (-1.0 / 2 + z * (1.0 / 24 + z * (-1.0 / 720 + z * (1.0 / 40320 + z * (-1.0 / 3628800)))));
  const uint64_t quadrant = to_bits(shifted) + quarters;
  const double magnitude = quadrant & 1 ? cosine : sine;
  return (float)from_bits(to_bits(magnitude) ^ (quadrant & 2) << 62);
}
INLINE float sine(float x) { return sine_of_quarters(x, 0); }
INLINE float cosine(float x) { return sine_of_quarters(x, 1); }
INLINE double sine(double x) { return sin(x); }
INLINE double cosine(double x) { return cos(x); }

// 2^(y log₂|x|), and what IEEE 754 says of signs, zeros and infinities.
INLINE float power(float x, float y) {
  const double a = __builtin_fabs((double)x);
  // a = 2^k m with m in [√½, √2), and log m by the series in s = (m − 1) / (m + 1).
  const uint64_t root_half = 0x3fe6a09e667f3bcd, offset = to_bits(a) - root_half;
  const double k = (double)(int32_t)(uint32_t)((int64_t)offset >> 52);
  const double m = from_bits((offset & 0xfffffffffffff) + root_half), s = (m - 1) / (m + 1), z = s * s;
  const double series = 1 + z * (1.0 / 3 + z * (1.0 / 5 + z * (1.0 / 7 + z * (1.0 / 9 + z * (1.0 / 11 + z * (1.0 / 13))))));
  const double finite = k + s * series * 0x1.71547652b82fep1;
  const double logarithm = a == 0 ? -INFINITY : a < INFINITY ? finite : a;
  double t = y * logarithm;
  t = t > 200 ? 200 : t;
  t = t < -200 ? -200 : t;
  const double shifted = t + 0x1.8p52, r = (t - (shifted - 0x1.8p52)) * 0x1.62e42fefa39efp-1;
  const double e = 1 + r * (1 + r * (1.0 / 2 + r * (1.0 / 6 + r * (1.0 / 24 + r * (1.0 / 120 + r * (1.0 / 720 +
    r * (1.0 / 5040)))))));
  const float magnitude = (float)(e * from_bits((to_bits(shifted) + 1023) << 52)), nan = t == t ? magnitude : (float)t;
  const float half = 0.5f * y;
  const int is_whole = __builtin_elementwise_floor(y) == y, is_odd = is_whole && __builtin_elementwise_floor(half) != half;
  const float positive = y == 0 || a == 1 ? (y == y ? 1 : y) : nan;
  const float result = x == 1 ? 1 : positive;
  return x < 0 && x > -INFINITY && !is_whole ? NAN : is_odd ? __builtin_copysignf(result, x) : result;
}
INLINE double power(double x, double y) { return pow(x, y); }

// The angle of (|x|, |y|) from the nearer axis, by the series of atan after a turn by π/8 where it is above that.
INLINE float arc_tangent(float y, float x) {
  const double a = __builtin_fabs((double)x), b = __builtin_fabs((double)y);
  const double larger = a > b ? a : b, smaller = a > b ? b : a;
  const double q = larger == 0 ? 0 : smaller == larger ? 1 : smaller / larger;
  const int turns = q > 0.41421356237309503;
  const double v = turns ? (q - 1) / (q + 1) : q, z = v * v;
  const double series = 1 + z * (-1.0 / 3 + z * (1.0 / 5 + z * (-1.0 / 7 + z * (1.0 / 9 + z * (-1.0 / 11 + z * (1.0 / 13
    + z * (-1.0 / 15 + z * (1.0 / 17 + z * (-1.0 / 19 + z * (1.0 / 21))))))))));
  const double angle = v * series + (turns ? M_PI_4 : 0), first = b > a ? M_PI_2 - angle : angle;
  const double result = __builtin_signbit(x) ? M_PI - first : first;
  return x != x || y != y ? x + y : __builtin_copysignf((float)result, y);
}
INLINE double arc_tangent(double y, double x) { return atan2(y, x); }
