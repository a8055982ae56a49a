import ExampleSupport
import Foundation

/// The files of the repository from which the program was built.
enum Repository {
  private static let root = URL(filePath: #filePath).appending(path: "../../..").standardized

  /// Returns the text of a file, by its absolute path or by that in the repository.
  ///
  /// - Throws: `InputError` where it cannot be read.
  static func text(at path: String) throws(InputError) -> String {
    let file = URL(filePath: path, relativeTo: root)
    guard let text = try? String(contentsOf: file, encoding: .utf8) else {
      throw InputError("\(file.path) cannot be read; build the book in Strata's repository")
    }
    return text
  }
}
