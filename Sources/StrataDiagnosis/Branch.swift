import StrataLayers
import StrataTensor

/// A path through the model with another path beside it: the layers in a Residual, or a branch of a Parallel sum.
struct Branch {
  let path: String
  let hasLearntScale: Bool
}

extension Module {
  /// All branches of the model, outermost first.
  var branches: [Branch] {
    var found: [Branch] = []
    ModelWalk.walk(self) { value, path in
      if let residual = value as? Residual {
        found.append(Branch(path: path, hasLearntScale: residual.scale != nil))
      } else if let parallel = value as? Parallel {
        let positions = parallel.branches.indices.map { "\($0)" }
        found += positions.map { Branch(path: path.isEmpty ? $0 : path + "." + $0, hasLearntScale: false) }
      }
    }
    return found
  }
}
