import StrataLayers
import StrataTensor

// A module on variables is one operation, whose derivative is its own backward; where that must be differentiated again,
// and in forward mode, it is its decomposition.
extension Module {
  /// Applies the module to a variable, or a group of them, in inference. Where this is a part of training, in
  /// ``gradients(of:)`` and in the `forward` of a ``DifferentiableModule`` that trains, it trains too: random layers are
  /// random, batches are normalized by their own statistics, and parameters receive gradients.
  public func callAsFunction<X: VariableGroup>(_ x: X) -> Variable where X.Tensors == Input, Output == Tensor {
    applied(to: x, infers: Differentiation.current.infers)
  }

  /// Applies a module of several outputs: `let y: Pair<Variable, Variable> = module(x)`.
  public func callAsFunction<X: VariableGroup, Y: VariableGroup>(_ x: X) -> Y
  where X.Tensors == Input, Y.Tensors == Output { applied(to: x, infers: Differentiation.current.infers) }

  /// Applies the module in training mode. (That of a ``DifferentiableModule`` is a function like any other, in which
  /// modules run in the mode of where it is called.)
  public func forward<X: VariableGroup>(_ x: X) -> Variable where X.Tensors == Input, Output == Tensor {
    applied(to: x, infers: false)
  }

  /// Applies a module of several outputs in training mode.
  public func forward<X: VariableGroup, Y: VariableGroup>(_ x: X) -> Y
  where X.Tensors == Input, Y.Tensors == Output { applied(to: x, infers: false) }

  private func applied<X: VariableGroup, Y: VariableGroup>(to x: X, infers: Bool) -> Y
  where X.Tensors == Input, Y.Tensors == Output {
    let (operands, now) = (x.variables, Differentiation.current)
    let isDual = operands.contains { $0.tangent != nil }
    let isConstant = !isDual && !now.learns && operands.allSatisfy { $0.link == nil }
    if isDual || now.decomposes && !isConstant { return decomposed(x, infers: infers) }
    guard let recorder = now.recorder, !ignoresGradient, !(now.decomposes && isConstant) else {
      return Y(infers ? self(x.value) : forward(x.value).0)
    }
    let (y, box) = Inference.running(infers) { forwardBoxed(x.value) }
    let (kind, tensors) = (GroupKind(of: y), y.tensors)
    let linked = operands.indices.filter { operands[$0].link != nil }
    let first = TapeRecorder.note(
      "\(Self.self)", operands, Variable(tensors[0]), keeping: [], on: recorder, cache: box, outputs: kind.kinds
    ) { dy, node, isWanted, gradients in
      let dy = kind.group(of: node.cotangents(dy))
      guard !stopsGradient, node.parents.contains(where: isWanted) else {
        accumulateBoxed(dy, node.cache.take()!, &gradients)
        return linked.map { _ in nil }
      }
      let dx = backwardBoxed(dy, node.cache.take()!, &gradients).tensors
      return linked.map { Variable(dx[$0]) }
    }
    let others = tensors.indices.dropFirst().map { index in
      let node = Node(parents: [first.link!.position], output: index)
      return recorder.append("output \(index) of", [first], Variable(tensors[index]), node)
    }
    return Y([first] + others, like: kind.shell)
  }
}

extension Objective {
  /// Returns the objective of variables, of shape [].
  public func callAsFunction<Y: VariableGroup>(_ output: Y, _ target: Target) -> Variable where Y.Tensors == Output {
    let operands = output.variables
    if Differentiation.current.decomposes || operands.contains(where: { $0.tangent != nil && $0.link != nil }) {
      return decomposed(output, target)
    }
    let (value, gradient) = evaluate(output.value, target)
    let derivatives = gradient.tensors.map { gradient in
      Derivative(kept: [Variable(gradient)]) { dy, kept in (dy * kept[0]).summed(to: kept[0].shape) }
    }
    let y = Tensor(repeating: value, shape: [], dtype: operands[0].dtype)
    return Variable("\(Self.self)", y, of: operands, derivatives)
  }
}
