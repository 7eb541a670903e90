// swift-tools-version: 6.2
import PackageDescription

// A package of its own, so that users of Martlet never build the fuzzer. `make fuzz` builds and runs it.
let package = Package(
    name: "fuzzing",
    dependencies: [.package(name: "martlet", path: "../..")],
    targets: [
        .target(name: "CFuzz", path: "CFuzz"),
        .executableTarget(
            name: "fuzz",
            dependencies: [
                "CFuzz", .product(name: "Tensor", package: "martlet"), .product(name: "Tabular", package: "martlet"),
            ],
            path: ".", exclude: ["CFuzz", "Corpus", "CorpusTests", "Dictionaries"], sources: ["Readers", "Driver"]),
    ],
    swiftLanguageModes: [.v6]
)
