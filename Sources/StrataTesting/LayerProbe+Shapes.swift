import StrataLayers
import StrataTensor

extension LayerProbe {
  /// ``LayerCheck/shapes``
  func checkShapes() throws -> String {
    let candidates = otherShapes
    let (taken, refused) = (candidates.filter(takes), candidates.filter { !takes($0) })
    if taken.isEmpty { throw Checklist.Skip("the layer refuses all other shapes tried: \(list(refused))") }
    for shape in taken {
      let x = input(shape)
      try StopNote.scope.with(
        "(checkLayer tried an input of shape \(shape), which outputShape(for:) accepts: throw a ShapeError there "
          + "if \(type(of: layer)) cannot take it, or say so by `refusing`)"
      ) {
        try inDoublePrecision(x) { x in
          var comparison = comparison(batch: shape.rank > 0 ? shape[0] : 1)
          do {
            try comparison.compare(layer, contents, at: x, takenFor: surrogate)
          } catch let mismatch {
            throw ConformanceFault(mismatch as! GradientMismatch).at("input of shape \(shape)")
          }
        }
      }
    }
    return list(taken) + (refused.isEmpty ? "" : "; refused by the layer: \(list(refused))")
  }

  /// A batch of one, an odd batch, and each other axis at length 1 and at another odd length.
  private var otherShapes: [Shape] {
    var shapes: [Shape] = []
    for axis in 0..<shape.rank {
      for length in [1, shape[axis] % 2 == 1 ? shape[axis] + 2 : shape[axis] + 1] {
        let other = shape.with(length, at: axis)
        if length != shape[axis], !shapes.contains(other), other.count <= max(4096, 2 * shape.count) {
          shapes.append(other)
        }
      }
    }
    return shapes
  }

  /// ``LayerCheck/outputShape``
  func checkOutputShape() throws -> String {
    var (taken, refused) = (0, [Shape]())
    var tried = [shape] + otherShapes
    if shape.rank > 0 { tried += [Shape(Array(shape.lengths.dropFirst())), Shape(shape.lengths + [2])] }
    for shape in tried {
      do {
        let predicted = try layer.outputShape(for: shape)
        if refuses(shape) { continue }
        let x = input(shape)
        let (y, inferred) = StopNote.scope.with(
          "(checkLayer tried an input of shape \(shape), which outputShape(for:) accepts: throw a ShapeError there "
            + "if \(type(of: layer)) cannot take it, or say so by `refusing`)"
        ) { (layer.callsOfForward(at: x).replayed { layer.forward(x).0 }, layer(x)) }
        for (name, output) in [("forward", y), ("layer(x)", inferred)] {
          try demand(
            output.shape == predicted, expected: "\(predicted), as outputShape(for: \(shape)) says",
            found: "\(output.shape)", at: "the output of \(name)",
            cause: "outputShape(for:) is missing, whose default is the input's shape, or says another shape")
        }
        taken += 1
      } catch let error as ShapeError {
        let message = "\(error)"
        // A container rethrows the error of an inner layer, which names the shape that reached that layer.
        let namesShape = layer is any Container || message.contains("\(shape)")
        try demand(
          namesShape && message.count(where: { $0 == "[" }) > 1,
          expected: "a message with the shape given, \(shape), and the shapes taken", found: message,
          at: "outputShape(for: \(shape))", cause: "ShapeError(_:expected:input:remedy:) was given other texts")
        refused.append(shape)
      } catch let fault as ConformanceFault {
        throw fault
      } catch {
        throw ConformanceFault(
          expected: "a ShapeError", found: "\(type(of: error)): \(error)", place: "outputShape(for: \(shape))",
          cause: "containers gather the ShapeErrors of their layers, and those alone")
      }
    }
    return "agrees on \(taken) shapes" + (refused.isEmpty ? "" : ", refuses \(list(refused))")
  }

  private func list(_ shapes: [Shape]) -> String { shapes.map { "\($0)" }.joined(separator: ", ") }
}

extension Shape {
  /// Returns the shape with another length of one axis.
  func with(_ length: Int, at axis: Int) -> Shape {
    var lengths = lengths
    lengths[axis] = length
    return Shape(lengths)
  }
}
