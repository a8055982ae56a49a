import Foundation
import Strata
import StrataTensor
import Testing

/// A two-layer ReLU network under the mean cross-entropy, number by number.
@Suite(.seeded) struct TwoLayerNetworkTests {
  @Test(arguments: [(DType.float64, 1e-11), (.float32, 1e-5)])
  func `loss and all gradients agree with PyTorch's`(_ dtype: DType, _ tolerance: Double) throws {
    let reference = try Reference("two_layer_relu")
    let model = Sequential {
      Linear(128, 256)
      ReLU()
      Linear(256, 10)
    }
    model.convert(to: dtype)
    let names = ["0.weight": "W1", "0.bias": "b1", "2.weight": "W2", "2.bias": "b2"]
    try model.load(names.mapValues { reference[$0] })

    let (logits, cache) = model.forward(reference["x"].converted(to: dtype))
    #expect(relativeError(logits, reference["logits"]) < tolerance)
    let (loss, dLogits) = SoftmaxCrossEntropy().evaluate(logits, reference["labels"])
    #expect(abs(loss - reference["loss"].item) < tolerance * reference["loss"].item)
    var gradients = Gradients()
    let dx = model.backward(dLogits, cache, &gradients)
    #expect(relativeError(dx, reference["dx"]) < tolerance)
    for (path, parameter) in model.parameters {
      let gradient = try #require(gradients[parameter])
      #expect(relativeError(gradient, reference["d" + names[path]!]) < tolerance, "\(path)")
    }
  }

  /// W1 = [[.1, .2], [.3, .4]] and W2 = [[.5, .6], [.7, .8]] as [out, in], biases .1, x = [1, 2], class 0:
  /// by hand, z1 = [.6, 1.2], logits [1.12, 1.48], p = softmax(logits), dlogits = p − [1, 0].
  @Test func `the textbook's example comes out as by hand`() {
    let first = Linear(
      weight: Parameter(Tensor([[0.1, 0.3], [0.2, 0.4]], dtype: .float64)),
      bias: Parameter(Tensor([0.1, 0.1], dtype: .float64)))
    let second = Linear(
      weight: Parameter(Tensor([[0.5, 0.7], [0.6, 0.8]], dtype: .float64)),
      bias: Parameter(Tensor([0.1, 0.1], dtype: .float64)))
    let model = Sequential {
      first
      ReLU()
      second
    }
    let x = Tensor([[1, 2]], dtype: .float64)
    #expect(relativeError(first(x), Tensor([[0.6, 1.2]], dtype: .float64)) < 1e-15)
    #expect(relativeError(model(x), Tensor([[1.12, 1.48]], dtype: .float64)) < 1e-15)

    let (loss, gradients) = model.gradients(at: x) { logits in
      SoftmaxCrossEntropy().evaluate(logits, Tensor(labels: [0]))
    }
    // p₁ = 1 / (1 + e^(−0.36)); loss = log(1 + e^0.36).
    let p = 1 / (1 + Foundation.exp(-0.36))
    #expect(abs(loss - 0.8892604) < 1e-7)
    let dz = Tensor([-p * 0.5 + p * 0.7, -p * 0.6 + p * 0.8] as [Double], shape: [1, 2])
    let expected: [(Parameter, Tensor)] = [
      (second.bias!, Tensor([-p, p] as [Double])),
      (second.weight, Tensor([-0.6 * p, 0.6 * p, -1.2 * p, 1.2 * p] as [Double], shape: [2, 2])),
      (first.bias!, dz.reshaped([2])),
      (first.weight, matmul(x.transposed, dz)),
    ]
    for (parameter, gradient) in expected {
      #expect(relativeError(gradients[parameter]!, gradient) < 1e-14)
    }
    // Rounded as in the textbook: dW1 = [[.118, .236], [.118, .236]] as [out, in].
    let dW1 = gradients[first.weight]!.transposed.tensor.elements(as: Double.self)
    #expect(zip(dW1, [0.118, 0.236, 0.118, 0.236]).allSatisfy { abs($0 - $1) < 5e-4 })
  }

  @Test func `its cache is x, the hidden tensors and nothing else`() {
    let model = Sequential {
      Linear(128, 256)
      ReLU()
      Linear(256, 64)
      ReLU()
      Linear(64, 10)
    }
    let kept = 32 * (128 + 256 + 64) * 4
    #expect(model.cachedBytes(for: [32, 128]) == kept)
  }

  /// Runs in a separate process, since the counters belong to the whole process.
  @Test func `the bytes predicted for the cache are the bytes that live`() async {
    await #expect(processExitsWith: .success) {
      let model = Sequential {
        Linear(128, 256)
        ReLU()
        Linear(256, 10)
      }
      let predicted = model.cachedBytes(for: [32, 128])
      let before = Memory.liveBytes
      let cache = model.forward(Tensor(zeros: [32, 128])).1
      let measured = Memory.liveBytes - before
      withExtendedLifetime((model, cache)) { #expect(measured == predicted) }
    }
  }
}
