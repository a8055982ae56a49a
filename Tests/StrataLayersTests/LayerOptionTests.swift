import Strata
import StrataTensor
import StrataTesting
import Testing

/// Options of layers: what is not learnt, not tracked, or left out.
@Suite(.seeded) struct LayerOptionTests {
  @Test func `BatchNorm without running statistics infers as it trains, and observes nothing`() {
    let norm = BatchNorm(3, tracksStatistics: false)
    let x = Tensor(normal: [6, 3]) * 4 + 2
    let (y, cache) = norm.forward(x)
    #expect(norm(x).isIdentical(to: y))
    var gradients = Gradients()
    _ = norm.backward(y, cache, &gradients)
    #expect(gradients.receivers.count == 2)
    #expect(norm.state.keys.sorted() == ["bias", "weight"])
    #expect(norm.runningMean == nil && norm.runningVariance == nil)
    let (inferred, own) = norm.inference(x)
    #expect(inferred.isIdentical(to: y))
    // The statistics are the batch's, so that their part of the gradient counts.
    let frozen = norm.backward(x, own, &gradients)
    #expect(relativeError(frozen.sum(along: 0), Tensor(zeros: [3])) < 1e-4)
  }

  @Test func `statistics without momentum are the means of all batches, those of parts included`() throws {
    let norm = BatchNorm(2, momentum: nil)
    var optimizer = SGD(for: norm, learningRate: 0)
    let batches = (0..<5).map { _ in Tensor(normal: [8, 2]) }
    for pair in [batches[0...1], batches[2...2], batches[3...4]] {
      var gradients = Gradients()
      for x in pair { _ = norm.accumulateGradients(at: x, into: &gradients) { (0, $0) } }
      try optimizer.update(along: gradients)
    }
    #expect(norm.batchCount!.value.item == 5 && norm.momentum == nil)
    let means = Tensor(stacking: batches.map { $0.mean(along: 0) }).mean(along: 0)
    let variances = Tensor(stacking: batches.map { $0.variance(along: 0) }).mean(along: 0)
    #expect(relativeError(norm.runningMean!.value, means) < 1e-6)
    #expect(relativeError(norm.runningVariance!.value, variances) < 1e-6)
    #expect(norm.state.keys.sorted() == ["batchCount", "bias", "runningMean", "runningVariance", "weight"])
    var theirs = norm.pytorchState
    theirs["num_batches_tracked"] = Tensor([7] as [Int32], shape: [])
    try norm.load(pytorch: theirs)
    #expect(norm.batchCount!.value.item == 7)
    #expect(BatchNorm(2).batchCount == nil)
  }

  @Test func `normalization without what is learnt has the state of none`() {
    #expect(BatchNorm(3, isAffine: false).state.keys.sorted() == ["runningMean", "runningVariance"])
    #expect(LayerNorm(3, isAffine: false).state.isEmpty && LayerNorm(3, isAffine: false).bias == nil)
    #expect(LayerNorm(3, bias: false).state.keys.sorted() == ["weight"])
    #expect(RMSNorm(shape: [2, 3], isAffine: false).state.isEmpty && RMSNorm(shape: [2, 3]).shape == [2, 3])
    #expect("\(RMSNorm(shape: [2, 3])) \(BatchNorm(4, isAffine: false))" == "RMSNorm([2, 3]) BatchNorm(4)")
    let x = Tensor(normal: [5, 4])
    #expect(LayerNorm(4, isAffine: false)(x).isIdentical(to: LayerNorm(4)(x)))
    #expect(BatchNorm(4, isAffine: false).forward(x).0.isIdentical(to: BatchNorm(4).forward(x).0))
  }

  @Test func `the row of padding is zeros and stays so`() {
    let table = Embedding(5, 3, paddingIndex: 1)
    #expect(table.weight.value[1] == Tensor(zeros: [3]))
    let (_, _, gradients) = table.run(Tensor(labels: [0, 1, 1, 4]), Tensor(ones: [4, 3]))
    #expect(gradients[table.weight]!.sum(along: 1) == [3, 0, 0, 0, 3])
    #expect(table.paddingIndex == 1)
  }

  @Test func `bags count what is no padding, and an empty one is zeros`() {
    let weight = Parameter([[1, 10], [2, -20], [4, 40]])
    let indices = Tensor([0, 2, 2, 1, 2, 2, 2, 2, 2] as [Int32], shape: [3, 3])
    func bag(_ combination: EmbeddingBag.Combination) -> Tensor {
      EmbeddingBag(weight: weight, combination: combination, paddingIndex: 2)(indices)
    }
    #expect(bag(.sum) == [[1, 10], [2, -20], [0, 0]])
    #expect(bag(.mean) == [[1, 10], [2, -20], [0, 0]])
    #expect(bag(.max) == [[1, 10], [2, -20], [0, 0]])
    let all = Tensor([0, 1, 2] as [Int32], shape: [1, 3])
    #expect(relativeError(EmbeddingBag(weight: weight)(all), [[2.3333333, 10]]) < 1e-6)
    #expect(EmbeddingBag(weight: weight, combination: .max)(all) == [[4, 40]])
  }

  @Test func `alpha dropout keeps mean and variance, and drops to the floor of SELU`() {
    let (x, layer) = (Tensor(normal: [200_000]), AlphaDropout(0.2))
    let y = layer.forward(x).0
    #expect(abs(y.mean().item) < 0.01 && abs(y.variance().item - 1) < 0.02)
    let scale = 1 / (0.8 * (1 + 0.2 * 1.7580993408473766 * 1.7580993408473766)).squareRoot()
    let floor = scale * -1.7580993408473766 * 0.8
    let dropped = (abs(y - floor) .< 1e-5).mean().item
    #expect(abs(dropped - 0.2) < 0.005)
    #expect(layer(x).isIdentical(to: x))
    #expect(AlphaDropout(0).forward(x).0.isIdentical(to: x) && layer.rate == 0.2)
  }

  @Test func `axes are flattened from and to`() throws {
    let x = Tensor(zeros: [2, 3, 4, 5])
    #expect(Flatten()(x).shape == [2, 60] && Flatten(from: 2)(x).shape == [2, 3, 20])
    #expect(Flatten(from: 1, to: 2)(x).shape == [2, 12, 5] && Flatten(from: 1, to: -2)(x).shape == [2, 12, 5])
    #expect(Flatten(from: 3, to: 3)(x).shape == [2, 3, 4, 5])
    #expect(throws: ShapeError.self) { try Flatten(from: 3).outputShape(for: [2, 3]) }
    #expect("\(Flatten()) \(Flatten(from: 1, to: 2))" == "Flatten() Flatten(from: 1, to: 2)")
  }

  @Test func `modules of two inputs agree with PyTorch's`() throws {
    let file = try Reference("pairs")
    for (dtype, tolerance) in [(DType.float64, 1e-10), (.float32, 1e-5)] {
      func run<M: Module<Pair<Tensor, Tensor>, Tensor>>(_ name: String, _ module: M) throws {
        let numbers = file.group(name).mapValues { $0.converted(to: dtype) }
        module.convert(to: dtype)
        try module.load(numbers.filter { ["weight", "bias"].contains($0.key) })
        let (y, cache) = module.forward(Pair(numbers["first"]!, numbers["second"]!))
        var gradients = Gradients()
        let dx = module.backward(numbers["dy"]!, cache, &gradients)
        var pairs = [(y, "y"), (dx.first, "dfirst"), (dx.second, "dsecond")]
        pairs += module.parameters.map { (gradients[$0.parameter]!, "d" + $0.path) }
        for (found, key) in pairs { #expect(relativeError(found, numbers[key]!) < tolerance, "\(name).\(key)") }
      }
      try run("bilinear", Bilinear(3, 4, 2))
      try run("cosine", CosineSimilarity())
    }
  }

  @Test func `a cosine of zeros is 0, with a finite gradient`() {
    let (y, cache) = CosineSimilarity().forward(Pair([[0, 0], [1, 0]], [[1, 2], [0, 0]]))
    var gradients = Gradients()
    let dx = CosineSimilarity().backward([1, 1], cache, &gradients)
    #expect(y == [0, 0] && dx.first.isFinite && dx.second.isFinite)
  }

  @Test func `initial weights are truncated, sparse, the identity, or orthogonal in the middle`() {
    func draw(_ initializer: Initializer, _ shape: Shape) -> Tensor { initializer.tensor(shape, fanIn: 1, fanOut: 1) }
    let truncated = draw(.truncatedNormal(standardDeviation: 0.5), [300, 100])
    #expect(abs(truncated).max().item <= 1)
    // The deviation of a normal distribution cut at ±2.
    #expect(abs(truncated.std().item / 0.5 - 0.8796) < 0.01)
    let sparse = draw(.sparse(sparsity: 0.25, standardDeviation: 2), [10, 7])
    #expect((sparse .== 0).sum(along: 0) == Tensor(repeating: 3, shape: [7]))
    #expect(draw(.identity, [2, 3]) == [[1, 0, 0], [0, 1, 0]])
    let kernel = draw(.deltaOrthogonal(gain: 2), [4, 4, 3, 3])
    let middle = kernel[.all, .all, 1, 1]
    #expect(relativeError(matmul(middle, middle.transposed), 4 * Tensor(eye: 4)) < 1e-5)
    #expect(abs(kernel.sumOfSquares - middle.sumOfSquares) < 1e-6)
  }
}
