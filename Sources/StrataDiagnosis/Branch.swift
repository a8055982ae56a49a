import StrataLayers
import StrataTensor

/// A way past which another leads: the layers in a Residual, or one of the branches that a Parallel adds up.
struct Branch {
  let path: String
  let hasLearntScale: Bool
}

extension Module {
  /// All branches of the model, outer ones first.
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
