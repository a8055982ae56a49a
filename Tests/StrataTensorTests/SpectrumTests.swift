import Foundation
import StrataTensor
import Testing

@Suite(.seeded) struct SpectrumTests {
  /// Returns whether numbers agree to 14 digits of the largest, as expected of a backward stable algorithm.
  private func agree(_ values: [Double], _ expected: [Double]) -> Bool {
    let scale = expected.map(abs).max() ?? 1
    return values.count == expected.count && zip(values, expected).allSatisfy { abs($0 - $1) <= 1e-14 * scale }
  }

  /// Irregular elements between -1 and 1, the same in NumPy.
  private func scattered(_ rows: Int, _ columns: Int) -> Tensor {
    Tensor(
      (0..<rows * columns).map { place -> Double in Double(place * place % 101) / 50 - 1 }, shape: [rows, columns])
  }

  @Test func `singular values known in closed form`() {
    // AᵀA = [[25, 20], [20, 25]] has eigenvalues 45 and 5.
    let a = Tensor([3, 0, 4, 5] as [Double], shape: [2, 2])
    #expect(agree(a.singularValues, [sqrt(45), sqrt(5)]))
    let diagonal = Tensor([0, -3, 0, 0, 0.5, 0] as [Double], shape: [3, 2])
    #expect(agree(diagonal.singularValues, [3, 0.5]))
    // A product of a column and a row has one: the product of their lengths, 3 and 5.
    let outer = matmul(Tensor([1, 2, 2] as [Float], shape: [3, 1]), Tensor([3, 4] as [Float], shape: [1, 2]))
    #expect(agree(outer.singularValues, [15, 0]))
  }

  @Test func `singular values are NumPy's`() {
    let elements = (0..<25).map { place -> Double in
      let (row, column) = (place / 5, place % 5)
      return 1 / Double(row + column + 1)
    }
    let hilbert = Tensor(elements, shape: [5, 5])
    let expected = [
      1.567050691098231, 0.2085342186110134, 0.011407491623419804, 0.00030589804015118606, 3.287928772171693e-06,
    ]
    #expect(agree(hilbert.singularValues, expected))
    let wide: Tensor = [[2, -1, 0, 3, 1], [1, 4, -2, 0, 5], [0, 1, 1, -3, 2]]
    #expect(agree(wide.singularValues, [7.078431260411755, 4.66161611210038, 2.0408689607693584]))
    #expect(agree(wide.transposed.tensor.singularValues, wide.singularValues))
    let values = scattered(33, 17).singularValues
    #expect(agree([values[0], values[8], values[16]], [6.949218227601663, 2.6073866831665313, 0.3242409966147453]))
  }

  @Test func `the squares of the singular values sum to that of the elements, and they descend`() {
    let a = Tensor(normal: [120, 75], dtype: .float64)
    let values = a.singularValues
    #expect(abs(values.reduce(0) { $0 + $1 * $1 } / a.sumOfSquares - 1) < 1e-13)
    #expect(values == values.sorted(by: >))
    #expect(a.spectralNorm == values[0])
  }

  @Test func `a spectral radius known in closed form`() {
    // A quarter turn with stretch 2 has the eigenvalues ±2i.
    #expect(abs(([[0, -2], [2, 0]] as Tensor).spectralRadius - 2) < 1e-14)
    // Eigenvalues 0.5 and 0.25 on the diagonal: vectors grow at first and vanish in the end.
    let triangular: Tensor = [[0.5, 8], [0, 0.25]]
    #expect(triangular.spectralRadius == 0.5)
    #expect(abs(triangular.spectralNorm - 8.01949231839258) < 1e-13)
    let symmetric: Tensor = [[1, -2], [-2, -3]]
    #expect(abs(symmetric.spectralRadius - symmetric.spectralNorm) < 1e-14)
  }

  @Test func `spectral radii are NumPy's`() {
    let a: Tensor = [[1, 2, 3, 4], [-2, 1, 0, 5], [3, -1, 2, -2], [0, 4, -3, 1]]
    #expect(abs(a.spectralRadius - 5.378764792293458) < 1e-13)
    #expect(abs(scattered(24, 24).spectralRadius - 2.923494505611479) < 1e-13)
  }

  @Test func `matrices of one element, and of none`() {
    #expect(([[-3]] as Tensor).singularValues == [3])
    #expect(([[-3]] as Tensor).spectralRadius == 3)
    #expect(([[0]] as Tensor).spectralNorm == 0)
    #expect(Tensor(zeros: [0, 4]).singularValues == [])
    #expect(Tensor(zeros: [4, 0]).spectralNorm == 0)
    #expect(Tensor(zeros: [0, 0]).spectralRadius == 0)
    #expect(agree(([[3, 4]] as Tensor).singularValues, [5]))
  }

  @Test(arguments: [Double.nan, .infinity, -.infinity])
  func `an element that is not finite makes all of it NaN`(_ element: Double) {
    let a = Tensor([1, 2, element, 4, 5, 6] as [Double], shape: [2, 3])
    #expect(a.singularValues.count == 2 && a.singularValues.allSatisfy(\.isNaN))
    #expect(a.spectralNorm.isNaN)
    #expect(Tensor([1, 2, element, 4] as [Double], shape: [2, 2]).spectralRadius.isNaN)
  }

  @Test func `the largest and smallest numbers neither overflow nor vanish`() {
    for scale in [1e300, 1e-300] {
      let a = Tensor([3 * scale, 0, 4 * scale, 5 * scale] as [Double], shape: [2, 2])
      #expect(agree(a.singularValues, [sqrt(45) * scale, sqrt(5) * scale]))
      let turn = Tensor([0, -scale, scale, 0] as [Double], shape: [2, 2])
      #expect(abs(turn.spectralRadius / scale - 1) < 1e-14)
    }
    // The squares of these overflow float32.
    let a: Tensor = [[3e30, 0], [4e30, 5e30]]
    #expect(abs(a.spectralNorm / (sqrt(45) * 1e30) - 1) < 1e-7)
  }

  @Test func `the matrix stays as it is`() {
    let a = Tensor(normal: [50, 50])
    let before = a.copied()
    _ = (a.singularValues, a.spectralRadius)
    #expect(a.isIdentical(to: before))
  }
}
