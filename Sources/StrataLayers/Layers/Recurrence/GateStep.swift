import StrataTensor

/// One step of some adjacent sequences, and where its arrays lie. What a cell has not points to something else that is
/// as long.
struct GateStep<T: KernelScalar> {
  /// The number of the step.
  let step: Int
  /// The first of the sequences, in the layout's order, and how many there are.
  let first, count: Int
  /// The first one's row among those of all steps.
  let row: Int
  /// The units of a state.
  let hidden: Int

  /// The gates, [count, gates · hidden]: xW + b, which the loop makes activations, and backward dL/dz. Those of
  /// hU + b' apart, or the same.
  let z, zh: UnsafeMutablePointer<T>
  /// The state before the step.
  let hBefore, cBefore: UnsafePointer<T>
  /// The state after it.
  let h, c: UnsafeMutablePointer<T>

  /// In backward dL by the output of the step alone, where there is one, and dL by the state after it through the steps
  /// that follow, which becomes dL by the state before.
  var dy: UnsafePointer<T>?
  var dh, dc: UnsafeMutablePointer<T>?

  /// Runs a cell's vector loop: all of a step but its matrix products.
  func run(_ loop: T.Step) { loop(count, hidden, z, zh, hBefore, cBefore, h, c, dy, dh, dc) }
}
