import Foundation

/// A run of this program in another process.
struct Child {
  enum Ending: Equatable {
    case exited(Int32)
    case killed(Int32)
    case hung
  }

  private let process: pid_t
  private let output: String

  /// Starts it. What it prints goes to a file beside the attack's directory.
  init(_ arguments: [String], in circumstances: Circumstances, environment: [String: String] = [:]) throws {
    output = circumstances.directory + "-output"
    let program = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
    let all = [program] + arguments + (circumstances.isPlanted ? ["--plant"] : [])
    let values = ProcessInfo.processInfo.environment.merging(environment) { $1 }
      .merging(["SWIFT_BACKTRACE": "enable=no"]) { $1 }
    let (argv, envp) = (all.map { strdup($0) } + [nil], values.map { strdup("\($0)=\($1)") } + [nil])
    defer { (argv + envp).forEach { free($0) } }
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 1, output, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
    posix_spawn_file_actions_adddup2(&actions, 1, 2)
    var process = pid_t()
    let code = posix_spawn(&process, program, &actions, nil, argv, envp)
    guard code == 0 else { throw POSIXError(POSIXErrorCode(rawValue: code) ?? .EINVAL) }
    self.process = process
  }

  /// Ends it at once.
  func kill() { Foundation.kill(process, SIGKILL) }

  /// Waits for its end, and kills it where it takes too long.
  func wait(seconds: Double = 30) -> Ending {
    let limit = ContinuousClock.now + .seconds(seconds)
    var status: Int32 = 0
    while waitpid(process, &status, WNOHANG) == 0 {
      if ContinuousClock.now > limit {
        kill()
        waitpid(process, &status, 0)
        return .hung
      }
      usleep(200)
    }
    return status & 0x7F == 0 ? .exited(status >> 8 & 0xFF) : .killed(status & 0x7F)
  }

  /// What it has printed, errors too.
  var text: String { (try? String(contentsOfFile: output, encoding: .utf8)) ?? "" }
}
