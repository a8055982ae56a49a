/// Where in a row its largest or smallest element stands. Its raw value is the name in messages.
package enum PlaceKernel: String, Sendable {
  case argmax, argmin
}
