import Foundation
import Strata
import StrataTensor

/// Losses of huge, infinite or many logits.
let lossCases: [EdgeCase] = crossEntropies + logSoftmaxes + binaryCrossEntropies + manyClasses

private let crossEntropies: [EdgeCase] = EdgeReferences.cases(of: "ce", with: "z").flatMap { name in
  DType.precisions.flatMap { dtype in
    let run: @Sendable () -> (value: Double, gradient: Tensor) = {
      let z = Tensor(EdgeReferences.numbers(name + ".z")).converted(to: dtype)
      return SoftmaxCrossEntropy().evaluate(z.reshaped([1, -1]), EdgeReferences.tensors[name + ".label"]!)
    }
    return [
      EdgeCase("\(name), \(dtype), value", .ulps(4, dtype)) {
        ([run().value], EdgeReferences.numbers(name + ".value"))
      },
      EdgeCase("\(name), \(dtype), gradient", .ulps(4, dtype)) {
        (run().gradient.elements(), EdgeReferences.numbers(name + ".gradient"))
      },
    ]
  }
}

/// log softmax is the negative loss of each label in turn.
private let logSoftmaxes: [EdgeCase] = EdgeReferences.cases(of: "ce", with: "z").filter { $0.hasSuffix("label 0") }
  .flatMap { name in
    DType.precisions.map { dtype in
      EdgeCase("log softmax \(name.dropLast(9)), \(dtype)", .ulps(4, dtype)) {
        let z = EdgeReferences.numbers(name + ".z")
        let expected = z.indices.map { -EdgeReferences.numbers("\(name.dropLast(1))\($0).value")[0] }
        return (LogSoftmax()(Tensor(z).converted(to: dtype).reshaped([1, -1])).elements(), expected)
      }
    }
  }

private let binaryCrossEntropies: [EdgeCase] = EdgeReferences.cases(of: "bce", with: "z").flatMap { name in
  DType.precisions.flatMap { dtype in
    let run: @Sendable () -> (value: Double, gradient: Tensor) = {
      let (z, y) = (EdgeReferences.tensors[name + ".z"]!, EdgeReferences.tensors[name + ".y"]!)
      return BinaryCrossEntropyWithLogits().evaluate(z.converted(to: dtype), y.converted(to: dtype))
    }
    // Between the labels 0 and 1 the gradient is a difference, σ(z) − y, which may cancel.
    let isSoft = EdgeReferences.numbers(name + ".y")[0] == 0.5
    let slopeBound: EdgeCase.Bound = isSoft ? .within(dtype == .float32 ? 0x1p-23 : 0x1p-52) : .ulps(4, dtype)
    return [
      EdgeCase("\(name), \(dtype), value", .ulps(4, dtype)) {
        ([run().value], EdgeReferences.numbers(name + ".value"))
      },
      EdgeCase("\(name), \(dtype), gradient", slopeBound) {
        (run().gradient.elements(), EdgeReferences.numbers(name + ".gradient"))
      },
    ]
  }
}

/// The loss is log Σ exp(z) − z of the label. The sum over 100,000 classes is known where few logits differ.
private let manyClasses: [EdgeCase] = DType.precisions.flatMap { dtype in
  [0, 88, 1e4, -1e4].flatMap { (offset: Double) in
    [1, 2, 1_000, 100_000].map { (classes: Int) in
      EdgeCase("log-sum-exp over \(classes) classes about \(offset), \(dtype)", .ulps(2, dtype)) {
        let z = (0..<classes).map { offset + Double($0 % 5) }
        let loss = SoftmaxCrossEntropy().evaluate(
          Tensor(z, shape: [1, classes]).converted(to: dtype), Tensor(labels: [0]))
        let sum = (0..<min(5, classes)).reduce(0) { sum, k in
          sum + Double((classes - k + 4) / 5) * Foundation.exp(Double(k))
        }
        return ([loss.value], [Foundation.log(sum)])
      }
    }
  }
}
