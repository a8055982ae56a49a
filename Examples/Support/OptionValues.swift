import Foundation
import StrataData
import StrataTensor

/// Parses a whole number in a range.
public func wholeNumber<Number: FixedWidthInteger>(
  _ text: String, in range: ClosedRange<Number>
) throws(UsageError) -> Number {
  guard let number = Number(text), range ~= number else {
    let bounds =
      range.upperBound == .max ? "\(range.lowerBound) or more" : "\(range.lowerBound) to \(range.upperBound)"
    throw UsageError("needs a whole number, \(bounds), not \"\(text)\"")
  }
  return number
}

/// Parses a number above 0.
public func positiveNumber(_ text: String) throws(UsageError) -> Double {
  guard let number = Double(text), number > 0, number.isFinite else {
    throw UsageError("needs a number above 0, not \"\(text)\"")
  }
  return number
}

/// Parses a number of 0 or more.
public func notNegativeNumber(_ text: String) throws(UsageError) -> Double {
  guard let number = Double(text), number >= 0, number.isFinite else {
    throw UsageError("needs a number of 0 or more, not \"\(text)\"")
  }
  return number
}

/// Parses a share above 0, and 1 at most.
public func share(_ text: String) throws(UsageError) -> Double {
  guard let number = Double(text), number > 0, number <= 1 else {
    throw UsageError("needs a number above 0, and 1 at most, not \"\(text)\"")
  }
  return number
}

/// Parses a share: 0 or more, and below 1.
public func fraction(_ text: String) throws(UsageError) -> Double {
  guard let number = Double(text), 0..<1 ~= number else {
    throw UsageError("needs a number of 0 or more and below 1, not \"\(text)\"")
  }
  return number
}

/// Parses whole numbers in a range, separated by commas.
public func wholeNumbers(_ text: String, in range: ClosedRange<Int>) throws(UsageError) -> [Int] {
  var numbers: [Int] = []
  for part in text.split(separator: ",", omittingEmptySubsequences: false) {
    numbers.append(try wholeNumber(String(part), in: range))
  }
  return numbers
}

/// Parses one of the names of an enumeration.
public func oneOf<Choice: RawRepresentable<String> & CaseIterable>(
  _ type: Choice.Type, _ text: String
) throws(UsageError) -> Choice {
  if let choice = Choice(rawValue: text) { return choice }
  let names = Choice.allCases.map(\.rawValue)
  let hint = nearest(to: text, among: names).map { "; did you mean \($0)?" } ?? ""
  throw UsageError("needs one of \(names.joined(separator: ", ")), not \"\(text)\"\(hint)")
}

/// Parses the path of a file or directory.
public func path(_ text: String) throws(UsageError) -> String {
  if text.isEmpty { throw UsageError("needs a path, not an empty one") }
  return text
}

/// Parses the path of a file to write, whose directory must exist; this is checked before training.
public func newFile(_ text: String) throws(UsageError) -> String {
  let file = try path(text)
  let target: String
  do { target = try OutputFile.target(of: file) } catch { throw UsageError("needs a file to write; \(error)") }
  let directory = OutputFile.directory(of: target)
  var isDirectory: ObjCBool = false
  guard FileManager.default.fileExists(atPath: directory, isDirectory: &isDirectory), isDirectory.boolValue
  else {
    throw UsageError("needs a file in a directory that exists, and \(directory) does not")
  }
  return text
}
