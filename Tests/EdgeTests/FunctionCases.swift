import Foundation
import Strata
import StrataTensor

/// A function of one number, and its allowed error in ulp.
private struct Function: Sendable {
  let name: String
  let ulps: Double
  let apply: @Sendable (Tensor) -> Tensor

  init(_ name: String, ulps: Double, _ apply: @escaping @Sendable (Tensor) -> Tensor) {
    (self.name, self.ulps, self.apply) = (name, ulps, apply)
  }
}

private let functions = [
  Function("exp", ulps: 2) { exp($0) }, Function("log", ulps: 2) { log($0) },
  Function("tanh", ulps: 2) { tanh($0) }, Function("sigmoid", ulps: 2) { sigmoid($0) },
  Function("silu", ulps: 4) { SiLU()($0) }, Function("softplus", ulps: 4) { Softplus()($0) },
  Function("elu", ulps: 4) { ELU()($0) }, Function("gelu", ulps: 5) { GELU()($0) },
]

/// Exponents at which the behavior of float32, float64 or a function changes.
private let bands = [
  -1074 ... -1023, -1022 ... -150, -149 ... -127, -126 ... -25, -24 ... -9, -8 ... -2, -1...0, 1...2, 3...4, 5...7,
  8...127, 128...1023,
]

/// Functions over every exponent, against mpmath.
let functionCases: [EdgeCase] = functions.flatMap { function in
  DType.precisions.flatMap { dtype in
    bands.flatMap { band in
      [FloatingPointSign.plus, .minus].compactMap { sign -> EdgeCase? in
        let all = EdgeReferences.numbers(function.name + ".x")
        let chosen = all.indices.filter { index in
          let x = all[index]
          return x.sign == sign && band.contains(Int(x.exponent)) && (dtype == .float64 || Double(Float(x)) == x)
        }
        if chosen.isEmpty { return nil }
        let name = "\(function.name), \(dtype), \(sign) 2^\(band.lowerBound) to 2^\(band.upperBound + 1)"
        return EdgeCase(name, .ulps(function.ulps, dtype)) {
          let y = EdgeReferences.numbers(function.name + ".y")
          let x = Tensor(chosen.map { all[$0] }).converted(to: dtype)
          return (function.apply(x).elements(), chosen.map { y[$0] })
        }
      }
    }
  }
}

/// At −∞, ∞ and NaN. −∞ · 0 is NaN, as in PyTorch.
let limitCases: [EdgeCase] = functions.flatMap { function in
  let limits: [String: (below: Double, above: Double)] = [
    "exp": (0, .infinity), "log": (.nan, .infinity), "tanh": (-1, 1), "sigmoid": (0, 1), "silu": (.nan, .infinity),
    "softplus": (0, .infinity), "elu": (-1, .infinity), "gelu": (.nan, .infinity),
  ]
  let (below, above) = limits[function.name]!
  return DType.precisions.flatMap { dtype in
    [(-Double.infinity, below), (.infinity, above), (.nan, .nan)].map { (x: Double, y: Double) in
      EdgeCase("\(function.name) of \(x), \(dtype)", .exact) {
        // Long enough for the vector loop and its remainder.
        let x = Tensor(repeating: x, shape: [37], dtype: dtype)
        return (function.apply(x).elements(), Array(repeating: y, count: 37))
      }
    }
  }
}

/// exp, tanh and sigmoid of float32 at every exponent, denormals included, with 64 mantissas each, and with 1024 for
/// every function where it is curved, against libm in double precision.
let denseCases: [EdgeCase] = functions.flatMap { function in
  let bends = (120..<134).map { ($0..<$0 + 1, 1_024) }
  let all = stride(from: 0, to: 255, by: 15).map { ($0..<$0 + 15, 64) }
  return (["exp", "tanh", "sigmoid"].contains(function.name) ? bends + all : bends).flatMap { exponents, mantissas in
    [FloatingPointSign.plus, .minus].filter { $0 == .plus || function.name != "log" }.map { sign in
      let (first, last) = (exponents.lowerBound - 127, exponents.upperBound - 127)
      let name = "\(function.name), float32, \(sign), \(mantissas) mantissas a power, 2^\(first) to 2^\(last)"
      return EdgeCase(name, .ulps(function.ulps, .float32)) {
        let x = exponents.flatMap { exponent in
          (0..<UInt32(mantissas)).map { step in
            // The golden section spreads them; 0 and the full mantissa are among them.
            let mantissa = step == 0 ? 0 : step == 1 ? 0x7F_FFFF : (step &* 0x9E37_79B1) >> 9
            return Float(sign: sign, exponentBitPattern: UInt(exponent), significandBitPattern: mantissa)
          }
        }
        return (function.apply(Tensor(x)).elements(), x.map { reference(function.name, Double($0)) })
      }
    }
  }
}

private func reference(_ name: String, _ x: Double) -> Double {
  switch name {
  case "exp": return Foundation.exp(x)
  case "log": return Foundation.log(x)
  case "tanh": return Foundation.tanh(x)
  case "silu": return x / (1 + Foundation.exp(-x))
  case "softplus": return max(x, 0) + log1p(Foundation.exp(-abs(x)))
  case "elu": return x > 0 ? x : expm1(x)
  case "gelu": return x / 2 * erfc(-x * 0.5.squareRoot())
  default:
    let e = Foundation.exp(-abs(x))
    return (x < 0 ? e : 1) / (1 + e)
  }
}
