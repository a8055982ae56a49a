import Testing

/// The extreme cases: each is within its stated bound, and none is skipped.
@Suite(.seeded) struct EdgeTable {
  static let parts: [(name: String, cases: [EdgeCase])] = [
    ("functions of one number", functionCases), ("functions, densely", denseCases),
    ("functions at infinity", limitCases), ("losses", lossCases),
    ("normalization", normalizationCases), ("optimizers", optimizerCases), ("clipping", clippingCases),
    ("ReLU", reluCases), ("sums", sumCases),
  ]

  @Test(arguments: parts.map(\.name)) func `is within its bounds`(part: String) throws {
    for edge in Self.parts.first(where: { $0.name == part })!.cases {
      if let fault = try edge.fault() { Issue.record("\(edge.name): \(fault)") }
    }
  }

  @Test func `has at least 300 cases of as many names`() {
    let names = Self.parts.flatMap { $0.cases.map(\.name) }
    #expect(names.count >= 300)
    #expect(Set(names).count == names.count)
    let parts = Self.parts.map { "\($0.cases.count) of \($0.name)" }.joined(separator: ", ")
    print("edge table: \(names.count) cases: \(parts)")
  }

  /// A table that accepts everything proves nothing.
  @Test func `refuses what is beyond its bounds`() throws {
    func fault(_ found: Double, _ expected: Double, _ bound: EdgeCase.Bound) throws -> String? {
      try EdgeCase("planted", bound) { ([1, found], [1, expected]) }.fault()
    }
    #expect(try fault(1, 1.0.nextUp, .exact) != nil)
    #expect(try fault(.nan, 1, .within(1)) != nil && fault(1, .nan, .within(1)) != nil)
    #expect(try fault(.infinity, 1, .ulps(2, .float64)) != nil && fault(1, .infinity, .ulps(2, .float32)) != nil)
    #expect(try fault(-.infinity, .infinity, .ulps(2, .float64)) != nil)
    #expect(try fault(1 + 3 * Double(Float.ulpOfOne), 1, .ulps(2, .float32)) != nil)
    #expect(try fault(1 + 2 * Double(Float.ulpOfOne), 1, .ulps(2, .float32)) == nil)
    #expect(try fault(1 + 3 * .ulpOfOne, 1, .ulps(2, .float64)) != nil)
    #expect(try fault(0, 3 * .leastNonzeroMagnitude, .ulps(2, .float64)) != nil)
    #expect(try fault(.infinity, Double(Float.greatestFiniteMagnitude), .ulps(2, .float32)) == nil)
    #expect(try fault(.nan, .nan, .exact) == nil && fault(.infinity, .infinity, .exact) == nil)
    #expect(try EdgeCase("planted", .exact) { ([], []) }.fault() != nil)
  }
}
