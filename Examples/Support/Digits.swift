import Foundation
import Strata

extension CommonSettings {
  /// Returns the images and labels in the directory of `--data`, or the bundled digits; inputs are `[N, 1, H, W]`.
  ///
  /// - Throws: `DataError`, or ``InputError`` if the bundled digits are not found.
  public func loadDigits() throws -> (train: Dataset, test: Dataset) {
    try Dataset.mnist(in: data ?? Self.bundled("digits"), flattened: false)
  }

  /// Returns the path of something in `data`, below the current directory, or in the package from which this was built.
  ///
  /// - Throws: ``InputError`` if it is not found.
  public static func bundled(_ name: String, source: String = #filePath) throws(InputError) -> String {
    let package = URL(fileURLWithPath: source)
      .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().path
    let places = [FileManager.default.currentDirectoryPath, package].map { $0 + "/data/" + name }
    if let place = places.first(where: FileManager.default.fileExists) { return place }
    throw InputError(
      "the bundled data are not in \(places.joined(separator: " or ")); run in Strata's directory, or give others with "
        + "--data")
  }
}
