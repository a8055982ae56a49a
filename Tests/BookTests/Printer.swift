/// Keeps what the code of a chapter prints; a parameter `print` of this type takes the place of Swift's function.
final class Printer {
  private(set) var text = ""

  func callAsFunction(_ items: Any...) { text += items.map { "\($0)" }.joined(separator: " ") + "\n" }
}
