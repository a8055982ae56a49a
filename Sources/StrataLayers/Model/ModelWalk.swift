import StrataTensor

/// Walks the stored properties of a value, depth first in order of declaration, by reflection.
///
/// Containers' children are named by position, other properties by name, elements of arrays by index, values
/// of dictionaries by key in ascending order. What cannot be walked (a cycle of references) stops with a
/// message: nothing is missed silently. What a closure captures cannot be seen; an optimizer refuses the
/// gradient of a parameter that no walk has found.
package struct ModelWalk {
  private let visit: (_ value: Any, _ path: String) -> Void
  private var ancestors: Set<ObjectIdentifier> = []
  /// How many modules the value at hand is in.
  private var depth = 0
  /// True among a container's own properties: the modules there are its children, which have other names.
  private var skipsModules = false

  /// Gives `visit` each value in `value`, itself included, with its path. Tensors, tensors with identity and random
  /// streams are leaves.
  package static func walk(_ value: Any, _ visit: @escaping (_ value: Any, _ path: String) -> Void) {
    var walk = ModelWalk(visit: visit)
    walk.walk(value, path: "")
  }

  /// All tensors in a value, such as a cache, with their paths.
  package static func tensors(in value: Any) -> [(path: String, tensor: Tensor)] {
    var found: [(path: String, tensor: Tensor)] = []
    walk(value) { value, path in
      if let tensor = value as? Tensor { found.append((path, tensor)) }
    }
    return found
  }

  private init(visit: @escaping (_ value: Any, _ path: String) -> Void) { self.visit = visit }

  private mutating func walk(_ value: Any, path: String) {
    if skipsModules && value is any Module { return }
    visit(value, path)
    if value is Tensor || value is any TensorHolder || value is RandomStream { return }
    let level = value is any Module ? 1 : 0
    depth += level
    defer { depth -= level }
    Place.requireDepth(depth)
    guard let container = value as? any Container else { return walkMembers(of: value, path: path) }
    skipsModules = true
    walkMembers(of: value, path: path)
    skipsModules = false
    for (position, child) in container.children.enumerated() {
      walk(child, path: joined(path, "\(position)"))
    }
  }

  private mutating func walkMembers(of value: Any, path: String) {
    let mirror = Mirror(reflecting: value)
    switch mirror.displayStyle {
    case .optional:
      for child in mirror.children { walk(child.value, path: path) }
    case .collection, .set:
      walkElements(mirror, path: path)
    case .dictionary:
      walkEntries(mirror, path: path)
    case .class:
      walkObject(value as AnyObject, mirror, path: path)
    default:
      walkProperties(mirror, path: path)
    }
  }

  private mutating func walkElements(_ mirror: Mirror, path: String) {
    for (index, element) in mirror.children.enumerated() {
      if element.value is any TensorScalar { return }  // a table of numbers holds nothing to find
      walk(element.value, path: joined(path, "\(index)"))
    }
  }

  private mutating func walkEntries(_ mirror: Mirror, path: String) {
    let entries = mirror.children.map { entry in
      let pair = Array(Mirror(reflecting: entry.value).children)
      return (key: "\(pair[0].value)", value: pair[1].value)
    }
    for entry in entries.sorted(by: { $0.key < $1.key }) { walk(entry.value, path: joined(path, entry.key)) }
  }

  private mutating func walkObject(_ object: AnyObject, _ mirror: Mirror, path: String) {
    let identity = ObjectIdentifier(object)
    require(
      ancestors.insert(identity).inserted,
      "\(path): this \(type(of: object)) is reached again from its own properties; "
        + "a model's layers cannot form a cycle of references")
    var ancestor = mirror.superclassMirror
    var inherited: [Mirror] = []
    while let mirror = ancestor {
      inherited.append(mirror)
      ancestor = mirror.superclassMirror
    }
    for mirror in inherited.reversed() { walkProperties(mirror, path: path) }
    walkProperties(mirror, path: path)
    ancestors.remove(identity)
  }

  private mutating func walkProperties(_ mirror: Mirror, path: String) {
    for child in mirror.children {
      // A tuple's elements are labelled ".0", a lazy property or a wrapper's storage "_name".
      let label = child.label.map { String($0.drop { $0 == "." || $0 == "_" || $0 == "$" }) } ?? ""
      walk(child.value, path: label.isEmpty ? path : joined(path, label))
    }
  }
}
