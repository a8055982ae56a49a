import Strata

extension Expression {
  /// Returns the trace of this expression at values that are written as `name=number`.
  ///
  /// - Throws: ``ExpressionError`` where a value is wrong, `UsageError` where one is missing.
  public func trace(at assignments: [String]) throws -> Trace {
    var values: [String: Double] = [:]
    for assignment in assignments {
      let parts = assignment.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
      func error(_ reason: String, at part: Int) -> ExpressionError {
        ExpressionError(reason: reason, text: assignment, offset: part == 0 ? 0 : parts[0].count + 1)
      }
      guard parts.count == 2 else { throw error("a value is written as NAME=NUMBER", at: 0) }
      guard names.contains(parts[0]) else { throw error("the expression has no \(parts[0])", at: 0) }
      guard values[parts[0]] == nil else { throw error("\(parts[0]) has two values", at: 0) }
      guard let value = Double(parts[1]), value.isFinite else { throw error("this is not a number", at: 1) }
      values[parts[0]] = value
    }
    let lacking = names.filter { values[$0] == nil }
    guard lacking.isEmpty else {
      let example = lacking.map { "\($0)=1" }.joined(separator: " ")
      throw UsageError("no value is given for \(lacking.joined(separator: ", ")); add for example \(example)")
    }
    guard !names.isEmpty else { throw UsageError("the expression has no name by which it could be derived") }
    return Strata.trace(
      of: { values in
        let y = self(values)
        if case .name = root { return y }
        return names.contains("L") ? y : y.named("L")
      }, inputs: names.map { (name: $0, value: Tensor([values[$0]!] as [Double])) })
  }
}
