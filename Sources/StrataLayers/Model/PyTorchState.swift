import StrataTensor

extension Module {
  /// Every parameter and statistic by PyTorch's name and in its layout: what `load_state_dict` takes.
  ///
  /// ```swift
  /// try Safetensors.write(model.pytorchState, metadata: ["format": "pt"], to: "model.safetensors")
  /// ```
  /// ```python
  /// model.load_state_dict(safetensors.torch.load_file("model.safetensors"))
  /// ```
  ///
  /// The article "Coming from PyTorch" has the names of each layer, and what to do where a model's differ.
  public var pytorchState: [String: Tensor] { pytorchState(renaming: [:]) }

  /// Returns every parameter and statistic by PyTorch's name and in its layout.
  ///
  /// A tensor that several layers hold is there once, under the name of the first, as `safetensors.torch.load_model`
  /// takes it. `num_batches_tracked` of `nn.BatchNorm2d` is not there, and `load_state_dict` does not miss it.
  ///
  /// - Parameter renaming: PyTorch's names where they differ, by the beginnings of the keys of ``pytorchState``.
  public func pytorchState(renaming: [String: PyTorchName]) -> [String: Tensor] {
    let entries = PyTorchLayout(of: self, renaming: renaming).groups.map { $0[0] }
    return Dictionary(uniqueKeysWithValues: entries.map { ($0.name, $0.joined($0.pieces.map(\.holder.value))) })
  }

  /// Sets every parameter and statistic from a `state_dict` of PyTorch; numbers take on the model's precision.
  ///
  /// ```swift
  /// try model.load(pytorch: Safetensors.read("model.safetensors"), renaming: ["0": "encoder", "2": "decoder"])
  /// ```
  ///
  /// Of a tensor that several layers hold, the state has one or several names, under which it has the same numbers.
  ///
  /// - Parameters:
  ///   - state: The tensors of the `state_dict`, such as a file has that `safetensors.torch.save_file` wrote.
  ///   - renaming: PyTorch's names where they differ, by the beginnings of the keys of ``pytorchState``.
  ///   - strict: Whether all must fit. Otherwise what fits is set, and the rest of the model stays.
  /// - Returns: What does not fit, with all reasons; nothing where `strict`.
  /// - Throws: ``StateError`` if `strict`, unless the state has exactly the model's names and shapes, and numbers that are
  ///   finite in its precision and have a meaning there; nothing is set then.
  @discardableResult
  public func load(
    pytorch state: [String: Tensor], renaming: [String: PyTorchName] = [:], strict: Bool = true
  ) throws -> StateError {
    let layout = PyTorchLayout(of: self, renaming: renaming)
    let entries = layout.groups.flatMap { group in
      let present = group.filter { state[$0.name] != nil }
      return (present.isEmpty ? [group[0]] : present).map(StateEntry.init)
    }
    var (fitting, report) = StateError.compare(state.filter { !layout.ignored.contains($0.key) }, with: entries)
    var values: [(holder: any TensorHolder, value: Tensor)] = []
    for group in layout.groups {
      let found = group.filter { fitting[$0.name] != nil }
      guard let first = found.first else { continue }
      let parts = first.parted(fitting[first.name]!)
      for other in found.dropFirst() where other.parted(fitting[other.name]!) != parts {
        report.unusable.append(
          .init(path: other.name, expected: "the numbers of \(first.name), to which it is tied,", found: "others"))
      }
      values += zip(first.pieces, parts).map { ($0.holder, $1) }
    }
    (report.isOfPyTorch, report.isPartial) = (true, !strict)
    if strict && !report.isEmpty { throw report }
    ModelSnapshot.changes.share { for (holder, value) in values { holder.box.update { $0 = value } } }
    return report
  }
}

extension StateEntry {
  fileprivate init(_ entry: PyTorchLayout.Entry) {
    let holder = entry.pieces[0].holder
    self.init(
      entry.name, [entry.shape], dtype: holder.dtype, minimum: (holder as? Statistic)?.minimum ?? -.infinity)
  }
}
