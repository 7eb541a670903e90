// swift-tools-version: 6.2
import PackageDescription

// A package of its own, so that programs that use Martlet never resolve what only its benchmarks need.
let package = Package(
    name: "benchmarks",
    dependencies: [
        .package(name: "martlet", path: ".."),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
    ],
    targets: [
        .executableTarget(
            name: "benchmarks",
            dependencies: [
                .product(name: "NN", package: "martlet"),
                .product(name: "Tabular", package: "martlet"),
                .product(name: "MetaLearning", package: "martlet"),
                .product(name: "SampleData", package: "martlet"),
                .product(name: "Transformer", package: "martlet"),
                .product(name: "Report", package: "martlet"),
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ]),
        // What a program that imports the core costs before it does anything.
        .executableTarget(name: "idle", dependencies: [.product(name: "NN", package: "martlet")]),
    ],
    swiftLanguageModes: [.v6]
)
