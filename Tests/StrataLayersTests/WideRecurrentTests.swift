import Strata
import StrataTensor
import Testing

/// The cells at the benchmark's size and at a similar odd size, against PyTorch, where the blocks of
/// sequences and the products are those of real use. Inputs and parameters are computed from a formula, so that no
/// file has to store them.
@Suite(.seeded) struct WideRecurrentTests {
  @Test(arguments: ["RNNCell", "LSTMCell", "GRUCell"], [[32, 28, 28, 128], [33, 9, 29, 127]])
  func `values and gradients agree with PyTorch's at the benchmark's size`(_ name: String, _ size: [Int])
    throws
  {
    let reference = try Reference("recurrent_wide")
    let (inputs, hidden) = (size[2], size[3])
    switch name {
    case "RNNCell": try compare(RNNCell(inputs, hidden), size, reference, name)
    case "LSTMCell": try compare(LSTMCell(inputs, hidden), size, reference, name)
    default: try compare(GRUCell(inputs, hidden), size, reference, name)
    }
  }

  private func compare<Cell: RecurrentCell>(
    _ cell: Cell, _ size: [Int], _ reference: Reference, _ name: String
  ) throws {
    let layer = Recurrent(cell)
    let prefix = "\(name).\(size[0])x\(size[1])x\(size[2])."
    for (dtype, tolerance) in [(DType.float64, 1e-10), (.float32, 1e-5)] {
      layer.convert(to: dtype)
      for (index, entry) in layer.parameters.enumerated() {
        entry.parameter.value = pattern(entry.parameter.shape, (index + 1) * 1_000_000, 0.125).converted(
          to: dtype)
      }
      let x = pattern(Shape(Array(size[..<3])), 0, 1).converted(to: dtype)
      let dy = pattern([size[0], size[1], size[3]], 5_000_000, 1).converted(to: dtype)
      let (y, dx, gradients) = layer.run(x, dy)
      #expect(relativeError(y.converted(to: .float64).sum(along: 1), reference[prefix + "y"]) < tolerance)
      #expect(relativeError(dx.converted(to: .float64).sum(along: 1), reference[prefix + "dx"]) < tolerance)
      for (path, parameter) in layer.parameters {
        var gradient = try #require(gradients[parameter]).converted(to: .float64)
        if gradient.rank == 2 { gradient = matmul(gradient, pattern([gradient.shape[1], 3], 0, 1)) }
        let expected = reference[prefix + path.dropFirst("cell.".count)]
        #expect(relativeError(gradient, expected) < tolerance, "\(prefix)\(path) in \(dtype)")
      }
    }
  }

  /// The same as `pattern` in make_recurrent.py.
  private func pattern(_ shape: Shape, _ start: Int, _ scale: Double) -> Tensor {
    let values = (start..<start + shape.count).map { index in
      (Double(UInt32(truncatingIfNeeded: index &* 2_654_435_761) >> 16) / 32768 - 1) * scale
    }
    return Tensor(values, shape: shape)
  }
}
