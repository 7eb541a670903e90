// swift-tools-version: 6.2
import PackageDescription

// A package of its own, so that users of Martlet never build this. `make fuzz` runs the fuzzer, `make races` the
// threaded work under ThreadSanitizer.
let package = Package(
    name: "fuzzing",
    dependencies: [.package(name: "martlet", path: "../..")],
    targets: [
        .target(name: "CFuzz", path: "CFuzz"),
        .executableTarget(
            name: "fuzz",
            dependencies: [
                "CFuzz", .product(name: "Tensor", package: "martlet"), .product(name: "Tabular", package: "martlet"),
                .product(name: "Tokenizers", package: "martlet"), .product(name: "Transformer", package: "martlet"),
            ],
            path: ".", exclude: ["CFuzz", "Corpus", "CorpusTests", "Dictionaries", "Threads"],
            sources: ["Readers", "Driver"]),
        .executableTarget(
            name: "threads", dependencies: [.product(name: "NN", package: "martlet")], path: "Threads"),
    ],
    swiftLanguageModes: [.v6]
)
