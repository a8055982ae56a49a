import Foundation
import StrataData
import StrataTensor
import Testing

@Suite(.seeded) struct `Writing safetensors` {
  let old: [UInt8] = Array("what was there".utf8)
  let tensors = ["w": Tensor([1, 2, 3] as [Float])]

  func reason(_ path: String) -> DataError.Reason? {
    #expect(throws: DataError.self) { try Safetensors.write(tensors, to: path) }?.reason
  }

  @Test func `fails clearly where there is no place for a file`() throws {
    try withDirectory { directory in
      #expect(reason(directory + "/none/model") == .unwritable("No such file or directory"))
      #expect(reason(directory) == .unwritable("it is a directory"))
      mkfifo(directory + "/pipe", 0o600)
      #expect(reason(directory + "/pipe") == .unwritable("it is a pipe or a device"))
      chmod(directory, 0o500)
      defer { chmod(directory, 0o700) }
      if getuid() != 0 { #expect(reason(directory + "/model") == .unwritable("Permission denied")) }
      let files = try FileManager.default.contentsOfDirectory(atPath: directory)
      #expect(files == ["pipe"])
    }
  }

  @Test func `keeps permissions, and a link a link`() throws {
    try withFile(old) { path in
      chmod(path, 0o640)
      symlink(path, path + ".link")
      try Safetensors.write(tensors, to: path + ".link")
      #expect(try Safetensors.read(path) == tensors)
      let attributes = try FileManager.default.attributesOfItem(atPath: path)
      #expect(attributes[.posixPermissions] as? Int == 0o640)
      #expect(try FileManager.default.destinationOfSymbolicLink(atPath: path + ".link") == path)
      chmod(path, 0o400)
      if getuid() != 0 { #expect(reason(path) == .unwritable("Permission denied")) }
    }
  }

  @Test func `leaves the old file alone when the disk is full`() async throws {
    // A file size limit simulates a full disk; it applies to a whole process, so the test runs in a separate one.
    await #expect(processExitsWith: .success) {
      try withFile(Array("what was there".utf8)) { path in
        signal(SIGXFSZ, SIG_IGN)
        var limit = rlimit(rlim_cur: 100_000, rlim_max: 100_000)
        setrlimit(fileSizeLimit, &limit)
        let error = #expect(throws: DataError.self) {
          try Safetensors.write(["w": Tensor(zeros: [100_000])], to: path)
        }
        #expect(error?.reason == .unwritable("File too large"))
        let bytes = try contents(of: path)
        #expect(bytes == Array("what was there".utf8))
        let directory = URL(fileURLWithPath: path).deletingLastPathComponent().path
        let files = try FileManager.default.contentsOfDirectory(atPath: directory)
        #expect(files == ["file"])
      }
    }
  }

  /// What `open` would write to, and nothing else.
  @Test func `means by a path what the system means`() throws {
    try withDirectory { root in
      for name in ["/inner", "/inner/deep", "/other"] { mkdir(root + name, 0o700) }
      symlink("inner/deep", root + "/link")
      symlink("../other/far", root + "/inner/dangling")
      symlink("inner/dangling", root + "/chain")
      symlink("loop", root + "/loop")
      try Data(old).write(to: URL(fileURLWithPath: root + "/m"))

      try Safetensors.write(tensors, to: root + "/link/../m")
      #expect(try Safetensors.read(root + "/inner/m") == tensors)
      #expect(try contents(of: root + "/m") == old)
      try Safetensors.write(tensors, to: root + "/chain")
      #expect(try Safetensors.read(root + "/other/far") == tensors)
      #expect(try FileManager.default.destinationOfSymbolicLink(atPath: root + "/chain") == "inner/dangling")
      #expect(try FileManager.default.destinationOfSymbolicLink(atPath: root + "/inner/dangling") == "../other/far")
      // To the system a slash and an accent after it are two things.
      try Safetensors.write(tensors, to: root + "/inner/\u{301}m")
      #expect(try Safetensors.read(root + "/inner/\u{301}m") == tensors)

      let none = DataError.Reason.unwritable("No such file or directory")
      #expect(reason(root + "/new/") == none)
      #expect(reason(root + "/m/") == .unwritable("Not a directory"))
      #expect(reason(root + "/m/x") == .unwritable("Not a directory"))
      #expect(reason(root + "/inner/") == .unwritable("it is a directory"))
      #expect(reason(root + "/inner/..") == .unwritable("it is a directory"))
      #expect(reason("~/strata-model") == none)
      #expect(reason("") == none)
      #expect(reason(root + "/loop") == .unwritable("Too many levels of symbolic links"))
      #expect(reason(root + "/" + String(repeating: "n", count: 300)) == .unwritable("File name too long"))
      #expect(reason(root + "/m\0.bak") == .unwritable("a path cannot contain a byte of zero"))
      #expect(throws: DataError.self) { try Safetensors.read(root + "/inner/m\0.bak") }
      #expect(try contents(of: root + "/m") == old)
      let files = try FileManager.default.subpathsOfDirectory(atPath: root).sorted()
      #expect(
        files
          == [
            "chain", "inner", "inner/dangling", "inner/deep", "inner/m", "inner/\u{301}m", "link", "loop", "m", "other",
            "other/far",
          ].sorted())
    }
  }

  /// A file of which `read` would say that it is damaged does not replace a good one.
  @Test(arguments: [
    (["w": Tensor(ones: Shape(Array(repeating: 1, count: 33)))], "tensor \"w\" has 33 axes, and the format at most 32")
  ])
  func `refuses what could not be read again`(_ tensors: [String: Tensor], _ why: String) throws {
    try withFile(old) { path in
      let error = #expect(throws: DataError.self) { try Safetensors.write(tensors, to: path) }
      #expect(error?.reason == .unwritable(why))
      let bytes = try contents(of: path)
      #expect(bytes == old)
    }
  }

  @Test func `refuses more tensors than can be read again`() throws {
    let none = Tensor(zeros: [0])
    let tensors = Dictionary(uniqueKeysWithValues: (0...1 << 18).map { ("\($0)", none) })
    try withFile(old) { path in
      let error = #expect(throws: DataError.self) { try Safetensors.write(tensors, to: path) }
      #expect(error?.reason == .unwritable("there are 262145 tensors, and the limit is 262144"))
      let bytes = try contents(of: path)
      #expect(bytes == old)
    }
  }

  @Test func `removes what killed processes left, and nothing else`() throws {
    try withDirectory { root in
      let (gone, alive, own) = ("\(Int32.max)", "\(getppid())", "\(getpid())")
      let left = [".strata-\(gone)-0", ".strata-\(gone)-ffffffffffffffff", ".strata-\(own)-1f"]
      let kept = [
        ".strata-\(alive)-1f", ".strata-\(own)-2f", ".strata-\(gone)-xyz", ".strata-\(gone)", ".strata-0-1f",
        ".strata--1-1f", ".strata-notes", "strata-\(gone)-1f", ".strata-\(gone)-1f.safetensors",
        ".strata-\(gone)-11111111111111111",
      ]
      for name in left + kept { try Data(old).write(to: URL(fileURLWithPath: root + "/" + name)) }
      mkdir(root + "/.strata-\(gone)-d", 0o700)
      mkfifo(root + "/.strata-\(gone)-e", 0o600)
      symlink("model", root + "/.strata-\(gone)-f")
      // A save of this process, at work.
      let busy = open(root + "/" + kept[1], O_WRONLY)
      defer { close(busy) }
      #expect(flock(busy, LOCK_EX | LOCK_NB) == 0)

      try Safetensors.write(tensors, to: root + "/model")
      let files = try FileManager.default.contentsOfDirectory(atPath: root)
      #expect(Set(files) == Set(kept + ["def"].joined().map { ".strata-\(gone)-\($0)" } + ["model"]))
    }
  }

  @Test func `from eight threads at once leaves one whole file`() async throws {
    try await withDirectory { root in
      try await withThrowingTaskGroup(of: Void.self) { group in
        for task in 0..<8 {
          group.addTask {
            for _ in 0..<20 {
              try Safetensors.write(["w": Tensor(repeating: Double(task), shape: [999])], to: root + "/m")
            }
          }
        }
        try await group.waitForAll()
      }
      let numbers = try #require(try Safetensors.read(root + "/m")["w"]).elements(as: Double.self)
      #expect(Set(numbers).count == 1)
      #expect(try FileManager.default.contentsOfDirectory(atPath: root) == ["m"])
    }
  }
}
