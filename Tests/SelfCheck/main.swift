// Checks whether the BLAS of this machine multiplies correctly, and prints its name.
//
//   swift run -c release SelfCheck [PRODUCTS]
//
// Exit codes: 0 all products are correct, 1 a product is wrong, 64 PRODUCTS is not a number.

import Foundation

let arguments = CommandLine.arguments.dropFirst()
guard let products = arguments.isEmpty ? 300 : arguments.first.flatMap(Int.init), products > 0, arguments.count < 2
else {
  FileHandle.standardError.write(Data("usage: SelfCheck [PRODUCTS], a number of at least 1\n".utf8))
  exit(64)
}
let result = ProductCheck(products: products)
print(result)
exit(result.isSound ? 0 : 1)
