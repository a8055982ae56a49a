import StrataTensor

/// A model as a table: each layer with its output shape, its parameters, and the bytes it caches for a
/// given batch.
public struct ModelSummary: Sendable, CustomStringConvertible {
  /// One module that holds no other, or one that keeps more for backward than those in it.
  public struct Row: Sendable {
    /// Its path in the model.
    public let path: String
    /// How it describes itself.
    public let layer: String
    /// The shapes of the tensors that it gives: one for a layer.
    public let outputShapes: [Shape]
    /// The shape of a layer's output.
    public var outputShape: Shape { outputShapes[0] }
    /// The elements of the parameters that no row before it has.
    public let parameterCount: Int
    /// The bytes that its cache adds to those of the rows before it.
    public let cachedBytes: Int
  }

  /// The shapes of the batch.
  public let input: [Shape]
  /// The modules in the order in which they run, then parameters that containers hold themselves.
  public let rows: [Row]
  /// The bytes that all caches hold, those of containers included.
  public let cachedBytes: Int

  /// The elements of all parameters.
  public var parameterCount: Int { rows.reduce(0) { $0 + $1.parameterCount } }

  init<Model: Module>(of model: Model, at x: Model.Input) {
    let contents = ModelContents(of: model)
    let runs = contents.restoringStreams {
      LeafRuns.ofForward(model, at: x.mapped { $0.copied() }, includesContainers: true)
    }
    var storages = CachedStorages(model: model)
    var counted: Set<ObjectIdentifier> = []
    var rows = runs.compactMap { run -> Row? in
      let bytes = storages.newBytes(in: run.cache as Any)
      if run.isContainer && bytes == 0 { return nil }
      let fresh =
        run.isContainer ? [] : run.module.parameters.filter { counted.insert(ObjectIdentifier($0.parameter)).inserted }
      return Row(
        path: run.path, layer: "\(run.module)", outputShapes: run.output.map(\.shape),
        parameterCount: fresh.reduce(0) { $0 + $1.parameter.shape.count },
        cachedBytes: bytes)
    }
    for (path, own) in contents.parameters where counted.insert(ObjectIdentifier(own)).inserted {
      rows.append(
        Row(
          path: path, layer: "Parameter", outputShapes: [own.shape], parameterCount: own.shape.count,
          cachedBytes: 0))
    }
    input = x.shapes
    self.rows = rows
    cachedBytes = model.cachedBytes(at: x)
  }

  public var description: String {
    let header = ["", "layer", "output for \(input.listed)", "parameters", "cached bytes"]
    let body = rows.map {
      [$0.path, $0.layer, $0.outputShapes.listed, grouped($0.parameterCount), grouped($0.cachedBytes)]
    }
    let total = ["", "total", "", grouped(parameterCount), grouped(cachedBytes)]
    return table([header] + body + [total], rightAligned: [3, 4])
  }
}

extension Module {
  /// Returns the model as a table, for a batch such as this one, on which it runs once.
  ///
  /// - Throws: ``ShapeError`` where the batch does not fit.
  public func summary(at batch: Input) throws -> ModelSummary {
    try validate(input: batch.shapes)
    return ModelSummary(of: self, at: batch)
  }
}

extension Layer {
  /// Returns the model as a table, for a batch of this shape. It runs the model once on zeros.
  ///
  /// - Parameters:
  ///   - input: The shape of a batch, batch axis first.
  ///   - dtype: The type of the input; nil for `int32` where an ``Embedding`` has the model's first parameter, else the
  ///     type of the parameters.
  /// - Throws: ``ShapeError`` where the shape does not fit.
  public func summary(input: Shape, dtype: DType? = nil) throws -> ModelSummary {
    try withZeros(input, dtype) { ModelSummary(of: self, at: $0) }
  }

  /// Runs `body` on zeros of this shape, whose type a message names that stops it.
  package func withZeros<R>(_ input: Shape, _ dtype: DType?, _ body: (Tensor) throws -> R) throws -> R {
    try validate(input: input)
    let zeros = Tensor(zeros: input, dtype: dtype ?? inputType)
    return try StopNote.scope.with("The input is zeros of \(zeros.dtype); dtype: gives them another type.") {
      try body(zeros)
    }
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
