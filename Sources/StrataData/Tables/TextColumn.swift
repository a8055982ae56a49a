import StrataTensor

/// Text by rows, of which each different one is stored once: categories, names, dates.
public struct TextColumn: RandomAccessCollection, Sendable {
  /// The texts that rows refer to. After rows were left out, some may have no row.
  public let values: [String]

  /// Of each row the place of its text in ``values``; -1 where the text is missing.
  public let codes: [Int32]

  init(values: [String], codes: [Int32]) { (self.values, self.codes) = (values, codes) }

  /// The texts of rows, nil where one is missing.
  public init(_ texts: some Sequence<String?>) {
    var (values, places) = ([String](), [String: Int32]())
    codes = texts.map { text in
      guard let text else { return -1 }
      if let place = places[text] { return place }
      places[text] = Int32(values.count)
      values.append(text)
      return Int32(values.count - 1)
    }
    self.values = values
  }

  public var startIndex: Int { 0 }
  public var endIndex: Int { codes.count }

  /// The text of a row; nil where it is missing.
  public subscript(row: Int) -> String? { codes[row] < 0 ? nil : values[Int(codes[row])] }

  /// The different texts that have a row, in the order of their first rows; of those that Unicode takes for the same, one.
  var distinctValues: [String] {
    var (isSeen, known) = (Array(repeating: false, count: values.count), Set<String>())
    return codes.compactMap { code in
      if code < 0 || isSeen[Int(code)] { return nil }
      isSeen[Int(code)] = true
      return known.insert(values[Int(code)]).inserted ? values[Int(code)] : nil
    }
  }
}

extension TextColumn: Equatable, ExpressibleByArrayLiteral {
  public init(arrayLiteral texts: String?...) { self.init(texts) }

  /// Whether the texts are the same, row by row.
  public static func == (a: TextColumn, b: TextColumn) -> Bool { a.elementsEqual(b) }
}
