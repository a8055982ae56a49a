import Foundation
import Strata

/// Saves to random paths through a tree of directories, files and links: what is written to is what `open` would write
/// to, or both fail.
func paths(_ here: Circumstances) throws -> Finding {
  var finding = Finding("paths")
  var generator = RandomGenerator(seed: 2)
  let parts = [
    "a", "b", "f", "g", "l", "m", "d", "o", "c", "u", "x", "..", "..", ".", "", "~", "\u{301}", "new",
    String(repeating: "n", count: 255), String(repeating: "n", count: 256), "f\0", ".strata-1-1",
  ]
  let end = ContinuousClock.now + .seconds(here.seconds / 2)
  let current = FileManager.default.currentDirectoryPath
  defer { chdir(current) }
  while ContinuousClock.now < end {
    let names = (0..<Int.random(in: 1...5, using: &generator)).map { _ in parts.randomElement(using: &generator)! }
    let relative = names.joined(separator: "/")
    let isAbsolute = Bool.random(using: &generator)

    /// Runs `save` in a new tree, and returns whether it could, and the tree afterwards.
    func outcome(_ save: (String) throws -> Void) throws -> (isSaved: Bool, tree: [String: String]) {
      let tree = try Tree(in: here.directory)
      defer { tree.remove() }
      chdir(tree.path)
      let isSaved = (try? save(isAbsolute ? tree.path + "/" + relative : relative)) != nil
      return (isSaved, try tree.contents())
    }
    let expected = try outcome { path in
      guard !path.utf8.contains(0) else { throw POSIXError(.EINVAL) }
      let file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
      guard file >= 0 else { throw POSIXError(.EINVAL) }
      close(file)
    }
    let found = try outcome { path in try Safetensors.write(["w": Tensor(zeros: [3])], to: path) }
    let isRight = expected == found
    finding.note(
      isRight ? nil : "\(isAbsolute ? "…/" : "")\(relative.debugDescription): \(found.tree), \(found.isSaved)")
  }
  return finding
}

/// A tree of directories, files and links.
private struct Tree {
  let path: String
  private let top: String

  init(in directory: String) throws {
    top = directory + "/tree"
    path = top + "/1/2/3/4/5"  // as deep as `..` may go
    try FileManager.default.createDirectory(atPath: path + "/a/b", withIntermediateDirectories: true)
    for file in ["f", "a/g"] { try Data("old".utf8).write(to: URL(filePath: path + "/" + file)) }
    for (link, target) in [
      ("l", "a/b"), ("m", "f"), ("d", "a/none"), ("o", "o"), ("c", "d"), ("u", "a/b/.."), ("x", path + "/a/b/far"),
      ("a/b/l", "../g"),
    ] {
      symlink(target, path + "/" + link)
    }
  }

  func remove() { try? FileManager.default.removeItem(atPath: top) }

  /// What is in it, by path: "old" is a file as it was, "new" one that was written to.
  func contents() throws -> [String: String] {
    var contents: [String: String] = [:]
    for name in try FileManager.default.subpathsOfDirectory(atPath: top) {
      let file = top + "/" + name
      var status = stat()
      lstat(file, &status)
      contents[name] =
        switch status.st_mode & S_IFMT {
        case S_IFDIR: "directory"
        case S_IFLNK: try FileManager.default.destinationOfSymbolicLink(atPath: file)
        default: try Data(contentsOf: URL(filePath: file)) == Data("old".utf8) ? "old" : "new"
        }
    }
    return contents
  }
}
