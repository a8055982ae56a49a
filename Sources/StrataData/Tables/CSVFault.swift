/// What is wrong with a cell or a row of a CSV file, before its place in the file is known.
struct CSVFault: Error {
  let found: String
  let expected: String
  /// The address of it in the bytes at hand.
  let address: Int
  let advice: String?

  init(found: String, expected: String, position: UnsafePointer<UInt8>, advice: String? = nil) {
    (self.found, self.expected, self.advice) = (found, expected, advice)
    address = Int(bitPattern: position)
  }
}
