import StrataTensor

/// The tensors of some layers that a recomputation reads again: they must not have changed since the forward.
///
/// Its mirror is empty: these tensors belong to the layers, and a walk finds them there.
struct WatchedTensors: Sendable, CustomReflectable {
  private let holders: [any TensorHolder]

  init(in module: any Module) {
    let contents = ModelContents(of: module)
    holders =
      contents.parameters.map(\.parameter) + contents.statistics.map(\.statistic)
      + contents.constants.map(\.constant)
  }

  init(joining parts: some Collection<WatchedTensors>) { holders = parts.flatMap(\.holders) }

  /// How often each has been changed.
  var versions: [Int] { holders.map(\.box.version) }

  /// Stops the program where one has changed since these versions were noted.
  func requireUnchanged(since versions: [Int], _ layer: String) {
    for (holder, version) in zip(holders, versions) {
      require(
        holder.box.version == version,
        "\(layer): \(holder.name) has changed since the forward pass, so running forward again would not give "
          + "what the loss saw; run backward before the optimizer's update")
    }
  }

  var customMirror: Mirror { Mirror(self, children: []) }
}
