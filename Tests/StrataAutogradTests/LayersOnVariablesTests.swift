import Strata
import StrataTensor
import Testing

/// Layers and losses with derivatives written by hand, called on variables.
@Suite(.seeded) struct LayersOnVariablesTests {
  @Test func `a loss on the tape gives a model the gradients of its own step`() {
    let model = withSeed(1) {
      Sequential {
        Linear(6, 5); BatchNorm(5); ReLU(); Linear(5, 3)
      }
    }
    let (x, labels) = (Tensor(normal: [8, 6]), Tensor(labels: [0, 1, 2, 0, 1, 2, 0, 1]))
    let expected = model.gradients(at: x) { SoftmaxCrossEntropy().evaluate($0, labels) }
    let found = gradients { SoftmaxCrossEntropy()(model(Variable(x)), labels) }
    #expect(Float(found.value) == Float(expected.loss), "on the tape the loss has the type of the logits")
    #expect(found.gradients.receivers.count == 6)
    for parameter in expected.gradients.receivers {
      #expect(found.gradients[parameter]!.isIdentical(to: expected.gradients[parameter]!))
    }
    #expect(found.gradients.observations.count == expected.gradients.observations.count)
  }

  @Test func `observations are in the order of the forward pass`() throws {
    // Used twice, on 0 ± 1 and then on 10 ± 1: the running mean ends nearer to the second.
    let norm = BatchNorm(1, momentum: 0.5)
    let x: Tensor = [[-1], [1]]
    let (_, found) = gradients { (norm(Variable(x)) + norm(Variable(x + 10))).sum() }
    var optimizer = SGD(for: norm, learningRate: 0)
    try optimizer.update(along: found)
    #expect(norm.runningMean!.value == [5])
  }

  @Test func `a model is differentiated by its input`() {
    let model = withSeed(2) {
      Sequential {
        Linear(4, 8); Tanh(); Linear(8, 1)
      }
    }
    let x = Tensor(normal: [3, 4])
    let (y, cache) = model.forward(x)
    var unused = Gradients()
    let expected = model.backward(Tensor(ones: y.shape), cache, &unused)
    #expect(gradient(of: { x in model(x).sum() }, at: x).isIdentical(to: expected))
  }

  @Test func `the first layer computes no gradient of a constant input`() {
    let linear = Linear(4, 2)
    let meter = WorkMeter()
    _ = gradients { linear(Variable(Tensor(ones: [3, 4]))).sum() }
    let products = meter.reading().products
    #expect(products == 2, "xW and xᵀdy")
  }

  @Test func `parameters learn in gradients(of:) and are constants elsewhere`() {
    let a = Parameter([1], initialValue: 3)
    #expect(gradients { a.variable * a.variable }.gradients[a] == [6])
    #expect(gradient(of: { x in x * a.variable }, at: [5]) == [3])
    #expect(a.variable.value == [3])
  }

  @Test func `every loss is one of variables`() {
    let (output, target) = (normal([4, 3], seed: 1), normal([4, 3], seed: 2))
    for loss in [MeanSquaredError(), Huber(), MeanAbsoluteError()] as [any Loss] {
      let (value, gradient) = loss.evaluate(output, target)
      let found = valueWithGradient(of: { loss($0, target) }, at: output)
      #expect(found.value == value && found.gradient.isIdentical(to: gradient))
      let v = normal([4, 3], seed: 3)
      let slope = jvp(of: { loss($0, target) }, at: output, along: v).tangent.item
      #expect(abs(slope - dot(gradient, v)) < 1e-14)
    }
  }
}
