import Foundation
import Strata
import Testing

/// One net on each of three inputs: its weights are shared, so their gradients add.
struct Siamese: Module {
  let net: Sequential
  typealias Cache = [any CacheBox]

  func forward(_ x: Triplet) -> (Triplet, Cache) {
    let runs = x.tensors.map { forward(net, at: "net", $0) }
    return (Triplet(anchor: runs[0].0, positive: runs[1].0, negative: runs[2].0), runs.map(\.1))
  }

  func backward(_ dy: Triplet, _ cache: Cache, _ gradients: inout Gradients) -> Triplet {
    let dx = zip(dy.tensors, cache).map { backward(net, at: "net", $0, $1, &gradients) }
    return Triplet(anchor: dx[0], positive: dx[1], negative: dx[2])
  }
}

@Suite(.seeded) struct SiameseTests {
  /// For each image one of the same class and one of another, drawn at random.
  private static func triplets(_ data: Dataset, seed: UInt64) -> Examples<Triplet, Tensor> {
    var generator = RandomGenerator(seed: seed)
    let labels = data.labels.elements(as: Int32.self)
    let classes = (0..<10).map { kind in
      (same: labels.indices.filter { labels[$0] == kind }, other: labels.indices.filter { labels[$0] != kind })
    }
    let near = labels.map { classes[Int($0)].same.randomElement(using: &generator)! }
    let far = labels.map { classes[Int($0)].other.randomElement(using: &generator)! }
    let x = data.inputs.reshaped([-1, 64])
    return Examples(
      inputs: Triplet(anchor: x, positive: x.gathered(rows: near), negative: x.gathered(rows: far)), labels: data.labels
    )
  }

  @Test func `images of one class come to lie closer than those of two`() throws {
    let digits = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../data/digits")
    let (train, test) = try Dataset.mnist(in: digits.path)
    let model = withSeed(5) {
      Siamese(
        net: Sequential {
          Linear(64, 48); ReLU(); Linear(48, 8)
        })
    }
    var trainer = Trainer(
      model, loss: TripletMargin(), optimizer: Adam(for: model, learningRate: 3e-3), progress: .silent)
    for round in 0..<12 { try trainer.fit(Self.triplets(train, seed: UInt64(round)), epochs: 1, batchSize: 64) }
    let held = Self.triplets(test, seed: 99)
    let y = try model.predict(held.inputs)
    let (near, far) = (y.anchor - y.positive, y.anchor - y.negative)
    let right = ((near * near).sum(along: 1) .< (far * far).sum(along: 1)).mean().item
    #expect(right > 0.97)
  }
}
