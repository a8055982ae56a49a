import StrataLayers
import StrataTensor

/// What L-BFGS remembers, of all parameters together.
struct LBFGSMemory {
  /// Those that are not frozen.
  let parameters: [Parameter]
  /// How many moves have been made since the run began.
  var moveCount = 0
  /// The length of the last.
  var t = 0.0
  /// H₀.
  var scale = 1.0
  var direction: [Tensor] = []
  var gradient: [Tensor] = []
  /// The pairs s and y of the last moves, the oldest first, with 1 / yᵀs.
  private(set) var pairs: [(move: [Tensor], change: [Tensor], inverse: Double)] = []

  init(_ slots: Slots<LBFGS.State>) {
    let kept = slots.slots.filter { $0.state != nil }
    parameters = kept.map(\.parameter)
    let states = kept.map { $0.state! }
    (direction, gradient) = (states.map(\.direction), states.map(\.gradient))
    guard let progress = states.first?.progress.elements(as: Double.self) else { return }
    // What was loaded may be any numbers.
    func count(_ number: Double, _ limit: Int) -> Int { Int(max(0, min(number, Double(limit)))) }
    (moveCount, t, scale) = (count(progress[0], 1 << 53), progress[2], progress[0] == 0 ? 1 : progress[3])
    for index in 0..<count(progress[1], states[0].moves.shape[0]) {
      append(states.map { $0.moves[index] }, states.map { $0.changes[index] })
    }
  }

  /// Writes all of it to the parameters' slots.
  func write(to slots: inout Slots<LBFGS.State>) {
    var position = 0
    let progress = Tensor([Double(moveCount), Double(pairs.count), t, scale] as [Double])
    for index in slots.slots.indices where slots.slots[index].state != nil {
      var state = slots.slots[index].state.take()!
      (state.direction, state.gradient, state.progress) = (direction[position], gradient[position], progress)
      for (place, pair) in pairs.enumerated() {
        state.moves[place] = pair.move[position]
        state.changes[place] = pair.change[position]
      }
      slots.slots[index].state = state
      slots.slots[index].step += 1
      position += 1
    }
  }

  /// Takes in a move and the change of the gradient along it, in the place of the oldest where there are as many.
  mutating func add(_ move: [Tensor], _ change: [Tensor], limit: Int) {
    let product = change.dot(move)
    guard product > 1e-10 else { return }
    if pairs.count == limit { pairs.removeFirst() }
    append(move, change)
    scale = product / change.dot(change)
  }

  private mutating func append(_ move: [Tensor], _ change: [Tensor]) {
    pairs.append((move, change, 1 / change.dot(move)))
  }

  /// Returns −H g, by the two-loop recursion.
  func descent(from gradient: [Tensor]) -> [Tensor] {
    var (q, parts) = (gradient.map { -1 * $0 }, [Double]())
    for pair in pairs.reversed() {
      parts.append(pair.move.dot(q) * pair.inverse)
      q.add(pair.change, times: -parts.last!)
    }
    q = q.map { $0 * scale }
    for (pair, part) in zip(pairs, parts.reversed()) {
      q.add(pair.move, times: part - pair.change.dot(q) * pair.inverse)
    }
    return q
  }
}

extension [Tensor] {
  /// Σ of the products of elements at the same places.
  func dot(_ other: [Tensor]) -> Double { zip(self, other).reduce(0) { $0 + ($1.0 * $1.1).sum().item } }

  /// The largest size of an element.
  var largest: Double { reduce(0) { $1.count == 0 ? $0 : Swift.max($0, abs($1).max().item) } }

  mutating func add(_ other: [Tensor], times factor: Double) {
    for index in indices { self[index] += factor * other[index] }
  }
}
