import Strata

/// A formula of numbers and named values, such as `(w*x + b - y)^2`.
///
/// Its operations are `+ - * / ^`, where `^` binds most tightly and to the right, and the functions in ``functions``. The
/// signs `·`, `−` and `÷` stand for `*`, `-` and `/`.
public struct Expression: Sendable, Equatable {
  /// A formula, or a part of one.
  public indirect enum Node: Sendable, Equatable {
    case number(Double)
    case name(String)
    case negative(Node)
    case operation(Character, Node, Node)
    case function(String, Node)
  }

  /// The operation whose operands the others are.
  public let root: Node

  /// The names in it, in the order in which they appear first.
  public let names: [String]

  /// The functions of one value.
  public static let functions: [String: @Sendable (Variable) -> Variable] = [
    "abs": { abs($0) }, "cos": { cos($0) }, "exp": { exp($0) }, "log": { log($0) }, "relu": { relu($0) },
    "sigmoid": { sigmoid($0) }, "sin": { sin($0) }, "sqrt": { sqrt($0) }, "tanh": { tanh($0) },
  ]

  /// Returns the formula of these values, which stand in the order of ``names``.
  public func callAsFunction(_ values: [Variable]) -> Variable {
    value(of: root, Dictionary(uniqueKeysWithValues: zip(names, values)))
  }

  private func value(of node: Node, _ values: [String: Variable]) -> Variable {
    func value(_ node: Node) -> Variable { self.value(of: node, values) }
    switch node {
    case .number(let number): return Variable(Tensor([number] as [Double]))
    case .name(let name): return values[name]!
    case .negative(let a): return -value(a)
    case .operation("^", let a, .number(let n)): return pow(value(a), n)
    case .operation("^", let a, .negative(.number(let n))): return pow(value(a), -n)
    case .operation(let sign, let a, let b):
      switch sign {
      case "+": return value(a) + value(b)
      case "-": return value(a) - value(b)
      case "*": return value(a) * value(b)
      case "/": return value(a) / value(b)
      default: return pow(value(a), value(b))
      }
    case .function(let name, let a): return Self.functions[name]!(value(a))
    }
  }
}
