/// The name that PyTorch has for a tensor, or for a module with all that is in it, and how matrices lie there.
///
/// ```swift
/// try model.load(
///   pytorch: Safetensors.read("model.safetensors"),
///   renaming: [
///     "0": "encoder",                        // 0.weight is encoder.weight, 0.bias encoder.bias
///     "1": .layer(1, of: "lstm"),            // 1.weight_ih_l0 is lstm.weight_ih_l1
///     "2.scale": .transposed("head.scale"),  // [out, in] in PyTorch
///   ])
/// ```
public struct PyTorchName: Sendable, Equatable, ExpressibleByStringInterpolation {
  var name: String
  private(set) var isTransposed = false
  private(set) var part: Int?
  private var level: Int?

  /// The same layout under this name; an empty one leaves a level of names out.
  public init(_ name: String) { self.name = name }

  public init(stringLiteral name: String) { self.init(name) }

  /// A name under which matrices are transposed: [out, in] in PyTorch.
  public static func transposed(_ name: String) -> PyTorchName { PyTorchName(name, isTransposed: true) }

  /// A name for several tensors, which PyTorch holds as one: this is number `index` of them from the first row on.
  public static func part(_ index: Int, of name: String) -> PyTorchName { PyTorchName(name, part: index) }

  /// A name for one layer of a stack that is a single module in PyTorch, such as `nn.LSTM` with `num_layers=2`: `_l0` in
  /// the names of its tensors becomes `_l1` for layer 1.
  public static func layer(_ index: Int, of name: String) -> PyTorchName { PyTorchName(name, level: index) }

  private init(_ name: String, isTransposed: Bool = false, part: Int? = nil, level: Int? = nil) {
    (self.name, self.isTransposed, self.part, self.level) = (name, isTransposed, part, level)
  }

  /// Puts the name of the longest beginning that is among `names` in its place.
  mutating func rename(by names: [String: PyTorchName]) {
    let beginnings = names.filter { isInside(name, $0.key) }
    guard let (old, new) = beginnings.max(by: { $0.key.count < $1.key.count }) else { return }
    let rest = relative(name, to: old)
    name = joined(new.name, new.level.map { rest.replacing("_l0", with: "_l\($0)") } ?? rest)
    isTransposed = isTransposed != new.isTransposed
    part = new.part ?? part
  }
}
