import StrataLayers
import StrataTensor

/// A module as a layer, so that what checks layers checks modules: the floating-point tensors of its input joined, a row
/// for each example, and those of its output. Indices are those of an example of the input.
struct JoinedModule<Base: Module>: Layer, JoinedInput, CustomReflectable, CustomStringConvertible {
  let base: Base
  private let example: Base.Input
  private let layout: RowLayout

  struct Cache: Sendable {
    let base: Base.Cache
    let output: GroupKind<Base.Output>
    let layout: RowLayout
  }

  init(_ base: Base, like example: Base.Input) {
    (self.base, self.example) = (base, example)
    layout = RowLayout(example)
    require(
      layout.widths.reduce(0, +) > 0,
      "\(Base.self): an input of shapes \(example.shapes.listed) has no floating-point numbers to vary")
  }

  /// The example, joined.
  var input: Tensor { layout.join(example) }

  /// The example's rows, repeated to the number asked for.
  func input(rows: Int) -> Tensor { input.gathered(rows: (0..<rows).map { $0 % layout.rows }) }

  var parts: [InputPart] { layout.parts }
  var moduleName: String { "\(Base.self)" }

  func forward(_ x: Tensor) -> (Tensor, Cache) { joined(base.forward(group(x))) }

  func inference(_ x: Tensor) -> (Tensor, Cache) { joined(base.inference(group(x))) }

  private func joined(_ result: (output: Base.Output, cache: Base.Cache)) -> (Tensor, Cache) {
    let (y, cache) = result
    let layout = RowLayout(y)
    return (layout.join(y), Cache(base: cache, output: GroupKind(of: y), layout: layout))
  }

  func backward(_ dy: Tensor, _ cache: Cache, _ gradients: inout Gradients) -> Tensor {
    layout.join(base.backward(cotangent(dy, cache), cache.base, &gradients))
  }

  func accumulate(_ dy: Tensor, _ cache: Cache, _ gradients: inout Gradients) {
    base.accumulate(cotangent(dy, cache), cache.base, &gradients)
  }

  func callAsFunction(_ x: Tensor) -> Tensor {
    let y = base(group(x))
    return RowLayout(y).join(y)
  }

  func outputShape(for input: Shape) throws -> Shape {
    let width = layout.widths.reduce(0, +)
    guard input.rank == 2, input[1] == width, input[0] == layout.rows || layout.hasRows else {
      throw ShapeError(
        description, expected: "[\(layout.hasRows ? "B" : "1"), \(width)]", input: input, remedy: "join x")
    }
    return try base.outputShapes(for: group(Tensor(zeros: input)).shapes).map { RowLayout($0).shape } ?? input
  }

  /// The module's own mirror, so that paths are the module's.
  var customMirror: Mirror { Mirror(self, children: ["": base]) }

  var description: String { "\(base)" }

  private func group(_ x: Tensor) -> Base.Input {
    let rows = x.shape[0]
    // New memory, as that of a layer's input is: caches hold indices too.
    let example =
      rows == layout.rows ? example.mapped { $0.copied() } : example.gathered(rows: (0..<rows).map { $0 % layout.rows })
    return layout.fill(example, from: x)
  }

  private func cotangent(_ dy: Tensor, _ cache: Cache) -> Base.Output {
    cache.layout.fill(cache.output.zeros, from: dy)
  }
}
