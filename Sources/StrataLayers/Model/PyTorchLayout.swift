import StrataTensor

/// What a model holds, by PyTorch's names.
package struct PyTorchLayout {
  /// A tensor as PyTorch has it, made of one or several of the model's.
  package struct Entry {
    package let name: String
    package fileprivate(set) var pieces: [Piece]
  }

  /// One of the model's tensors in it.
  package struct Piece {
    package let holder: any TensorHolder
    let isTransposed: Bool
    fileprivate let part: Int?

    var shape: Shape { isTransposed ? Shape(holder.shape.lengths.reversed()) : holder.shape }
  }

  /// The tensors, in the order in which the model has them. Those of a group are the same tensors of the model: PyTorch
  /// has the first, and may have the others, which are tied to it.
  package private(set) var groups: [[Entry]] = []

  /// Names that a state may have and that are not read.
  let ignored: Set<String>

  /// Walks the model's properties.
  package init(of model: any Module, renaming: [String: PyTorchName]) {
    var (entries, ignored, names) = ([Entry](), Set<String>(), Set<String>())
    var positions: [String: Int] = [:]
    var modules: [(path: String, names: [String: PyTorchName])] = []
    /// The name for a path in the modules at hand.
    func name(_ path: String) -> PyTorchName {
      var (name, inner) = (PyTorchName(""), path)
      for module in modules.reversed() {
        name.name = joined(relative(inner, to: module.path), name.name)
        name.rename(by: module.names)
        inner = module.path
      }
      name.name = joined(inner, name.name)
      names.insert(name.name)
      name.rename(by: renaming)
      return name
    }
    ModelWalk.walk(model) { value, path in
      while let last = modules.last, !isInside(path, last.path) { modules.removeLast() }
      if let module = value as? any PyTorchNamed {
        modules.append((path, module.pytorchNames))
        ignored.formUnion(module.pytorchOnly.map { name(joined(path, $0)).name })
      }
      guard value is Parameter || value is Statistic, let holder = value as? any TensorHolder else { return }
      let place = name(path)
      let piece = Piece(
        holder: holder, isTransposed: place.isTransposed && holder.shape.rank == 2, part: place.part)
      guard let position = positions[place.name] else {
        positions[place.name] = entries.count
        entries.append(Entry(name: place.name, pieces: [piece]))
        return
      }
      let others = entries[position].pieces
      if others.contains(where: { $0.holder === holder && $0.part == piece.part }) { return }
      require(
        piece.part != nil && others.allSatisfy { $0.part != nil && $0.part != piece.part },
        "\(place.name): two tensors of the model would have this name in PyTorch, the second one at \(path); give one of "
          + "them another by renaming:, or call them parts of one tensor")
      entries[position].pieces.append(piece)
      entries[position].pieces.sort { $0.part! < $1.part! }
    }
    for beginning in renaming.keys.sorted() where !names.contains(where: { isInside($0, beginning) }) {
      let hint = nearest(to: beginning, among: names.sorted()).map { "; the nearest is \($0)" } ?? ""
      stop("renaming: no tensor of the model has a name that begins with \"\(beginning)\"\(hint)")
    }
    self.ignored = ignored
    var group: [[ObjectIdentifier]: Int] = [:]
    for entry in entries {
      let holders = entry.pieces.map { ObjectIdentifier($0.holder) }
      guard let known = group[holders] else {
        group[holders] = groups.count
        groups.append([entry])
        continue
      }
      groups[known].append(entry)
    }
  }
}

extension PyTorchLayout.Entry {
  /// The shape in PyTorch.
  package var shape: Shape {
    let shapes = pieces.map(\.shape)
    return shapes.count == 1 ? shapes[0] : shapes[0].replacing(0, by: shapes.reduce(0) { $0 + $1[0] })
  }

  /// Returns PyTorch's tensor of those of the pieces.
  package func joined(_ tensors: [Tensor]) -> Tensor {
    let parts = zip(pieces, tensors).map { $0.isTransposed ? $1.transposed.tensor : $1 }
    return parts.count == 1 ? parts[0] : Tensor(concatenating: parts)
  }

  /// Returns the tensors of the pieces of PyTorch's.
  package func parted(_ tensor: Tensor) -> [Tensor] {
    let parts = pieces.count == 1 ? [tensor] : tensor.split(pieces.map { $0.shape[0] }, along: 0)
    return zip(pieces, parts).map { $0.isTransposed ? $1.transposed.tensor : $1 }
  }
}
