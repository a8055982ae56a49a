// Says where two runs begin to differ, by the files of digests that they have left.
//
//   swift run -c release mnist --digest a.digest
//   swift run -c release mnist --digest b.digest --lr 0.0010001
//   swift run -c release compare-runs a.digest b.digest

import ExampleSupport
import Foundation

exit(compareRunsOfFiles(Array(CommandLine.arguments.dropFirst()), .standard))
