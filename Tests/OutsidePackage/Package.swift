// swift-tools-version: 6.2
import PackageDescription

let package = Package(
  name: "Outside",
  platforms: [.macOS(.v15)],
  dependencies: [.package(path: "../Strata")],
  targets: [
    .target(name: "Outside", dependencies: [.product(name: "Strata", package: "Strata")]),
    .testTarget(
      name: "OutsideTests",
      dependencies: ["Outside", .product(name: "StrataTesting", package: "Strata")]),
  ]
)
