/// Which keys a query of attention sees, and what is added to their scores.
///
/// ```swift
/// .causal                                          // each step sees itself and those before it
/// AttentionMask(lengths: [7, 3])                   // of each sequence of the batch the first keys alone
/// AttentionMask(visible: a .>= b)                  // where this is not 0
/// AttentionMask(causal: true, bias: distances)     // added to the scores before the softmax
/// ```
///
/// A query that sees no key has the output 0, and passes no gradient.
public struct AttentionMask: Sendable, CustomReflectable {
  /// Whether query i of Tq sees the first Tk − Tq + i + 1 of Tk keys alone: the last query sees all of them.
  ///
  /// PyTorch's `is_causal` aligns the first query with the first key instead; with Tq = Tk both are the same.
  public let isCausal: Bool

  /// How many keys each sequence of the batch has, where they are fewer than the axis is long.
  public let lengths: [Int]?

  /// What is 0 where a query does not see a key; its shape broadcasts to [B, H, Tq, Tk].
  public let visible: Tensor?

  /// What is added to the scores; its shape broadcasts likewise.
  public let bias: Tensor?

  /// Every query sees every key.
  public static let none = AttentionMask()

  /// Every query sees the keys up to its own place.
  public static let causal = AttentionMask(causal: true)

  /// A mask of all conditions that are given: a key is seen where each allows it.
  ///
  /// - Parameters:
  ///   - causal: Whether queries see the keys up to their own place alone.
  ///   - lengths: The number of keys of each sequence; what lies beyond is not read.
  ///   - visible: A tensor that is 0 where a query does not see a key; its shape broadcasts to [B, H, Tq, Tk].
  ///   - bias: A constant that is added to the scores; it broadcasts likewise.
  public init(causal: Bool = false, lengths: [Int]? = nil, visible: Tensor? = nil, bias: Tensor? = nil) {
    isCausal = causal
    self.lengths = lengths
    self.visible = visible
    self.bias = bias
  }

  /// Whether what the mask adds or hides broadcasts to scores [B, H, Tq, Tk], with as many elements as keys along the last
  /// axis.
  package func fits(_ scores: Shape) -> Bool {
    [visible, bias].allSatisfy { mask in
      guard let shape = mask?.shape else { return true }
      return shape.rank > 0 && shape[-1] == scores[3] && shape.broadcasts(to: scores)
    }
  }

  /// What is added to scores of this type, −∞ where a key is not seen.
  package func scores(_ dtype: DType) -> Tensor? {
    let bias = bias?.converted(to: dtype)
    guard let visible else { return bias }
    return Tensor.where(visible, bias ?? Tensor(zeros: [], dtype: dtype), -.infinity)
  }

  /// Nothing in it is a tensor of a model's state: it follows the type of the scores.
  public var customMirror: Mirror { Mirror(self, children: []) }
}
