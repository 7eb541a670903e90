// swift-tools-version: 6.2
import PackageDescription

// Numeric targets are optimised in debug builds too: plain debug arithmetic is fifty times slower, which would make
// `swift test` useless for anything that trains. Release builds specialise generic code across modules and leave out the
// checks for overlapping access: recording an operation costs a third then.
let fastSwift: [SwiftSetting] = [
    .unsafeFlags(["-O"], .when(configuration: .debug)),
    .unsafeFlags(
        ["-cross-module-optimization"], .when(configuration: .release)),
]
let fastC: [CSetting] = [.unsafeFlags(["-O3", "-fno-math-errno", "-fno-trapping-math"])]

let package = Package(
    name: "martlet",
    products: [
        // MARK: Public API
        .library(name: "Tensor", targets: ["Tensor"]),
        .library(name: "Statistics", targets: ["Statistics"]),
        .library(name: "Autograd", targets: ["Autograd"]),
        .library(name: "NN", targets: ["NN"]),
        .library(name: "Tabular", targets: ["Tabular"]),
        .library(name: "Tokenizers", targets: ["Tokenizers"]),
        .library(name: "MetaLearning", targets: ["MetaLearning"]),
        .library(name: "Transformer", targets: ["Transformer"]),
        .library(name: "Report", targets: ["Report"]),
        .library(name: "SampleData", targets: ["SampleData"]),
        .executable(name: "martlet", targets: ["martlet"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0")
    ],
    targets: [
        // MARK: Floor 0: values
        .systemLibrary(
            name: "COpenBLAS", pkgConfig: "openblas", providers: [.apt(["libopenblas-dev", "liblapacke-dev"])]),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
        .target(name: "CKernels", cSettings: fastC),
        .target(name: "Tensor", dependencies: ["CKernels", "COpenBLAS", "CZlib"], swiftSettings: fastSwift),
        .target(name: "Statistics", dependencies: ["Tensor"], swiftSettings: fastSwift),

        // MARK: Floor 1: derivatives
        .target(name: "Autograd", dependencies: ["Tensor"], swiftSettings: fastSwift),

        // MARK: Floor 2: models and tables
        .target(name: "NN", dependencies: ["Autograd", "Report"], swiftSettings: fastSwift),
        .target(
            name: "Tabular", dependencies: ["Tensor", "Statistics", "COpenBLAS", "CZlib"], swiftSettings: fastSwift),

        // MARK: Floor 3: language
        .target(name: "Tokenizers", dependencies: ["Tensor"], swiftSettings: fastSwift),
        .target(name: "Transformer", dependencies: ["NN", "Tokenizers"], swiftSettings: fastSwift),

        // MARK: Floor 4: systems
        .target(
            name: "MetaLearning", dependencies: ["NN", "Tabular", "Statistics", "Report"], swiftSettings: fastSwift),

        // MARK: Beside the floors
        .target(name: "Report"),
        .target(name: "SampleData", resources: [.copy("Resources")]),

        // MARK: Demo
        .executableTarget(
            name: "martlet",
            dependencies: [
                "Transformer", "Tokenizers", "MetaLearning", "NN", "Tabular", "Statistics", "Report", "SampleData",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ]),

        // MARK: Tests
        .target(name: "GoldenSupport", dependencies: ["Tensor"], path: "Tests/GoldenSupport", swiftSettings: fastSwift),
        .testTarget(name: "TensorTests", dependencies: ["Tensor", "GoldenSupport"], swiftSettings: fastSwift),
        .testTarget(name: "StatisticsTests", dependencies: ["Statistics", "GoldenSupport"]),
        .testTarget(name: "AutogradTests", dependencies: ["Autograd", "GoldenSupport"], swiftSettings: fastSwift),
        .testTarget(name: "NNTests", dependencies: ["NN", "GoldenSupport"], swiftSettings: fastSwift),
        .testTarget(name: "TabularTests", dependencies: ["Tabular", "SampleData", "GoldenSupport"]),
        .testTarget(
            name: "TokenizersTests", dependencies: ["Tokenizers", "Tensor", "GoldenSupport", "CZlib"],
            swiftSettings: fastSwift),
        .testTarget(
            name: "MetaLearningTests", dependencies: ["MetaLearning", "SampleData", "GoldenSupport"],
            swiftSettings: fastSwift),
        .testTarget(
            name: "TransformerTests", dependencies: ["Transformer", "GoldenSupport", "CZlib"],
            swiftSettings: fastSwift),
        .testTarget(name: "ReportTests", dependencies: ["Report"]),
        .testTarget(
            name: "GuideTests", dependencies: ["Transformer", "MetaLearning", "Tabular", "Report", "GoldenSupport"]),
        .testTarget(name: "CommandTests", dependencies: ["martlet", "GoldenSupport"]),
        .testTarget(name: "FailureTests", dependencies: ["NN", "Tabular", "Report", "GoldenSupport"]),
        // Counts instructions under valgrind, in release builds: `make budget`.
        .target(name: "CMarker", path: "Tests/InstructionBudget/CMarker"),
        .executableTarget(
            name: "instruction-budget", dependencies: ["CMarker", "NN"], path: "Tests/InstructionBudget/Driver",
            swiftSettings: fastSwift,
            // valgrind before 3.20 stops at the debugging information of newer compilers; names of functions stay.
            linkerSettings: [.unsafeFlags(["-Xlinker", "--strip-debug"])]),
        // Replays the fuzzer's inputs; the fuzzer itself is a package of its own in the same folder.
        .testTarget(
            name: "FuzzingTests", dependencies: ["Tensor", "Tabular", "Tokenizers", "Transformer", "GoldenSupport"],
            path: "Tests/Fuzzing",
            exclude: ["CFuzz", "Corpus", "Dictionaries", "Driver", "Package.swift", "Threads"],
            sources: ["CorpusTests", "Readers"]),
    ],
    swiftLanguageModes: [.v6]
)
