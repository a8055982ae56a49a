import StrataTensor

/// One step of a long short-term memory whose output is projected to fewer features: h = rP with r = o∘tanh(c), and i,
/// f, g, o and c as in ``LSTMCell``, where h' has the projected features.
///
/// - Shapes: x is [B, in], h is [B, P], c is [B, H]; W is [in, 4H], U is [P, 4H], b and b' are [4H], the projection is
///   [H, P].
///
/// # Backward
/// h = rP gives dr = dh·Pᵀ and dP = rᵀdh. From dr on it is the backward of an ``LSTMCell`` with dr in the place of its
/// dh: with y = tanh(c), dz_o = dr∘y∘o(1 − o) and dc += dr∘o∘(1 − y²), then dz_i = dc∘g∘i(1 − i), dz_f = dc∘c'∘f(1 −
/// f), dz_g = dc∘i∘(1 − g²) and dc' = dc∘f. dW = xᵀdz, dU = h'ᵀdz, db = db' = Σ dz, dx = dz·Wᵀ and dh' = dz·Uᵀ. The
/// cache is x, h', c', the gates, y and the three weights.
///
/// Sak, Senior and Beaufays, "Long Short-Term Memory Recurrent Neural Network Architectures for Large Scale Acoustic
/// Modeling", 2014. PyTorch's `nn.LSTM` with `proj_size`. It loops over the steps: where h need not be small, an
/// ``LSTMCell`` is faster.
public struct ProjectedLSTMCell: RecurrentCell, CustomStringConvertible {
  /// What the input is multiplied by, [inputs, 4 · hidden].
  public let inputWeight: Parameter
  /// What the output before is multiplied by, [projected, 4 · hidden].
  public let hiddenWeight: Parameter
  /// The bias of the input's product, where there is one, [4 · hidden].
  public let inputBias: Parameter?
  /// The bias of the output's product, where there is one, [4 · hidden].
  public let hiddenBias: Parameter?
  /// What the output is projected by, [hidden, projected].
  public let projection: Parameter

  /// What the backward of one step needs.
  public struct StepCache: Sendable {
    let x, h, c, i, f, g, o, y, inputWeight, hiddenWeight, projection: Tensor
  }

  /// A cell with all parameters uniform in ±1/√H.
  ///
  /// - Parameters:
  ///   - inputs: The features of x.
  ///   - hidden: The units, H.
  ///   - projected: The features of h, P.
  ///   - bias: Whether there are biases.
  public init(_ inputs: Int, _ hidden: Int, projected: Int, bias: Bool = true) {
    require(
      inputs > 0 && hidden > 0 && projected > 0,
      "ProjectedLSTMCell(\(inputs), \(hidden), projected: \(projected)): all sizes must be positive")
    func parameter(_ shape: Shape) -> Parameter { gateParameter(shape, hidden: hidden) }
    inputWeight = parameter([inputs, 4 * hidden])
    hiddenWeight = parameter([projected, 4 * hidden])
    (inputBias, hiddenBias) = bias ? (parameter([4 * hidden]), parameter([4 * hidden])) : (nil, nil)
    projection = parameter([hidden, projected])
  }

  public var inputSize: Int { inputWeight.shape[0] }
  public var hiddenSize: Int { projection.shape[1] }

  public func initialState(batch: Int, dtype: DType) -> LSTMState {
    LSTMState(
      h: Tensor(zeros: [batch, hiddenSize], dtype: dtype), c: Tensor(zeros: [batch, projection.shape[0]], dtype: dtype))
  }

  public func step(_ x: Tensor, _ state: LSTMState) -> (LSTMState, StepCache) {
    let (w, u, p) = (inputWeight.value, hiddenWeight.value, projection.value)
    var z = matmul(x, w) + matmul(state.h, u)
    if let inputBias, let hiddenBias { z += inputBias.value + hiddenBias.value }
    let gates = z.split(Array(repeating: p.shape[0], count: 4), along: 1)
    let (i, f, g, o) = (sigmoid(gates[0]), sigmoid(gates[1]), tanh(gates[2]), sigmoid(gates[3]))
    let c = f * state.c + i * g
    let y = tanh(c)
    let cache = StepCache(
      x: x, h: state.h, c: state.c, i: i, f: f, g: g, o: o, y: y, inputWeight: w, hiddenWeight: u, projection: p)
    return (LSTMState(h: matmul(o * y, p), c: c), cache)
  }

  public func backward(
    _ dState: LSTMState, _ cache: consuming StepCache, _ gradients: inout Gradients
  ) -> (dx: Tensor, dState: LSTMState) {
    let (i, f, g, o, y) = (cache.i, cache.f, cache.g, cache.o, cache.y)
    gradients.addProduct((o * y).transposed, dState.h, to: projection)
    let dr = matmul(dState.h, cache.projection.transposed)
    let dc = dState.c + dr * o * (1 - y * y)
    let dz = Tensor(
      concatenating: [dc * g * i * (1 - i), dc * cache.c * f * (1 - f), dc * i * (1 - g * g), dr * y * o * (1 - o)],
      along: 1)
    gradients.addProduct(cache.x.transposed, dz, to: inputWeight)
    gradients.addProduct(cache.h.transposed, dz, to: hiddenWeight)
    if let inputBias { gradients.addColumnSums(of: dz, to: inputBias) }
    if let hiddenBias { gradients.addColumnSums(of: dz, to: hiddenBias) }
    let before = LSTMState(h: matmul(dz, cache.hiddenWeight.transposed), c: dc * f)
    return (matmul(dz, cache.inputWeight.transposed), before)
  }

  public var description: String {
    "ProjectedLSTMCell(\(inputSize), \(projection.shape[0]), projected: \(hiddenSize)"
      + (inputBias == nil ? ", bias: false)" : ")")
  }
}
