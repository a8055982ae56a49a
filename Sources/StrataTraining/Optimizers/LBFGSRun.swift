import StrataLayers
import StrataTensor

/// The moves of one step.
struct LBFGSRun {
  let options: LBFGS
  var memory: LBFGSMemory
  var loss: Double
  var gradient: [Tensor]
  let evaluate: () throws -> (Double, [Tensor])

  /// Moves until the step is at its end.
  mutating func move() throws {
    var (moves, evaluations) = (0, 1)
    while moves < options.iterations, gradient.largest > options.gradientTolerance {
      let lossBefore = loss
      moves += 1
      memory.moveCount += 1
      if memory.moveCount == 1 {
        memory.direction = gradient.map { -1 * $0 }
      } else {
        let change = zip(gradient, memory.gradient).map { $0 - $1 }
        memory.add(memory.direction.map { $0 * memory.t }, change, limit: options.history)
        memory.direction = memory.descent(from: gradient)
      }
      memory.gradient = gradient
      let sum = gradient.reduce(0) { $0 + abs($1).sum().item }
      memory.t = memory.moveCount == 1 ? min(1, 1 / sum) * options.learningRate : options.learningRate
      let slope = gradient.dot(memory.direction)
      if slope > -options.changeTolerance { return }
      evaluations += try go(slope, isLast: moves == options.iterations)
      if evaluations >= options.evaluations { return }
      if memory.direction.largest * abs(memory.t) <= options.changeTolerance { return }
      if abs(loss - lossBefore) < options.changeTolerance { return }
    }
  }

  /// Moves along the direction; returns how many evaluations that took.
  private mutating func go(_ slope: Double, isLast: Bool) throws -> Int {
    let (parameters, direction, evaluate) = (memory.parameters, memory.direction, evaluate)
    let from = parameters.map(\.value)
    func set(_ t: Double) {
      for (index, parameter) in parameters.enumerated() { parameter.value = from[index] + t * direction[index] }
    }
    guard options.searchesLine else {
      set(memory.t)
      // Where the step ends, nobody asks for the loss there.
      if !isLast { (loss, gradient) = try evaluate() }
      return isLast ? 0 : 1
    }
    var search = WolfeSearch(
      from: .init(t: 0, loss: loss, slope: slope, gradient: gradient), directionSize: direction.largest,
      tolerance: options.changeTolerance
    ) { t in
      set(t)
      let (loss, gradient) = try evaluate()
      return .init(t: t, loss: loss.isFinite ? loss : .infinity, slope: gradient.dot(direction), gradient: gradient)
    }
    let end = try search.run(from: memory.t)
    (memory.t, loss, gradient) = (end.t, end.loss, end.gradient)
    set(end.t)
    return search.evaluations
  }
}
