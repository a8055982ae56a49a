import ExampleSupport
import Testing

@testable import MNIST

/// The command line of an example: accepted options and errors.
@Suite(.seeded) struct MNISTSettingsTests {
  private func parse(_ arguments: String...) throws -> MNISTSettings {
    try #require(try MNISTSettings.parse(arguments))
  }

  @Test func `the defaults apply if no option is given`() throws {
    let settings = try parse()
    #expect(settings.common == CommonSettings(epochs: 30, batch: 64, learningRate: 1e-3))
    #expect(settings.hidden == [256])
    #expect(settings.optimizer == .adam)
  }

  @Test func `every option is read`() throws {
    let settings = try parse(
      "--epochs", "7", "--batch", "32", "--lr", "3e-4", "--seed", "18446744073709551615", "--workers", "3",
      "--data", "some/dir", "--hidden", "256,128", "--optimizer", "adamw", "--clip", "1.5", "--save", "a.st",
      "--load=b.st", "--quiet", "--json", "--batchnorm", "--dropout", "0.3")
    var common = CommonSettings(epochs: 7, batch: 32, learningRate: 3e-4)
    common.seed = .max
    common.workers = 3
    common.data = "some/dir"
    (common.isQuiet, common.printsJSON) = (true, true)
    #expect(settings.common == common)
    #expect(settings.hidden == [256, 128])
    #expect(settings.optimizer == .adamw)
    #expect(settings.clip == 1.5)
    #expect(settings.hasBatchNorm && settings.dropout == 0.3)
    #expect(settings.save == "a.st")
    #expect(settings.load == "b.st")
  }

  @Test(
    arguments: [
      (["--epoch", "3"], "unknown option --epoch; did you mean --epochs?"),
      (["--zzzzzzzzzzzz"], "unknown option --zzzzzzzzzzzz"),
      (["--bogus"], "unknown option --bogus"),
      (["--batch-size", "3"], "unknown option --batch-size; did you mean --batch?"),
      (["digits"], "unexpected argument \"digits\"; options begin with --"),
      (["--epochs"], "--epochs needs a value: --epochs N"),
      (["--epochs", "x"], "--epochs needs a whole number, 0 to 1000000, not \"x\""),
      (["--batch", "0"], "--batch needs a whole number, 1 to 1000000, not \"0\""),
      (["--seed", "-1"], "--seed needs a whole number, 0 or more, not \"-1\""),
      (["--lr", "-1"], "--lr needs a number above 0, not \"-1\""),
      (["--lr", "nan"], "--lr needs a number above 0, not \"nan\""),
      (["--hidden", "256,,128"], "--hidden needs a whole number, 1 to 65536, not \"\""),
      (
        ["--optimizer", "adan"], "--optimizer needs one of sgd, adam, adamw, not \"adan\"; did you mean adam?"
      ),
      (["--dropout", "1"], "--dropout needs a number of 0 or more and below 1, not \"1\""),
      (["--json=yes"], "--json takes no value"),
      (["--data="], "--data needs a path, not an empty one"),
      (
        ["--save", "/no/such/place/model"],
        "--save needs a file in a directory that exists, and /no/such/place does not"
      ),
    ])
  func `what cannot be carried out is refused with the reason`(arguments: [String], reason: String) {
    #expect(throws: UsageError(reason)) { try MNISTSettings.parse(arguments) }
  }

  @Test func `help lists every option`() throws {
    #expect(try MNISTSettings.parse(["--epochs", "3", "--help"]) == nil)
    for option in ["--epochs N", "--hidden N,N,…", "--json", "--help"] {
      #expect(MNISTSettings.help.contains("\n  \(option) "))
    }
  }
}
