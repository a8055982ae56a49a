import Strata
import StrataTensor

/// Misuse of deep stacks: products of matrices, and layers that run forward again in their backward.
let depthMisuses: [String: Misuse] = [
  // Products of matrices
  "a product of nothing": Misuse("MatrixProduct: needs one factor or more") { _ = MatrixProduct(factors: []) },
  "factors that do not multiply": Misuse(
    "MatrixProduct: factors of shapes [2, 3], [4, 2] do not multiply at position 1", "as many rows as the one before"
  ) {
    _ = MatrixProduct(factors: [Parameter(Tensor(zeros: [2, 3])), Parameter(Tensor(zeros: [4, 2]))])
  },
  "a factor that is a vector": Misuse(
    "MatrixProduct: factors of shapes [3] do not multiply at position 0; each must be a matrix"
  ) {
    _ = MatrixProduct(factors: [Parameter(Tensor(zeros: [3]))])
  },
  "a product of one size": Misuse("MatrixProduct(dimensions: [3]): needs two sizes or more, all positive") {
    _ = MatrixProduct(dimensions: [3])
  },
  "a product of size nothing": Misuse("MatrixProduct(dimensions: [3, 0]): needs two sizes or more, all positive") {
    _ = MatrixProduct(dimensions: [3, 0])
  },
  "an input that the last factor does not take": Misuse(
    "in layer 1: MatrixProduct(dimensions: [2, 3]) expects an input of shape […, 3], not [4, 2]; make its input size"
  ) {
    _ = Sequential {
      Tanh(); MatrixProduct(dimensions: [2, 3])
    }(Tensor(zeros: [4, 2]))
  },

  // Recomputation
  "segments of nothing": Misuse("checkpointed(.everySegment(of: 0)): a segment has one layer at least") {
    _ = Sequential { Tanh() }.checkpointed(.everySegment(of: 0))
  },
  "a larger batch than planned for": Misuse(
    "planned for inputs of up to 3072 bytes, not 3168; plan for the largest batch"
  ) {
    let net = Sequential {
      Linear(24, 24); ReLU()
    }
    let model = try net.checkpointed(.within(bytes: 1 << 20), input: [32, 24])
    // That limit and smaller ones run.
    for rows in 31...33 { _ = model.forward(Tensor(zeros: [rows, 24])) }
  },
  "an update before a checkpoint's backward": Misuse(
    "Checkpoint: 1.0.weight has changed since the forward pass", "run backward before the optimizer's update"
  ) {
    let model = Sequential {
      Linear(3, 3)
      Checkpoint {
        Linear(3, 3); Tanh()
      }
    }
    var optimizer = SGD(for: model, learningRate: 0.1)
    let x = Tensor(normal: [2, 3])
    let (y, cache) = model.forward(x)
    try optimizer.update(along: model.gradients(at: x) { (0, $0) }.gradients)
    var gradients = Gradients()
    _ = model.backward(y, cache, &gradients)
  },
  "a statistic changed before a checkpoint's backward": Misuse("Checkpoint: ", "has changed since the forward pass") {
    let norm = BatchNorm(3)
    let model = Checkpoint { norm }
    let (y, cache) = model.forward(Tensor(normal: [4, 3]))
    norm.runningMean!.value = Tensor(ones: [3])
    var gradients = Gradients()
    _ = model.backward(y, cache, &gradients)
  },
  "a constant converted before a checkpoint's backward": Misuse("Checkpoint: ", "has changed since the forward pass") {
    let model = Checkpoint { ConstantShift() }
    let (y, cache) = model.forward(Tensor(normal: [4, 3]))
    model.convert(to: .float64)
    var gradients = Gradients()
    _ = model.backward(y, cache, &gradients)
  },
  "a parameter changed before a reversible backward": Misuse(
    "Reversible: 1.0.weight has changed since the forward pass", "run backward before the optimizer's update"
  ) {
    let net = Reversible {
      Tanh()
      Sequential { Linear(4, 4) }
    }
    // An optimizer sets the paths of the parameters.
    _ = SGD(for: net, learningRate: 1)
    let (y, cache) = net.forward(Tensor(normal: [2, 8]))
    net.parameters[0].parameter.value *= 2
    var gradients = Gradients()
    _ = net.backward(y, cache, &gradients)
  },
  "a reversible step that changes the shape": Misuse(
    "Reversible adds what each layer makes to a half of its input, [2, 4], and Linear(4, 1) makes [2, 1] of it",
    "let it keep the shape"
  ) {
    // [2, 1] would broadcast.
    _ = Reversible { Linear(4, 1) }(Tensor(zeros: [2, 8]))
  },
]

/// y = x + c
private struct ConstantShift: Layer {
  let offset = Constant(Tensor(zeros: [3]))

  func forward(_ x: Tensor) -> (Tensor, Identity.Cache) { Identity().forward(x + offset.value) }
  func backward(_ dy: Tensor, _ cache: Identity.Cache, _ gradients: inout Gradients) -> Tensor { dy }
}
