import StrataTensor

/// Walks the stored properties of a value, depth first in order of declaration, by reflection.
///
/// Containers' children are named by position, properties by name, elements of arrays by index, values of
/// dictionaries by key in ascending order. What cannot be walked (a cycle of references) stops with a message: nothing
/// is missed silently. What a closure captures cannot be seen; an optimizer refuses the gradient of a parameter
/// that no walk has found.
package struct ModelWalk {
  /// Looks at a value; true where it is a leaf.
  private let visit: (_ value: Any, _ path: String) -> Bool
  private var ancestors: Set<ObjectIdentifier> = []

  package init(_ visit: @escaping (_ value: Any, _ path: String) -> Bool) { self.visit = visit }

  package mutating func walk(_ value: Any, path: String = "") {
    if visit(value, path) { return }
    if let container = value as? any Container {
      for (position, child) in container.children.enumerated() {
        walk(child, path: joined(path, "\(position)"))
      }
      return
    }
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

/// What a model holds, each once, by the path at which it is first met.
package struct ModelContents {
  package private(set) var parameters: [(path: String, parameter: Parameter)] = []
  package private(set) var statistics: [(path: String, statistic: Statistic)] = []
  package private(set) var constants: [Constant] = []

  /// Walks the model, and tells every parameter and statistic its path.
  package init(of model: any Layer) {
    var contents = (
      [(path: String, parameter: Parameter)](), [(path: String, statistic: Statistic)](), [Constant]()
    )
    var seen: Set<ObjectIdentifier> = []
    var walk = ModelWalk { value, path in
      guard let holder = value as? any TensorHolder else { return value is Tensor }
      guard seen.insert(ObjectIdentifier(holder)).inserted else { return true }
      holder.path = path
      switch holder {
      case let parameter as Parameter: contents.0.append((path, parameter))
      case let statistic as Statistic: contents.1.append((path, statistic))
      case let constant as Constant: contents.2.append(constant)
      default: stop("\(path): a \(type(of: holder)) is no Parameter, Statistic or Constant")
      }
      return true
    }
    walk.walk(model)
    (parameters, statistics, constants) = contents
  }

  /// All tensors with identity.
  package var holders: [any TensorHolder] {
    parameters.map(\.parameter) + statistics.map(\.statistic) + constants
  }
}

extension Layer {
  /// Every parameter of the model by its path, each once, in order.
  ///
  /// The walk uses reflection, which is slow: call it when a model is made, not in a training step.
  public var parameters: [(path: String, parameter: Parameter)] { ModelContents(of: self).parameters }

  /// The number of elements of all parameters.
  public var parameterCount: Int { parameters.reduce(0) { $0 + $1.parameter.shape.count } }

  /// Changes every parameter, statistic and constant to another precision, in place.
  public func convert(to dtype: DType) {
    require(dtype.isFloatingPoint, "convert(to:): a model cannot be \(dtype)")
    for holder in ModelContents(of: self).holders where holder.dtype.isFloatingPoint {
      holder.cell.update { $0 = $0.converted(to: dtype) }
    }
  }
}
