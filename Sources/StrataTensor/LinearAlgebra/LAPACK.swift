import COpenBLAS

/// Calls a routine of LAPACK twice: to ask for the length of its workspace, then with one.
///
/// - Returns: The status, 0 where it succeeded.
func callLAPACK(
  _ routine: (
    _ work: UnsafeMutablePointer<Double>, _ workCount: UnsafePointer<blasint>, _ status: UnsafeMutablePointer<blasint>
  ) -> Void
) -> Int {
  Runtime.withBLAS {
    var status: blasint = 0
    var length = 0.0
    routine(&length, [-1], &status)
    var work = Array(repeating: 0.0, count: Swift.max(1, Int(length)))
    routine(&work, [blasint(work.count)], &status)
    return Int(status)
  }
}
