/// What becomes of an axis. Its raw value is the name in messages.
package enum ReductionKernel: String, Sendable {
  case sum, max, min
}
