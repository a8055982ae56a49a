import StrataLayers
import StrataTensor

// The decomposition of the loss of all paths that read as labels.

/// The logarithm of what is impossible: its exponential is 0, and sums of such ones are numbers of either type.
private let impossible = -1e30

extension CTC: DecomposableSampleObjective {
  /// Returns −log Σ of the paths of each sequence, by α_t(s) = Σ of α_(t−1) of the states before s, in logarithms.
  public func decomposedSamples(_ output: Variable, _ target: CTCTarget) -> Variable {
    let logarithms = logSoftmax(output)
    let possible = logarithms.replacing(with: impossible, where: logarithms.value .< impossible)
    let (labels, room) = (target.labels.elements(as: Int.self), target.labels.shape[1])
    let lengths = zip(target.labelLengths.elements(as: Int.self), target.inputLengths.elements(as: Int.self))
    let losses = lengths.enumerated().map { row, lengths in
      let loss = loss(of: labels[row * room..<row * room + lengths.0], possible[row, 0..<lengths.1])
      return reduction == .mean ? loss / Double(max(1, lengths.0)) : loss
    }
    return Variable(stacking: losses)
  }

  /// The loss of one sequence, by its log softmax [T, K].
  private func loss(of labels: ArraySlice<Int>, _ logarithms: Variable) -> Variable {
    let states = [blank] + labels.flatMap { [$0, blank] }
    let (count, steps) = (states.count, logarithms.shape[0])
    let never = Variable(Tensor(repeating: zeroInfinity ? 0 : .infinity, shape: [], dtype: logarithms.dtype))
    if steps == 0 { return count == 1 ? logarithms.sum() : never }
    let emissions = logarithms.transposed.gathered(rows: Tensor(states.map { Int32($0) }, shape: [count])).transposed
    // A path goes on in its state, to the next, or past a blank to the next label, if that is another.
    let isBound = states.indices.map { $0 < 2 || states[$0] == blank || states[$0] == states[$0 - 2] ? 1.0 : 0 }
    func moved(_ sums: Variable, _ places: Int) -> Variable {
      sums.padded(before: places, along: 0, with: impossible).sliced(0..<count, along: 0)
    }
    var sums = emissions[0].replacing(with: impossible, where: Tensor(arange: 0..<count) .>= 2)
    for step in 1..<max(1, steps) {
      let past = moved(sums, 2).replacing(with: impossible, where: Tensor(isBound, shape: [count]))
      sums = logSumExp(Variable(stacking: [sums, moved(sums, 1), past]), along: 0) + emissions[step]
    }
    let total = logSumExp(sums.sliced(max(0, count - 2)..<count, along: 0))
    return total.value.item < impossible / 2 ? never : -total
  }
}
