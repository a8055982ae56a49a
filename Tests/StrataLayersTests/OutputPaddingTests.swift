import Strata
import StrataTensor
import Testing

/// Padded outputs of transposed convolutions of many channels, whose windows end before the output does.
@Suite(.seeded) struct OutputPaddingTests {
  struct Form: Sendable {
    let kernel, dilation, outputPadding, padding: Int
  }

  static let forms = [
    Form(kernel: 3, dilation: 2, outputPadding: 1, padding: 0),
    Form(kernel: 3, dilation: 2, outputPadding: 1, padding: 1),
    Form(kernel: 3, dilation: 3, outputPadding: 2, padding: 0),
    Form(kernel: 3, dilation: 3, outputPadding: 2, padding: 2),
    Form(kernel: 1, dilation: 2, outputPadding: 1, padding: 0),
  ]

  @Test(arguments: forms, [DType.float32, .float64])
  func `the output is the sum of those of a few channels each`(_ form: Form, _ dtype: DType) {
    let (channels, few) = (64, 4)
    func layer(_ inputs: Int) -> ConvTranspose2D {
      let layer = ConvTranspose2D(
        inputs, 32, kernel: Size2D(form.kernel), padding: Size2D(form.padding),
        outputPadding: Size2D(form.outputPadding), dilation: Size2D(form.dilation), bias: false)
      layer.convert(to: dtype)
      return layer
    }
    let whole = layer(channels)
    for size in [6, 12] {
      let x = Tensor(normal: [2, channels, size, size + 1], dtype: dtype)
      let y = whole(x)
      var sum = Tensor(zeros: y.shape, dtype: dtype)
      for start in stride(from: 0, to: channels, by: few) {
        let part = layer(few)
        part.weight.value = whole.weight.value[start..<start + few]
        sum = sum + part(x.sliced(start..<start + few, along: 1))
      }
      let difference = y - sum
      let error = max(difference.max().item, -difference.min().item)
      #expect(error < (dtype == .float32 ? 1e-5 : 1e-13), "\(error)")
    }
  }
}
