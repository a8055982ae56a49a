import Foundation
import Strata
import Testing

/// One net on each of several inputs: its weights are shared, so their gradients add.
struct Siamese: Module {
  let net: Sequential
  typealias Cache = [any CacheBox]

  func forward(_ x: [Tensor]) -> ([Tensor], Cache) {
    let runs = x.map { forward(net, at: "net", $0) }
    return (runs.map(\.0), runs.map(\.1))
  }

  func backward(_ dy: [Tensor], _ cache: Cache, _ gradients: inout Gradients) -> [Tensor] {
    zip(dy, cache).map { backward(net, at: "net", $0, $1, &gradients) }
  }
}

/// The mean of max(0, ‖a − p‖² − ‖a − n‖² + margin) over triplets of an anchor, a sample of its class, and another.
struct TripletLoss: Objective {
  let margin = 1.0

  func evaluate(_ output: [Tensor], _ target: Tensor) -> (value: Double, gradient: [Tensor]) {
    let (near, far) = (output[0] - output[1], output[0] - output[2])
    let hinge = relu((near * near).sum(along: 1) - (far * far).sum(along: 1) + margin)
    let count = Double(hinge.count)
    let active = (2 / count) * (hinge .> 0).reshaped(to: [hinge.count, 1])
    return (hinge.sum().item / count, [active * (near - far), -active * near, active * far])
  }
}

@Suite(.seeded) struct SiameseTests {
  /// For each image one of the same class and one of another, drawn at random.
  private static func triplets(_ data: Dataset, seed: UInt64) -> Examples<[Tensor], Tensor> {
    var generator = RandomGenerator(seed: seed)
    let labels = data.labels.elements(as: Int32.self)
    let classes = (0..<10).map { kind in
      (same: labels.indices.filter { labels[$0] == kind }, other: labels.indices.filter { labels[$0] != kind })
    }
    let near = labels.map { classes[Int($0)].same.randomElement(using: &generator)! }
    let far = labels.map { classes[Int($0)].other.randomElement(using: &generator)! }
    let x = data.inputs.reshaped([-1, 64])
    return Examples(inputs: [x, x.gathered(rows: near), x.gathered(rows: far)], labels: data.labels)
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
      model, loss: TripletLoss(), optimizer: Adam(for: model, learningRate: 3e-3), progress: .silent)
    for round in 0..<12 { try trainer.fit(Self.triplets(train, seed: UInt64(round)), epochs: 1, batchSize: 64) }
    let held = Self.triplets(test, seed: 99)
    let y = try model.predict(held.inputs)
    let (near, far) = (y[0] - y[1], y[0] - y[2])
    let right = ((near * near).sum(along: 1) .< (far * far).sum(along: 1)).mean().item
    #expect(right > 0.97)
  }
}
