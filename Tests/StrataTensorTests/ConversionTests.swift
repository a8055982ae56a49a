import StrataTensor
import Testing

@Suite(.seeded) struct ConversionTests {
  @Test func `doubles round to the nearest float`() {
    let x = Tensor([0.1, 1e-46, 1e39, -.infinity, .nan] as [Double]).converted(to: .float32)
    let elements: [Float] = x.elements()
    #expect(x.dtype == .float32)
    #expect(elements.dropLast() == [0.1, 0, .infinity, -.infinity])
    #expect(elements[4].isNaN)
  }

  @Test func `floats become doubles exactly`() {
    #expect(Tensor([0.1] as [Float]).converted(to: .float64).item == 0.100000001490116119384765625)
  }

  @Test func `integers are cut toward zero`() {
    let x = Tensor([1.9, -1.9, 2_147_483_647.9, -2_147_483_648.9] as [Double])
    #expect(x.converted(to: .int32).elements() == [1, -1, .max, .min] as [Int32])
    #expect(Tensor(repeating: -2.7, shape: [], dtype: .int32).item == -2)
  }

  @Test(arguments: DType.allCases, DType.allCases)
  func `small integers survive every conversion`(from: DType, to: DType) {
    let x = Tensor([[0, 1], [-3, 16_777_216]], dtype: from)
    let y = x.converted(to: to)
    #expect(y.dtype == to)
    #expect(y.shape == x.shape)
    #expect(y.converted(to: from) == x)
  }

  @Test(arguments: DType.allCases, DType.allCases)
  func `a large tensor is converted block by block`(from: DType, to: DType) {
    let x = (1e6 * randomTensor([70_001], .float64)).converted(to: from)
    let expected = doubles(x).map { to == .int32 ? $0.rounded(.towardZero) : rounded($0, to: to) }
    #expect(doubles(x.converted(to: to)) == expected)
    #expect(isSameOnAllWorkers { x.converted(to: to) })
  }

  @Test func `the largest numbers that int32 holds are converted from both types`() {
    #expect(
      Tensor([-0x1p31, 2_147_483_520] as [Float]).converted(to: .int32).elements(as: Int.self) == [
        -0x8000_0000, 2_147_483_520,
      ])
  }

  @Test func `converting to the same type copies nothing`() {
    let x = Tensor(ones: [3])
    #expect(address(of: x.converted(to: .float32)) == address(of: x))
  }

  @Test func `item reads the only element`() {
    #expect(Tensor([[2.5]], dtype: .float64).item == 2.5)
    #expect(Tensor(7, dtype: .int32).item == 7)
    #expect(([0.25] as Tensor).item == 0.25)
  }

  @Test func `elements are given in any type`() {
    let x: Tensor = [[1, -2], [3, 4]]
    #expect(x.elements(as: Float.self) == [1, -2, 3, 4])
    #expect(x.elements(as: Double.self) == [1, -2, 3, 4])
    #expect(x.elements(as: Int32.self) == [1, -2, 3, 4])
    #expect(x.elements(as: Int.self) == [1, -2, 3, 4] && Tensor([2.9]).elements(as: Int.self) == [2])
  }

  @Test func `equality looks at shape, type and numbers`() {
    let x: Tensor = [1, 2]
    #expect(x == [1, 2])
    #expect(x != [1, 3])
    #expect(x != [[1, 2]])
    #expect(x != Tensor([1, 2], dtype: .float64))
    #expect(Tensor([1, 2], dtype: .int32) == Tensor(labels: [1, 2]))
  }

  @Test func `equality follows IEEE and identity the bits`() {
    let nan = Tensor([.nan] as [Float])
    #expect(nan != nan)
    #expect(nan.isIdentical(to: nan.copied()))
    let (zero, negativeZero) = (Tensor([0.0] as [Float]), Tensor([-0.0] as [Float]))
    #expect(zero == negativeZero)
    #expect(!zero.isIdentical(to: negativeZero))
    #expect(!zero.isIdentical(to: Tensor([[0]])))
    #expect(!zero.isIdentical(to: Tensor([0], dtype: .int32)))
  }
}
