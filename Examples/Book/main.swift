// Writes the book as pages for a browser: its chapters, and those to play with.
//
//   swift run book                    into .build/book
//   swift run book --output DIR
//   swift run book --expected FILE    also writes what Strata computes, for the check of the pages

import ExampleSupport
import Foundation

exit(writeBook(Array(CommandLine.arguments.dropFirst()), .standard))
