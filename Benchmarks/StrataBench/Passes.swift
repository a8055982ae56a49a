import Strata

/// The forward and the backward pass of one layer, timed alternately.
struct Passes {
  private let name: String
  private let forward: Double
  private let backward: Double

  init(_ layer: some Layer, _ input: Shape, seconds: Double) {
    let x = Tensor(normal: input)
    let clock = ContinuousClock()
    var times: (forward: [Double], backward: [Double]) = ([], [])
    let end = clock.now.advanced(by: .seconds(seconds))
    repeat {
      var gradients = Gradients()
      let start = clock.now
      let (y, cache) = layer.forward(x)
      let middle = clock.now
      let dx = layer.backward(y, cache, &gradients)
      times.backward.append((clock.now - middle) / .microseconds(1))
      times.forward.append((middle - start) / .microseconds(1))
      withExtendedLifetime(dx) {}
    } while clock.now < end
    name = "\(layer) \(input)"
    forward = times.forward.sorted()[times.forward.count / 2]
    backward = times.backward.sorted()[times.backward.count / 2]
  }

  var line: String {
    func padded(_ number: Double) -> String {
      let text = "\((number * 100).rounded() / 100)"
      return String(repeating: " ", count: max(0, 12 - text.count)) + text
    }
    let title = name + String(repeating: " ", count: max(0, 44 - name.count))
    return title + padded(forward) + padded(backward) + padded(backward / forward)
  }

  /// Layers at the sizes of a small model, and the same function on the tape.
  static func table(seconds: Double) -> String {
    let first = Linear(784, 256)
    let taped = Differentiated(["weight": first.weight, "bias": first.bias!]) { x in
      matmul(x, first.weight.variable) + first.bias!.variable
    }
    let layers: [(any Layer, Shape)] = [
      (first, [64, 784]), (taped, [64, 784]), (Linear(256, 10), [64, 256]), (ReLU(), [64, 256]),
      (Differentiated { x in relu(x) }, [64, 256]), (Tanh(), [64, 256]), (BatchNorm(256), [64, 256]),
      (LayerNorm(256), [64, 256]), (Conv2D(8, 16, kernel: 3), [16, 8, 28, 28]),
      (Recurrent(LSTMCell(28, 128)), [32, 28, 28]), (Recurrent(GRUCell(28, 128)), [32, 28, 28]),
    ]
    let header = "layer and input" + String(repeating: " ", count: 33) + "forward us backward us       ratio"
    return ([header] + layers.map { Passes($0, $1, seconds: seconds).line }).joined(separator: "\n")
  }
}
