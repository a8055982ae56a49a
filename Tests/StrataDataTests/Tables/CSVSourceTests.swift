import Foundation
import StrataData
import StrataTensor
import Testing

@Suite(.seeded) struct `A CSV file as a source of batches` {
  let text = "x,y,label\n" + (0..<103).map { "\($0),\($0 * 2),\($0 % 3 == 0 ? "a" : "b")\n" }.joined()

  private func batches(_ request: BatchRequest, blockRows: Int) throws -> [Dataset.Batch] {
    try withFile(Array(text.utf8)) { path in
      let preprocessor = try Preprocessor(
        fitting: Table(csv: path), target: "label", rules: ["x": .unchanged(), "y": .unchanged()])
      var stream = try CSVSource(path, preprocessor: preprocessor, blockRows: blockRows).batches(for: request)
      var batches: [Dataset.Batch] = []
      while let batch = try stream.next() { batches.append(batch) }
      return batches
    }
  }

  @Test func `gives the rows in their order for an evaluation`() throws {
    for blockRows in [1, 10, 50, 1000] {
      let batches = try batches(BatchRequest(batchSize: 10), blockRows: blockRows)
      #expect(batches.map(\.count) == Array(repeating: 10, count: 10) + [3])
      #expect(batches.flatMap(\.indices) == Array(0..<103))
      #expect(batches.flatMap { $0.inputs[.all, 0].elements(as: Int.self) } == Array(0..<103))
      #expect(batches.flatMap { $0.labels.elements(as: Int.self) } == (0..<103).map { $0 % 3 == 0 ? 0 : 1 })
    }
  }

  @Test func `gives the rows of each block in a random order for an epoch`() throws {
    let first = try batches(BatchRequest(batchSize: 10, epoch: 0, seed: 1), blockRows: 35)
    let indices = first.flatMap(\.indices)
    #expect(indices.sorted() == Array(0..<103))
    // The next multiple of the batch size.
    #expect(indices[..<40].sorted() == Array(0..<40) && Array(indices[..<40]) != Array(0..<40))
    #expect(Array(indices[40..<80]).map { $0 - 40 } != Array(indices[..<40]))
    #expect(first.flatMap { $0.inputs[.all, 0].elements(as: Int.self) } == indices)
    #expect(try batches(BatchRequest(batchSize: 10, epoch: 0, seed: 1), blockRows: 35).flatMap(\.indices) == indices)
    #expect(try batches(BatchRequest(batchSize: 10, epoch: 1, seed: 1), blockRows: 35).flatMap(\.indices) != indices)
    let whole = try batches(BatchRequest(batchSize: 10, epoch: 0, keepsRemainder: false), blockRows: 35)
    #expect(whole.map(\.count) == Array(repeating: 10, count: 10))
  }

  @Test func `names the row of the file that does not suit the preprocessor`() throws {
    try withFile(Array((text + "5,6,c\n").utf8)) { path in
      let preprocessor = try Preprocessor(fitting: Table(csv: path)[0..<103], target: "label")
      var stream = try CSVSource(path, preprocessor: preprocessor, blockRows: 10).batches(
        for: BatchRequest(batchSize: 10))
      let error = #expect(throws: TableError.self) { while try stream.next() != nil {} }
      #expect(
        error?.description.contains(#"column "label" has "c" in row 103 instead of one of the 2 classes"#) == true)
    }
  }
}
