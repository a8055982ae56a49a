import PyTorchModels
import Strata
import StrataTensor
import Testing

/// Weights from PyTorch and for PyTorch, whose files are in Tests/References/pytorch.
@Suite(.seeded) struct PyTorchStateTests {
  private static let outputs = Result { try Reference("pytorch/outputs") }

  // MARK: - Files that PyTorch has written

  @Test(arguments: PyTorchModel.all)
  func `a model with PyTorch's weights gives PyTorch's outputs`(_ entry: PyTorchModel) throws {
    let outputs = try Self.outputs.get()
    let model = entry.make()
    let report = try model.load(pytorch: Reference("pytorch/\(entry.name)").tensors, renaming: entry.renaming)
    #expect(report.isEmpty)
    let (y, expected) = (model(outputs[entry.name + ".x"]), outputs[entry.name + ".y"])
    #expect(y.shape == expected.shape)
    let limit = 1e-6 * max(1, abs(expected).max().item)
    #expect(abs(y - expected).max().item <= limit)
  }

  @Test(arguments: PyTorchModel.all)
  func `what is written for PyTorch is what PyTorch has written, to the last bit`(_ entry: PyTorchModel) throws {
    var state = try Reference("pytorch/\(entry.name)").tensors
    let model = entry.make()
    try model.load(pytorch: state, renaming: entry.renaming)
    state = state.filter { !$0.key.hasSuffix("num_batches_tracked") }
    // PyTorch's package names a tied tensor by the first of its names in the alphabet.
    if let table = state.removeValue(forKey: "decoder.weight") { state["embedding.weight"] = table }
    let written = model.pytorchState(renaming: entry.renaming)
    #expect(written.keys.sorted() == state.keys.sorted())
    for (name, tensor) in state { #expect(written[name]?.isIdentical(to: tensor) == true, "\(name)") }
  }

  @Test func `there are twelve architectures and more`() { #expect(PyTorchModel.all.count >= 12) }

  // MARK: - Names

  @Test func `a level of names can be left out or put before all`() throws {
    let model = Sequential {
      Frozen {
        Linear(2, 3); Tanh()
      }
      Linear(3, 1)
    }
    #expect(model.pytorchState.keys.sorted() == ["0.0.bias", "0.0.weight", "1.bias", "1.weight"])
    let flat = model.pytorchState(renaming: ["0": "", "1": "2"])
    #expect(flat.keys.sorted() == ["0.bias", "0.weight", "2.bias", "2.weight"])
    let parallel = model.pytorchState(renaming: ["": "module", "1": "module.head"])
    #expect(
      parallel.keys.sorted() == ["module.0.0.bias", "module.0.0.weight", "module.head.bias", "module.head.weight"])
    let other = Sequential {
      Linear(2, 3); Tanh(); Linear(3, 1)
    }
    try other.load(pytorch: flat)
    let x = Tensor(normal: [4, 2])
    #expect(model(x) == other(x))
  }

  @Test func `matrices are transposed where a name says so, once`() {
    let model = MatrixProduct(dimensions: [2, 3])
    let state = model.pytorchState(renaming: ["factors.0": .transposed("scale")])
    #expect(state == ["scale": model.factors[0].value.transposed.tensor])
    let twice = Linear(2, 3).pytorchState(renaming: ["weight": .transposed("w"), "bias": .transposed("b")])
    #expect(twice["w"]?.shape == [2, 3] && twice["b"]?.shape == [3])
  }

  /// What an attention layer holds, whose three maps are one tensor in PyTorch.
  private struct Projections: Layer, PyTorchNamed {
    let query = Linear(3, 4)
    let key = Linear(3, 4)
    let value = Linear(3, 2)
    let output = Linear(2, 3)

    var pytorchNames: [String: PyTorchName] {
      [
        "query.weight": .part(0, of: "in_proj_weight"), "query.bias": .part(0, of: "in_proj_bias"),
        "key.weight": .part(1, of: "in_proj_weight"), "key.bias": .part(1, of: "in_proj_bias"),
        "value.weight": .part(2, of: "in_proj_weight"), "value.bias": .part(2, of: "in_proj_bias"),
        "output": "out_proj",
      ]
    }

    func forward(_ x: consuming Tensor) -> (Tensor, Void) { (x, ()) }
    func backward(_ dy: consuming Tensor, _ cache: Void, _ gradients: inout Gradients) -> Tensor { dy }
  }

  @Test func `several tensors can be one in PyTorch`() throws {
    let (model, other) = (Sequential { Projections() }, Sequential { Projections() })
    let state = model.pytorchState
    #expect(
      state.keys.sorted() == ["0.in_proj_bias", "0.in_proj_weight", "0.out_proj.bias", "0.out_proj.weight"])
    let layer = model.layers[0] as! Projections
    let weights = [layer.query, layer.key, layer.value].map { $0.weight.value.transposed.tensor }
    #expect(state["0.in_proj_weight"] == Tensor(concatenating: weights))
    #expect(state["0.in_proj_weight"]?.shape == [10, 3])
    try other.load(pytorch: state)
    #expect(other.state == model.state)
  }

  // MARK: - What does not fit

  private func net() -> Sequential {
    Sequential {
      Linear(3, 4); BatchNorm(4); Linear(4, 2)
    }
  }

  @Test func `one report has all that does not fit, and nothing is set`() throws {
    let model = net()
    var state = model.pytorchState.mapValues { $0 + 1 }
    state["1.num_batches_tracked"] = Tensor(labels: [7])
    state["0.wieght"] = state.removeValue(forKey: "0.weight")
    state["2.weight"] = Tensor(zeros: [4, 2])
    state["1.running_var"] = Tensor([1, 2, -1, 0])
    let before = model.state
    let error = #expect(throws: StateError.self) { try model.load(pytorch: state) }
    #expect(
      error?.description == """
        PyTorch's state does not fit the model; nothing was loaded
          missing: 0.weight
          unexpected: 0.wieght (the nearest is 0.weight)
          2.weight: the model has shape [2, 4], the state [4, 2]; PyTorch's weights are [out, in], and load(_:) takes a \
        state of Strata
          1.running_var: numbers from 0 on are needed, not -1.0, its element 2
          where names differ, say so: renaming: ["0": "encoder"]
        """)
    #expect(model.state == before)

    let report = try model.load(pytorch: state, strict: false)
    #expect(report.missing == ["0.weight"] && report.misshapen.map(\.path) == ["2.weight"])
    #expect(report.description.hasPrefix("PyTorch's state does not fit the model; what fits was loaded\n"))
    let after = model.state
    #expect(after.filter { $0.value == before[$0.key] }.keys.sorted() == ["0.weight", "1.runningVariance", "2.weight"])
    #expect(after["0.bias"] == before["0.bias"]! + 1)
  }

  @Test func `all that fits is a report of nothing`() throws {
    let report = try net().load(pytorch: net().pytorchState, strict: false)
    #expect(report.isEmpty && "\(report)" == "the state fits the model")
  }

  @Test func `ten reasons of each kind are listed`() {
    let model = Sequential { for _ in 0..<10 { Linear(2, 2) } }
    let error = #expect(throws: StateError.self) {
      try model.load(pytorch: Dictionary(uniqueKeysWithValues: (0..<30).map { ("fc\($0)", Tensor(zeros: [2])) }))
    }
    let lines = "\(error!)".split(separator: "\n")
    #expect(lines.count { $0.contains("missing:") } == 10 && lines.count { $0.contains("unexpected:") } == 10)
    #expect(lines.contains("  and 10 more") && lines.contains("  and 20 more"))
  }

  @Test func `numbers take on the model's precision, and those that are not finite are refused`() throws {
    let model = net()
    try model.load(pytorch: model.pytorchState.mapValues { $0.converted(to: .float64) })
    #expect(model.parameters.allSatisfy { $0.parameter.dtype == .float32 })
    var state = model.pytorchState
    state["2.bias"] = Tensor([.nan, 0])
    let error = #expect(throws: StateError.self) { try model.load(pytorch: state) }
    #expect(error?.unusable.map(\.path) == ["2.bias"])
  }

  @Test func `a tied tensor comes under any of its names, with the same numbers under all`() throws {
    let table = Embedding(5, 3)
    let model = Sequential {
      table; TiedLinear(transposing: table.weight, bias: false)
    }
    let numbers = Tensor(normal: [5, 3])
    for names in [["0.weight"], ["1.weight"], ["0.weight", "1.weight"]] {
      table.weight.value = Tensor(zeros: [5, 3])
      try model.load(pytorch: Dictionary(uniqueKeysWithValues: names.map { ($0, numbers) }))
      #expect(table.weight.value == numbers)
    }
    #expect(model.pytorchState == ["0.weight": numbers])
    let error = #expect(throws: StateError.self) {
      try model.load(pytorch: ["0.weight": numbers, "1.weight": numbers + 1])
    }
    #expect(
      error?.description.contains("1.weight: the numbers of 0.weight, to which it is tied, are needed, not others")
        == true)
    #expect(throws: StateError.self) { try model.load(pytorch: [:]) }
    #expect(table.weight.value == numbers)
  }

  @Test func `a tied tensor may lie the other way under its second name`() throws {
    let encoder = Linear(4, 2, bias: false)
    let model = Sequential {
      encoder; TiedLinear(transposing: encoder.weight, bias: false)
    }
    let numbers = Tensor(normal: [4, 2])
    try model.load(pytorch: ["0.weight": numbers.transposed.tensor, "1.weight": numbers])
    #expect(encoder.weight.value == numbers)
  }
}
