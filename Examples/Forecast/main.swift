// Recurrent networks that forecast a time series, against the forecast that nothing changes.
//
//   swift run -c release forecast
//   swift run -c release forecast --help

import ExampleSupport
import Foundation

exit(runExample(Array(CommandLine.arguments.dropFirst()), runForecast))
