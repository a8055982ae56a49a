import Foundation

/// The commit that the program's working directory is at, read from the repository's own files.
enum GitCommit {
  static var current: String? { current(in: FileManager.default.currentDirectoryPath) }

  static func current(in directory: String) -> String? {
    var folder = URL(fileURLWithPath: directory).standardizedFileURL
    while true {
      let git = folder.appendingPathComponent(".git")
      if let head = text(git.appendingPathComponent("HEAD")) { return commit(head, in: git) }
      if folder.path == "/" { return nil }
      folder.deleteLastPathComponent()
    }
  }

  /// What HEAD names: a commit, or a branch, which has a file or a line among the packed ones.
  private static func commit(_ head: String, in git: URL) -> String? {
    guard head.hasPrefix("ref: ") else { return head }
    let branch = String(head.dropFirst(5))
    if let commit = text(git.appendingPathComponent(branch)) { return commit }
    let packed = text(git.appendingPathComponent("packed-refs"))?.split(separator: "\n")
    return packed?.first { $0.hasSuffix(" " + branch) }.map { String($0.prefix { $0 != " " }) }
  }

  private static func text(_ file: URL) -> String? {
    try? String(contentsOf: file, encoding: .utf8).trimmingCharacters(in: .whitespacesAndNewlines)
  }
}
