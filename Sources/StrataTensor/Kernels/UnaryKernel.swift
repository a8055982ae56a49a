/// A function of each element. Its raw value is the name in messages.
package enum UnaryKernel: String, Sendable {
  case exp, log, tanh, sigmoid, sin, cos, sqrt, rsqrt, abs, negate = "-", relu, round, sign, floor, ceil, expm1, log1p,
    erf
  case cube, isNaN
}
