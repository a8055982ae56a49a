import StrataLayers
import StrataTensor

extension LayerProbe {
  /// ``LayerCheck/notANumber``
  ///
  /// An output depends on an element if a small or large change of the element changes it.
  func checkNotANumber() throws -> String {
    let (places, calls) = try probed()
    var reached = 0
    for dtype in [DType.float32, .float64] {
      try withPrecision(dtype, contents.boxes) {
        let x = x.converted(to: dtype)
        func output(_ number: Double, at place: Int) -> Tensor {
          calls.replayed { layer.forward(x.replacing(place, by: number)).0 }
        }
        for place in places {
          let found = output(.nan, at: place)
          let values = found.elements(as: Double.self)
          let finite = values.indices.filter { !values[$0].isNaN }
          reached += values.count - finite.count
          if finite.isEmpty { continue }
          let number = x.elements(as: Double.self)[place]
          let base = output(number, at: place).elements(as: Double.self)
          for moved in [number + 0.01, number + 10, number - 10] {
            let other = output(moved, at: place).elements(as: Double.self)
            guard let index = finite.first(where: { base[$0] != other[$0] }) else { continue }
            throw ConformanceFault(
              expected: "NaN", found: "\(values[index])",
              place: "output \(found.shape.place(of: index)) for NaN at input \(shape.place(of: place)), \(dtype)",
              cause: "a comparison, a maximum or a clamp swallows NaN: every comparison with it is false")
          }
        }
      }
    }
    return "\(places.count) elements of the input, \(reached) outputs"
  }

  /// ``LayerCheck/infinity``
  ///
  /// The limit is that of large numbers, in double precision. An output may also be NaN, where the arithmetic meets
  /// ∞ − ∞ or 0 · ∞, but not another number or an infinity of the opposite sign.
  func checkInfinity() throws -> String {
    let (places, calls) = try probed()
    var (limits, undefined) = (0, 0)
    for place in places {
      for sign in [1.0, -1] {
        let tail = inDoublePrecision(x) { x in
          [1e6, 1e9].map { large in
            calls.replayed { layer.forward(x.replacing(place, by: sign * large)).0.elements(as: Double.self) }
          }
        }
        for dtype in [DType.float32, .float64] {
          let found = withPrecision(dtype, contents.boxes) {
            calls.replayed { layer.forward(x.converted(to: dtype).replacing(place, by: sign * .infinity)).0 }
          }
          for (index, value) in found.elements(as: Double.self).enumerated() {
            guard let limit = limit(tail[0][index], tail[1][index]) else { continue }
            if value.isNaN { undefined += 1 } else { limits += 1 }
            try demandLimit(
              value, limit,
              at: "output \(found.shape.place(of: index)) for \(sign * .infinity) at input "
                + "\(shape.place(of: place)), \(dtype)")
          }
        }
      }
    }
    return "\(limits) outputs at their limit, \(undefined) NaN"
  }

  /// Returns the elements of the input to try, and the random keys of a forward.
  private func probed() throws -> (places: [Int], calls: RandomCalls) {
    guard x.dtype.isFloatingPoint else { throw Checklist.Skip("the input is indices") }
    guard x.count > 0 else { throw Checklist.Skip("the input is empty") }
    return (probedPlaces(of: x), layer.callsOfForward(at: x))
  }
}
