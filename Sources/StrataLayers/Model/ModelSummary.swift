import StrataTensor

/// A model as a table: each layer with its output shape, its parameters, and the bytes it caches for a
/// given batch.
public struct ModelSummary: Sendable, CustomStringConvertible {
  public struct Row: Sendable {
    public let path: String
    public let layer: String
    public let outputShape: Shape
    public let parameterCount: Int
    /// The bytes that this layer's cache adds to those of the layers before it.
    public let cachedBytes: Int
  }

  public let input: Shape
  public let rows: [Row]

  public var parameterCount: Int { rows.reduce(0) { $0 + $1.parameterCount } }
  /// The bytes that all caches hold, those of containers included.
  public let cachedBytes: Int

  init(of model: any Layer, input: Shape, dtype: DType) {
    var rows: [Row] = []
    var storages = CachedStorages(model: model)
    var counted: Set<ObjectIdentifier> = []
    var caches: [any Sendable] = []  // kept, lest a freed storage's identity be given to another
    func run<L: Layer>(_ layer: L, _ path: String, _ x: consuming Tensor) -> Tensor {
      let (y, cache) = layer.forward(x)
      let fresh = layer.parameters.filter { counted.insert(ObjectIdentifier($0.parameter)).inserted }
      rows.append(
        Row(
          path: path, layer: "\(layer)", outputShape: y.shape,
          parameterCount: fresh.reduce(0) { $0 + $1.parameter.shape.count },
          cachedBytes: storages.newBytes(in: cache)))
      caches.append(cache)
      return y
    }
    let contents = ModelContents(of: model)
    contents.restoringStreams {
      _ = model.trace(Tensor(zeros: input, dtype: dtype)) { path, layer, x in run(layer, path, x) }
    }
    // What is left are parameters that containers hold themselves.
    for (path, own) in contents.parameters where counted.insert(ObjectIdentifier(own)).inserted {
      rows.append(
        Row(
          path: path, layer: "Parameter", outputShape: own.shape, parameterCount: own.shape.count,
          cachedBytes: 0))
    }
    self.input = input
    self.rows = rows
    cachedBytes = model.cachedBytes(for: input, dtype: dtype)
  }

  public var description: String {
    let header = ["", "layer", "output for \(input)", "parameters", "cached bytes"]
    let body = rows.map {
      [$0.path, $0.layer, "\($0.outputShape)", grouped($0.parameterCount), grouped($0.cachedBytes)]
    }
    let total = ["", "total", "", grouped(parameterCount), grouped(cachedBytes)]
    return table([header] + body + [total], rightAligned: [3, 4])
  }
}

extension Layer {
  /// The model as a table, for a batch of this shape. It runs the model once on zeros.
  public func summary(input: Shape, dtype: DType = .float32) throws -> ModelSummary {
    try validate(input: input)
    return ModelSummary(of: self, input: input, dtype: dtype)
  }
}

extension Sequential {
  /// The layers with their paths and parameters.
  public var description: String {
    let rows = layers.enumerated().map { ["\($0)", listed([$1]), grouped($1.parameterCount)] }
    let total = ["", "total", grouped(parameterCount)]
    return table([["", "layer", "parameters"]] + rows + [total], rightAligned: [2])
  }
}
