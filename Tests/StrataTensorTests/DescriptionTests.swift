import StrataTensor
import Testing

/// The description of tensors, compared with NumPy 2.4 for the same array:
/// `np.array2string(a, separator=", ", max_line_width=10**6)`.
@Suite(.seeded) struct DescriptionTests {
  @Test func `floats keep their point`() {
    #expect("\([[1, 2], [3, 4]] as Tensor)" == "[[1., 2.],\n [3., 4.]]")
    #expect("\([0] as Tensor)" == "[0.]")
    #expect("\([-0.0, 0] as Tensor)" == "[-0.,  0.]")
  }

  @Test func `columns are aligned at the point`() {
    #expect("\([1.5, -2, 0.25] as Tensor)" == "[ 1.5 , -2.  ,  0.25]")
    #expect("\([1.1, 22.22, 333.333] as Tensor)" == "[  1.1  ,  22.22 , 333.333]")
  }

  @Test func `each type shows the digits that tell its numbers apart`() {
    #expect("\([0.1, 0.2, 0.3] as Tensor)" == "[0.1, 0.2, 0.3]")
    #expect("\(Tensor([0.1, 0.2, 0.3] as [Double]))" == "[0.1, 0.2, 0.3]")
    #expect("\(Tensor([1 / 3, 2 / 3] as [Float]))" == "[0.33333334, 0.6666667 ]")
    #expect("\(Tensor([1 / 3, 2 / 3] as [Double]))" == "[0.33333333, 0.66666667]")
    #expect("\(Tensor([12_345_678.5] as [Double]))" == "[12345678.5]")
    #expect("\(Tensor([0.333333333333, 1e-3] as [Double]))" == "[0.33333333, 0.001     ]")
  }

  @Test func `very different numbers are written with exponents`() {
    #expect("\([1e-5, 1, 100] as Tensor)" == "[1.e-05, 1.e+00, 1.e+02]")
    #expect("\([1e8, 1] as Tensor)" == "[1.e+08, 1.e+00]")
    #expect("\([123_456, 0.001] as Tensor)" == "[1.23456e+05, 1.00000e-03]")
    #expect("\([1_001, 1] as Tensor)" == "[1.001e+03, 1.000e+00]")
    #expect("\(Tensor([-1.5e-7, 2.25e-7] as [Double]))" == "[-1.50e-07,  2.25e-07]")
    #expect("\(Tensor([1e300] as [Double]))" == "[1.e+300]")
    #expect("\(Tensor([1e-100, 1] as [Double]))" == "[1.e-100, 1.e+000]")
    #expect("\(Tensor([.leastNonzeroMagnitude] as [Float]))" == "[1.e-45]")
    #expect("\(Tensor([.greatestFiniteMagnitude] as [Float]))" == "[3.4028235e+38]")
  }

  @Test func `non finite numbers are named`() {
    #expect("\(Tensor([.nan, .infinity, -.infinity, 1] as [Float]))" == "[ nan,  inf, -inf,   1.]")
    #expect("\(Tensor([.nan, 1e10] as [Float]))" == "[   nan, 1.e+10]")
  }

  @Test func `integers have no point`() {
    #expect("\(Tensor([1, -20, 300], dtype: .int32))" == "[  1, -20, 300]")
    #expect("\(Tensor([.min, .max] as [Int32]))" == "[-2147483648,  2147483647]")
  }

  @Test func `a scalar has no brackets`() {
    #expect("\(Tensor(3.5))" == "3.5")
    #expect("\(Tensor(7, dtype: .int32))" == "7")
  }

  @Test func `more axes nest their brackets`() {
    let x: Tensor = [[[1, 2], [3, 4]], [[5, 6], [7, 8]]]
    #expect("\(x)" == "[[[1., 2.],\n  [3., 4.]],\n\n [[5., 6.],\n  [7., 8.]]]")
  }

  @Test func `up to a thousand elements are all shown`() {
    let text = "\(Tensor((0..<1_000).map { Float($0) }))"
    #expect(text.hasPrefix("[  0.,   1., ") && text.hasSuffix("999.]"))
    #expect(!text.contains("..."))
  }

  @Test func `long axes are cut in the middle`() {
    #expect(
      "\(Tensor((0...1_000).map(Float.init)))" == "[   0.,    1.,    2., ...,  998.,  999., 1000.]")
    let block = Tensor((0..<3_000).map(Int32.init), shape: [10, 300])
    #expect(
      "\(block)" == """
        [[   0,    1,    2, ...,  297,  298,  299],
         [ 300,  301,  302, ...,  597,  598,  599],
         [ 600,  601,  602, ...,  897,  898,  899],
         ...,
         [2100, 2101, 2102, ..., 2397, 2398, 2399],
         [2400, 2401, 2402, ..., 2697, 2698, 2699],
         [2700, 2701, 2702, ..., 2997, 2998, 2999]]
        """)
  }

  @Test func `a cut of three axes keeps its blank lines`() {
    #expect(
      "\(Tensor((0..<2_004).map(Int32.init), shape: [2, 2, 501]))" == """
        [[[   0,    1,    2, ...,  498,  499,  500],
          [ 501,  502,  503, ...,  999, 1000, 1001]],

         [[1002, 1003, 1004, ..., 1500, 1501, 1502],
          [1503, 1504, 1505, ..., 2001, 2002, 2003]]]
        """)
  }

  @Test func `an empty tensor says its shape and type`() {
    #expect("\(Tensor(zeros: [0, 3]))" == "[] (shape [0, 3], float32)")
    #expect("\(Tensor(zeros: [0], dtype: .int32))" == "[] (shape [0], int32)")
  }
}
