import Foundation
import Strata

extension CommonSettings {
  /// The images and labels that `--data` names, else the bundled digits: inputs are `[N, 1, H, W]`.
  ///
  /// - Throws: `DataError`, or ``InputError`` where the bundled digits are not to be found.
  public func loadDigits() throws -> (train: Dataset, test: Dataset) {
    try Dataset.mnist(in: data ?? Self.bundledDigits(), flattened: false)
  }

  /// `data/digits` below the current directory, else beside the sources that this was built from.
  private static func bundledDigits(source: String = #filePath) throws(InputError) -> String {
    let package = URL(fileURLWithPath: source)
      .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().path
    let places = [FileManager.default.currentDirectoryPath, package].map { $0 + "/data/digits" }
    if let place = places.first(where: FileManager.default.fileExists) { return place }
    throw InputError(
      "the bundled digits are not in \(places.joined(separator: " or ")); run from Strata's directory, "
        + "or say with --data DIR where IDX files are")
  }
}
