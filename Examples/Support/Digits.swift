import Foundation
import Strata

extension CommonSettings {
  /// Returns the images and labels in the directory of `--data`, or the bundled digits; inputs are `[N, 1, H, W]`.
  ///
  /// - Throws: `DataError`, or ``InputError`` if the bundled digits are not found.
  public func loadDigits() throws -> (train: Dataset, test: Dataset) {
    try Dataset.mnist(in: data ?? Self.bundled("digits", "a directory of IDX files with --data DIR"), flattened: false)
  }

  /// Returns the path of a file or directory in `data`, below the current directory or in the package from which this
  /// was built.
  ///
  /// - Parameters:
  ///   - name: Its path in `data`.
  ///   - alternative: What the user can give in its place.
  ///   - source: A file of the package.
  /// - Throws: ``InputError`` if it is not found.
  public static func bundled(
    _ name: String, _ alternative: String, source: String = #filePath
  ) throws(InputError) -> String {
    let package = URL(fileURLWithPath: source)
      .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().path
    let places = [FileManager.default.currentDirectoryPath, package].map { "\($0)/data/\(name)" }
    if let place = places.first(where: FileManager.default.fileExists) { return place }
    throw InputError(
      "there is no \(places.joined(separator: " or ")); run in Strata's directory, or give \(alternative)")
  }
}
