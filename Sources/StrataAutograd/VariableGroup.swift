import StrataTensor

/// One or several variables that belong together: what a ``DifferentiableModule`` takes or gives.
///
/// A `Variable` is a group of one. `Pair` and arrays of groups are groups, and a struct becomes one beside the struct
/// of tensors that it stands for:
///
/// ```swift
/// struct QuestionVariables: VariableGroup {              // of Question, a TensorGroup
///   let words, features: Variable
///   init(_ variables: [Variable], like question: Question) { (words, features) = (variables[0], variables[1]) }
///   var variables: [Variable] { [words, features] }
///   var value: Question { Question(words: words.value, features: features.value) }
/// }
/// ```
public protocol VariableGroup: Sendable {
  /// The same group of tensors.
  associatedtype Tensors: TensorGroup

  /// Creates a group of as many variables as there are tensors, in their order.
  init(_ variables: [Variable], like tensors: Tensors)

  /// The variables, in the order of the tensors.
  var variables: [Variable] { get }

  /// The numbers.
  var value: Tensors { get }
}

extension Variable: VariableGroup {
  public init(_ variables: [Variable], like tensors: Tensor) { self = variables[0] }
  public var variables: [Variable] { [self] }
}

extension Pair: VariableGroup where First: VariableGroup, Second: VariableGroup {
  public init(_ variables: [Variable], like tensors: Pair<First.Tensors, Second.Tensors>) {
    let (first, second) = (tensors.first, tensors.second)
    let count = first.tensors.count
    self.init(First(Array(variables.prefix(count)), like: first), Second(Array(variables[count...]), like: second))
  }
  public var variables: [Variable] { first.variables + second.variables }
  public var value: Pair<First.Tensors, Second.Tensors> { .init(first.value, second.value) }
}

extension Array: VariableGroup where Element: VariableGroup {
  public init(_ variables: [Variable], like tensors: [Element.Tensors]) {
    var rest = variables[...]
    self = tensors.map { group in
      defer { rest = rest.dropFirst(group.tensors.count) }
      return Element([Variable](rest.prefix(group.tensors.count)), like: group)
    }
  }
  public var variables: [Variable] { flatMap(\.variables) }
  public var value: [Element.Tensors] { map(\.value) }
}

extension VariableGroup {
  /// Creates constants.
  init(_ tensors: Tensors) { self.init(tensors.tensors.map { Variable($0) }, like: tensors) }
}
