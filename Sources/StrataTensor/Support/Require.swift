@preconcurrency import Foundation

/// Stops the program with a message where the caller's code is wrong: a shape that cannot fit, an
/// index out of range.
///
/// Unlike `precondition`, it prints its message in release builds too. Data from outside never
/// comes here: what a file holds is checked by code that throws.
///
/// - Parameters:
///   - condition: What must hold.
///   - message: The layer or operation, what was found, what was expected, and the remedy.
///   - file: The source file that requires it, which is named in the line before the message.
///   - line: The line there.
@inline(__always)
package func require(
  _ condition: Bool, _ message: @autoclosure () -> String, file: StaticString = #fileID, line: UInt = #line
) {
  if !condition { stop(message(), file: file, line: line) }
}

/// What numbers an option may take, all of them finite.
package enum OptionRange: String {
  case finite = "finite"
  case notNegative = "finite and not negative"
  case positive = "finite and positive"
  case fraction = "from 0 to 1"

  fileprivate func contains(_ number: Double) -> Bool {
    switch self {
    case .finite: number.isFinite
    case .notNegative: number >= 0 && number.isFinite
    case .positive: number > 0 && number.isFinite
    case .fraction: 0...1 ~= number
    }
  }
}

/// Stops the program unless an option is a number that has a meaning.
package func requireOption(
  _ name: @autoclosure () -> String, _ number: Double, _ range: OptionRange, file: StaticString = #fileID,
  line: UInt = #line
) {
  require(range.contains(number), "\(name()) must be \(range.rawValue), not \(number)", file: file, line: line)
}

/// Ends the program with status 70 (`EX_SOFTWARE`), after `message` and the path of the layer at work on standard error.
///
/// The runtime's backtrace of 50 to 75 lines would push the message off the screen, so it is printed only where the
/// environment variable `SWIFT_BACKTRACE` asks for it: then the program ends by `fatalError`. A debugger stops here either
/// way. What was printed before is flushed first, for a trap discards what waits for a pipe.
@inline(never)
package func stop(_ message: String, file: StaticString = #fileID, line: UInt = #line) -> Never {
  let path = Place.currentPath
  let note = StopNote.scope.current.map { "\n\($0)" } ?? ""
  let text = (path.isEmpty ? message : "in layer \(path): \(message)") + note
  fflush(stdout)
  if getenv("SWIFT_BACKTRACE") != nil { fatalError(text, file: file, line: line) }
  fputs(
    "Fatal error at \(file):\(line) (SWIFT_BACKTRACE=enable=yes shows the calls that led to it):\n\(text)\n", stderr)
  // Without a debugger, an ignored signal does nothing.
  signal(SIGTRAP, SIG_IGN)
  raise(SIGTRAP)
  // Not `exit`, which would destroy what other threads still use.
  _exit(70)
}

/// What the running task is about, said after the message of whatever stops it: code that tries another's
/// layer says how it came to do so.
package enum StopNote {
  package static let scope = TaskScoped<String>()
}

/// Stops the program for an operation that has no meaning, or no kernel, for integers.
package func refuseIntegers(_ operation: String, file: StaticString = #fileID, line: UInt = #line) -> Never {
  stop(
    "\(operation) needs floating-point elements; these are int32: convert with converted(to:)", file: file, line: line)
}

extension Tensor {
  /// Stops the program unless this gradient has the shape and type of the output that it is of.
  package borrowing func requireGradient(
    of layer: @autoclosure () -> String, _ shape: Shape, _ dtype: DType, file: StaticString = #fileID,
    line: UInt = #line
  ) {
    let (own, type) = (self.shape, self.dtype)
    require(
      own == shape && type == dtype,
      "\(layer()).backward: dy has shape \(own) (\(type)), the output had \(shape) (\(dtype))", file: file, line: line)
  }
}
