import Foundation
import StrataTensor

/// The cosine and sine of the angles t · base^(−p/P) of every position t and each of P pairs, [positions, P].
struct AngleTable: Sendable {
  let positions: Int
  let cosines: Tensor
  let sines: Tensor

  private struct Key: Hashable {
    let base: Double
    let pairs: Int
    let dtype: DType
  }

  private static let tables = Lock<[Key: AngleTable]>([:])

  /// Returns a table of this many positions or more, which is kept for later calls.
  static func shared(base: Double, pairs: Int, _ dtype: DType, positions: Int) -> AngleTable {
    tables.withLock { tables in
      let key = Key(base: base, pairs: pairs, dtype: dtype)
      if let table = tables[key], table.positions >= positions { return table }
      let table = AngleTable(key, positions: max(positions, 2 * (tables[key]?.positions ?? 0)))
      tables[key] = table
      return table
    }
  }

  private init(_ key: Key, positions: Int) {
    self.positions = positions
    let places = Tensor((0..<positions).map(Double.init), shape: [positions, 1])
    let rates = Tensor((0..<key.pairs).map { pow(key.base, -Double($0) / Double(key.pairs)) }, shape: [1, key.pairs])
    let angles = places * rates
    (cosines, sines) = (cos(angles).converted(to: key.dtype), sin(angles).converted(to: key.dtype))
  }
}
