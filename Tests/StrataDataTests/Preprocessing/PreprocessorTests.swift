import Foundation
import StrataTensor
import Testing

@testable import StrataData

@Suite(.seeded) struct `A preprocessor` {
  let references: TabularReferences
  init() throws { references = try .load() }

  var all: Table { references.data }
  var train: Table { all[0..<references.train] }

  private func expect(_ table: Table, _ column: String, _ rule: ColumnRule, gives name: String) throws {
    let preprocessor = try Preprocessor(fitting: train.selecting([column]), rules: [column: rule])
    let features = try preprocessor.features(of: all).elements(as: Double.self)
    let expected = try #require(references.features.numbers[name])
    #expect(features.count == expected.count)
    for (a, b) in zip(features, expected) { #expect(abs(a - b) <= 1e-6 * max(1, abs(b)), "\(name)") }
  }

  @Test func `scales and fills as scikit-learn does`() throws {
    try expect(all, "area", .standardize(missing: .mean), gives: "standardized.mean")
    try expect(all, "area", .standardize(missing: .median), gives: "standardized.median")
    try expect(all, "area", .standardize(missing: .constant(50)), gives: "standardized.constant")
    try expect(all, "rooms", .standardize(), gives: "standardized.rooms")
    try expect(all, "constant", .standardize(), gives: "standardized.onevalue")
    try expect(all, "area", .minMax(), gives: "minmax")
    try expect(all, "constant", .minMax(), gives: "minmax.onevalue")
  }

  @Test func `encodes categories as scikit-learn does, those not seen in fitting too`() throws {
    let oneHot = try Preprocessor(fitting: train.selecting(["city"]))
    #expect(oneHot.featureNames == ["city=Bern", "city=Genf", "city=Zürich", "city=basel"])
    #expect(try oneHot.features(of: all).elements(as: Double.self) == references.features.onehot.flatMap(\.self))
    let ordinal = try Preprocessor(fitting: train.selecting(["city"]), rules: ["city": .ordinal])
    #expect(ordinal.vocabularySizes == [5])
    #expect(ordinal.featureNames == [])
    #expect(try ordinal.indices(of: all).elements(as: Int.self) == references.features.ordinal)
    #expect(try ordinal.indices(of: all).shape == [40, 1])
    #expect(try ordinal.features(of: all).shape == [40, 0])
  }

  @Test func `takes texts that Unicode takes for the same for one category`() throws {
    let table = try withFile(Array("t\ncafe\u{301}\ncaf\u{E9}\ntea\n".utf8)) { try Table(csv: $0) }
    let preprocessor = try Preprocessor(fitting: table, rules: ["t": .ordinal])
    #expect(preprocessor.vocabularySizes == [3])
    #expect(try preprocessor.indices(of: table).elements(as: Int.self) == [0, 0, 1])
    #expect(try Preprocessor(metadata: preprocessor.metadata) == preprocessor)
  }

  @Test func `sorts numbers as categories by their size, missing ones left out`() throws {
    let table = Table(["x": .decimals([10, .nan, 2.5, -3, .nan, 10])])
    let preprocessor = try Preprocessor(fitting: table, rules: ["x": .oneHot()])
    #expect(preprocessor.featureNames == ["x=-3", "x=2.5", "x=10"])
    #expect(try preprocessor.features(of: table)[.all, 2].elements(as: Int.self) == [1, 0, 0, 0, 0, 1])
  }

  @Test func `marks what is missing`() throws {
    let preprocessor = try Preprocessor(
      fitting: train.selecting(["area", "city"]),
      rules: ["area": .unchanged(missing: .constant(0), indicator: true), "city": .oneHot(indicator: true)])
    #expect(preprocessor.featureNames.filter { $0.hasSuffix("is missing") } == ["area is missing", "city is missing"])
    let features = try preprocessor.features(of: all)
    #expect(features[.all, 1].elements(as: Double.self) == references.features.indicator)
    #expect(features[.all, 0].elements(as: Double.self) == references.table.area.map { Double(Float($0 ?? 0)) })
    let lost = features[.all, 6].elements(as: Double.self)
    #expect(lost == references.table.city.map { $0 == nil ? 1 : 0 })
  }

  @Test func `describes a table as pandas does`() throws {
    let figures = all.describe()
    for (name, expected) in references.describe {
      let row = try #require(all.columnNames.firstIndex(of: name))
      let found = ["count", "mean", "std", "min", "25 %", "50 %", "75 %", "max"].map { figures[$0].numbers![row] }
      for (a, b) in zip(found, expected) { #expect(abs(a - b!) <= 1e-12 * max(1, abs(b!)), "\(name)") }
    }
  }

  @Test func `puts the columns side by side in the table's order`() throws {
    let preprocessor = try Preprocessor(fitting: train, target: "kind", rules: ["constant": .omit])
    #expect(
      preprocessor.featureNames
        == ["area", "rooms", "price", "city=Bern", "city=Genf", "city=Zürich", "city=basel"])
    #expect(preprocessor.classNames == ["flat", "house"])
    let data = try preprocessor.dataset(of: all)
    #expect(data.inputs.shape == [40, 7] && data.inputs.dtype == .float32)
    #expect(data.labels.elements(as: Int.self) == references.table.kind.map { $0 == "house" ? 1 : 0 })
    let other = all.selecting(["kind", "city", "price", "rooms", "area"])
    #expect(try preprocessor.features(of: other) == data.inputs)
  }

  @Test func `gives the numbers of a regression and restores them`() throws {
    for rule in [.unchanged(), .standardize(), .minMax()] as [ColumnRule] {
      let preprocessor = try Preprocessor(fitting: train, target: "price", targetRule: rule)
      let targets = try preprocessor.targets(of: all)
      #expect(targets.shape == [40, 1] && preprocessor.classNames == nil && preprocessor.targetName == "price")
      let restored = try #require(preprocessor.predictions(targets).numbers)
      for (a, b) in zip(restored, references.table.price) { #expect(abs(a - b) < 1e-3) }
    }
    let preprocessor = try Preprocessor(fitting: train, target: "kind")
    #expect(preprocessor.predictions([[1, 0], [0, 3]]) == .text(["flat", "house"]))
  }

  @Test func `takes whole numbers of few values for classes`() throws {
    let rooms = try Preprocessor(fitting: train, target: "rooms")
    #expect(rooms.classNames == ["1", "2", "3", "4", "5", "6"])
    #expect(try rooms.targets(of: all).elements(as: Int.self) == references.table.rooms.map { $0 - 1 })
    let many = Table(["n": .integers(Array(0..<21)), "x": .decimals(Array(repeating: 1, count: 21))])
    #expect(try Preprocessor(fitting: many, target: "n").classNames == nil)
    #expect(try Preprocessor(fitting: many, target: "n", targetRule: .ordinal).classNames?.count == 21)
    // The same categories where a missing value made decimals of the integers.
    let again = Table(["n": .decimals([3, .nan, 20, 21])])
    #expect(
      try Preprocessor(fitting: many, rules: ["n": .ordinal]).indices(of: again).elements(as: Int.self)[...2] == [
        3, 21, 20,
      ])
  }

  @Test func `comes back from the metadata of a model's file`() throws {
    let preprocessor = try Preprocessor(
      fitting: train, target: "price",
      rules: ["area": .standardize(missing: .median, indicator: true), "city": .ordinal],
      targetRule: .standardize())
    try withDirectory { directory in
      let path = directory + "/model.safetensors"
      try Safetensors.write(["w": Tensor(zeros: [2])], metadata: preprocessor.metadata, to: path)
      let loaded = try Preprocessor(metadata: Safetensors.metadata(of: path))
      #expect(loaded == preprocessor)
      #expect(try loaded.features(of: all).isIdentical(to: preprocessor.features(of: all)))
    }
  }

  @Test(arguments: [
    "", "{}", "[]", "{\"version\":2,\"columns\":[]}",
    #"{"version":1,"columns":[{"name":"x","rule":{"encoding":"unchanged","hasIndicator":false},"center":0,"scale":0,"categories":[]}]}"#,
    #"{"version":1,"columns":[{"name":"x","rule":{"encoding":"oneHot","hasIndicator":false},"center":0,"scale":1,"categories":["a","a"]}]}"#,
    #"{"version":1,"columns":[{"name":"x","rule":{"encoding":"squared","hasIndicator":false},"center":0,"scale":1,"categories":[]}]}"#,
  ])
  func `does not come back from metadata that are damaged`(text: String) {
    #expect(throws: TableError.self) { try Preprocessor(metadata: ["strata.preprocessor": text]) }
    #expect(throws: TableError("the metadata has no strata.preprocessor")) { try Preprocessor(metadata: [:]) }
  }

  @Test func `refuses a table that does not suit it`() throws {
    func expect(_ message: String, _ body: () throws -> Void) {
      #expect(throws: TableError(message), performing: body)
    }
    expect(
      #"there is no column "prize" among "area", "rooms", "constant", "price", "city", "kind"; did you mean "price"?"#
    ) {
      _ = try Preprocessor(fitting: train, target: "prize")
    }
    expect(#"there is no column "x" among "area", "rooms", "constant", "price", "city", "kind""#) {
      _ = try Preprocessor(fitting: train, rules: ["x": .omit])
    }
    expect(#"column "city" is text; give it the rule .oneHot(), .ordinal or .omit"#) {
      _ = try Preprocessor(fitting: train, rules: ["city": .standardize()])
    }
    expect(#"column "x" has no value; give it the rule .omit"#) {
      _ = try Preprocessor(fitting: Table(["x": .decimals([.nan, .nan])]))
    }
    expect(#"column "x" has inf in row 1 instead of a finite number"#) {
      _ = try Preprocessor(fitting: Table(["x": .decimals([1, .infinity])]))
    }
    expect(#"column "x" has numbers too large for their mean and spread"#) {
      _ = try Preprocessor(fitting: Table(["x": .decimals([1e308, 1e308, -1e308])]))
    }
    expect(#"column "t" has 101 different texts; give it a rule: .ordinal for an Embedding, .omit, or .oneHot()"#) {
      _ = try Preprocessor(fitting: Table(["t": .text(TextColumn((0..<101).map { "\($0)" }))]))
    }
    expect(#"column "t" has 1 classes instead of 2 or more"#) {
      _ = try Preprocessor(fitting: Table(["t": .text(["a", "a"])]), target: "t")
    }
    let preprocessor = try Preprocessor(
      fitting: Table(["x": .decimals([1, 2]), "t": .text(["a", "b"])]), target: "t", rules: ["x": .minMax(missing: nil)]
    )
    expect(#"there is no column "x" among "t""#) { _ = try preprocessor.features(of: Table(["t": .text(["a"])])) }
    expect(#"column "x" is text, and was numbers where the preprocessor was fitted"#) {
      _ = try preprocessor.features(of: Table(["x": .text(["a"])]))
    }
    expect(#"column "x" has no value in row 1 instead of a number"#) {
      _ = try preprocessor.features(of: Table(["x": .decimals([1, .nan])]))
    }
    expect(#"column "t" has no value in row 0 instead of one; leave such rows out"#) {
      _ = try preprocessor.targets(of: Table(["t": .text([nil])]))
    }
    expect(#"column "t" has "c" in row 1 instead of one of the 2 classes that it was fitted to"#) {
      _ = try preprocessor.targets(of: Table(["t": .text(["a", "c"])]))
    }
  }
}
