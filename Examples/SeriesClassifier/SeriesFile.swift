import ExampleSupport
import Foundation
import Strata

/// Series of one length with the names of their kinds, from a file of the UCR archive: lines `1.5,2.25,…:name` behind
/// `@data`.
struct SeriesFile {
  let series: [[Float]]
  let names: [String]

  /// - Throws: ``InputError`` with the line where the file is not as it should be.
  init(_ path: String) throws {
    guard let data = FileManager.default.contents(atPath: path) else {
      throw InputError("\(path) cannot be read; --data takes a directory NAME with NAME_TRAIN.ts and NAME_TEST.ts")
    }
    var (series, names, isData) = ([[Float]](), [String](), false)
    let lines = String(decoding: data, as: UTF8.self).split(
      omittingEmptySubsequences: false, whereSeparator: \.isNewline)
    for (index, line) in lines.enumerated() where !line.allSatisfy(\.isWhitespace) && !line.hasPrefix("#") {
      func fault(_ what: String) -> InputError { InputError("\(path), line \(index + 1): \(what)") }
      guard isData else {
        isData = line.lowercased().hasPrefix("@data")
        if !isData, !line.hasPrefix("@") { throw fault("a series before @data") }
        continue
      }
      let parts = line.split(separator: ":", omittingEmptySubsequences: false)
      guard parts.count == 2 else {
        throw fault("\(parts.count - 1) colons; a series of one variable has one, before its kind")
      }
      let numbers = try parts[0].split(separator: ",", omittingEmptySubsequences: false).map { text in
        guard let number = Float(text.trimmingCharacters(in: .whitespaces)), number.isFinite else {
          throw fault("\"\(text.prefix(20))\" is not a number; missing ones are not filled in")
        }
        return number
      }
      if let first = series.first, first.count != numbers.count {
        throw fault("\(numbers.count) numbers, where the series before have \(first.count)")
      }
      series.append(numbers)
      names.append(parts[1].trimmingCharacters(in: .whitespaces))
    }
    if series.isEmpty { throw InputError("\(path): there is no series behind a line @data") }
    (self.series, self.names) = (series, names)
  }

  /// Returns the series `[N, 1, T]`, each of mean 0 and variance 1, with the positions of their kinds among `classes`.
  ///
  /// - Throws: ``InputError`` where a kind is not among them.
  func dataset(classes: [String]) throws -> Dataset {
    let labels = try names.map { name in
      guard let label = classes.firstIndex(of: name) else {
        throw InputError("series of the kind \"\(name)\", of which there is none to learn from")
      }
      return label
    }
    return Dataset(
      inputs: Tensor(series.flatMap(standardized), shape: [series.count, 1, series[0].count]),
      labels: Tensor(labels: labels))
  }
}

/// Returns the numbers less their mean, by their standard deviation; zeros where all are the same.
func standardized(_ numbers: [Float]) -> [Float] {
  let x = Tensor(numbers, shape: [numbers.count]).converted(to: .float64)
  let deviation = x.std(correction: 0).item
  return ((x - x.mean().item) / (deviation > 0 ? deviation : 1)).elements(as: Float.self)
}
