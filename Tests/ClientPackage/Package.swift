// swift-tools-version: 6.2
import PackageDescription

let package = Package(
  name: "Client", platforms: [.macOS(.v15)], dependencies: [.package(path: "../Strata")],
  targets: [.executableTarget(name: "Client", dependencies: [.product(name: "Strata", package: "Strata")])])
