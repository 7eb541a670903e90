import COpenBLAS
import Tensor

/// A support vector machine with a kernel (Cortes and Vapnik 1995); more than two classes one against one.
///
/// Solved by sequential minimal optimisation. Probabilities are Platt's, from decisions made under cross-validation.
///
/// ```swift
/// let model = try SupportVectorMachine(.radialBasis(), cost: 1).fit(scaled, labels)
/// ```
public struct SupportVectorMachine: Classifier, Hashable {
    /// How alike two rows are.
    public var kernel: Kernel
    /// C, the price of a row inside the margin.
    public var cost: Double
    /// How far from optimal the solution may be, in units of the decision.
    public var tolerance: Double
    /// The folds that probabilities are fitted with; nil for the logistic function of the decision, which puts rows in
    /// order but is not a probability.
    public var calibrationFolds: Int?
    /// The most memory to keep kernel values in, in bytes.
    public var cacheBytes: Int

    /// Creates the estimator; stops the program unless cost and tolerance are above zero.
    public init(
        _ kernel: Kernel = .radialBasis(), cost: Double = 1, tolerance: Double = 1e-3, calibrationFolds: Int? = 5,
        cacheBytes: Int = 200 << 20
    ) {
        requireShape(cost > 0 && tolerance > 0, "Cost and tolerance must be above zero, not \(cost), \(tolerance).")
        self.kernel = kernel
        self.cost = cost
        self.tolerance = tolerance
        self.calibrationFolds = calibrationFolds
        self.cacheBytes = cacheBytes
    }

    /// Finds the support vectors, and the curves of the probabilities.
    ///
    /// - Throws: `EstimatorError`; also for a class with fewer rows than calibration folds.
    public func fit(_ features: FeatureMatrix, _ labels: [Int]) throws -> FittedSupportVectorMachine {
        let classCount: Int = try requireClasses(features, labels)
        var model: FittedSupportVectorMachine = solve(features, labels, classCount)
        if let calibrationFolds {
            model.calibration = try DecisionCalibration(
                features, labels, classCount: classCount, folds: calibrationFolds
            ) { train, trainLabels, test in
                solve(train, trainLabels, classCount).decision(test)
            }
        }
        return model
    }

    private func solve(_ features: FeatureMatrix, _ labels: [Int], _ classCount: Int) -> FittedSupportVectorMachine {
        BLAS.prepare()
        let kernel: Kernel = self.kernel.resolved(for: features)
        let members: [[Int]] = rowsByClass(labels)
        var pairs: [(negative: Int, positive: Int)] = []
        for a in 0..<classCount { for b in a + 1..<max(classCount, a + 1) { pairs.append((a, b)) } }
        typealias Part = (rows: [Int], solution: SequentialMinimalOptimization.Solution)
        var parts = [Part?](repeating: nil, count: pairs.count)
        parts.withUnsafeMutableBufferPointer { parts in
            nonisolated(unsafe) let parts = parts
            let pairs = pairs
            Parallelism.forEachPiece(of: pairs.count, grain: 1) { piece in
                for index in piece {
                    let rows: [Int] = (members[pairs[index].negative] + members[pairs[index].positive]).sorted()
                    let problem = SequentialMinimalOptimization(
                        rows: KernelRows(features.selecting(rows: rows), kernel, bytes: cacheBytes),
                        signs: rows.map { labels[$0] == pairs[index].positive ? 1 : -1 },
                        bounds: [Double](repeating: cost, count: rows.count), tolerance: tolerance,
                        maximumIterations: max(10_000_000, 100 * rows.count))
                    parts[index] = (rows, problem.solve())
                }
            }
        }
        var isSupport = [Bool](repeating: false, count: labels.count)
        for case let part? in parts {
            for (row, coefficient) in zip(part.rows, part.solution.coefficients) where coefficient != 0 {
                isSupport[row] = true
            }
        }
        let support: [Int] = isSupport.indices.filter { isSupport[$0] }
        let places: [Int: Int] = Dictionary(uniqueKeysWithValues: support.enumerated().map { ($1, $0) })
        var coefficients = FeatureMatrix(
            rows: pairs.count, columns: support.count,
            values: [Double](repeating: 0, count: pairs.count * support.count))
        var intercepts: [Double] = []
        var isConverged: Bool = true
        for (index, part) in parts.enumerated() {
            guard let part else { continue }
            for (row, coefficient) in zip(part.rows, part.solution.coefficients) {
                if let place = places[row], coefficient != 0 { coefficients[index, place] = coefficient }
            }
            intercepts.append(part.solution.intercept)
            isConverged = isConverged && part.solution.isConverged
        }
        return FittedSupportVectorMachine(
            supportRows: support, supportVectors: features.selecting(rows: support), coefficients: coefficients,
            intercepts: intercepts, isConverged: isConverged, kernel: kernel, classCount: classCount,
            calibration: .none(outputs: classCount == 2 ? 1 : classCount))
    }
}

/// A support vector machine that has learned.
public struct FittedSupportVectorMachine: FittedClassifier, Hashable {
    /// The training rows that the decision depends on.
    public let supportRows: [Int]
    /// Their features.
    public let supportVectors: FeatureMatrix
    /// y α of each support vector for each pair of classes, (0, 1), (0, 2) … (1, 2) …, the second one positive.
    public let coefficients: FeatureMatrix
    /// One for each pair of classes.
    public let intercepts: [Double]
    /// Whether the tolerance was met for every pair.
    public let isConverged: Bool
    let kernel: Kernel
    let classCount: Int
    var calibration: DecisionCalibration

    /// The decision, `[rows, 1]` for two classes, positive for the second; else `[rows, classes]`: the duels that each
    /// class wins, and between equals the sum of its margins, squeezed into ±⅓.
    public func decision(_ features: FeatureMatrix) -> FeatureMatrix {
        let duels: FeatureMatrix = pairDecisions(features)
        if classCount == 2 { return duels }
        var values = [Double](repeating: 0, count: features.rows * classCount)
        for row in 0..<features.rows {
            var wins = [Double](repeating: 0, count: classCount)
            var margins = wins
            var pair: Int = 0
            for a in 0..<classCount {
                for b in a + 1..<max(classCount, a + 1) {
                    let margin: Double = duels[row, pair]
                    margins[a] -= margin
                    margins[b] += margin
                    wins[margin > 0 ? b : a] += 1
                    pair += 1
                }
            }
            for k in 0..<classCount {
                values[row * classCount + k] = wins[k] + margins[k] / (3 * (abs(margins[k]) + 1))
            }
        }
        return FeatureMatrix(rows: features.rows, columns: classCount, values: values)
    }

    /// The probability of every class for every row, `[rows, classes]`.
    public func predictProbability(_ features: FeatureMatrix) -> FeatureMatrix {
        calibration.probabilities(decision(features))
    }

    /// The class by the decision, which may differ from the most probable one near the boundary.
    public func predict(_ features: FeatureMatrix) -> [Int] { classes(ofDecisions: decision(features)) }

    /// Σ coefficient × kernel + intercept for every row and pair, rows in blocks of a fixed size over threads.
    private func pairDecisions(_ features: FeatureMatrix) -> FeatureMatrix {
        BLAS.prepare()
        requireFeatures(features, fittedOn: supportVectors.columns)
        let (pairs, support, columns) = (intercepts.count, supportVectors.rows, features.columns)
        var values = [Double](repeating: 0, count: features.rows * pairs)
        let squares: [Double] = squaredLengths(supportVectors)
        let own: [Double] = squaredLengths(features)
        let block: Int = 64
        values.withUnsafeMutableBufferPointer { values in
            features.values.withUnsafeBufferPointer { table in
                nonisolated(unsafe) let (values, table) = (values, table)
                Parallelism.forEachPiece(of: (features.rows + block - 1) / block, grain: 1) { piece in
                    var products = [Double](repeating: 0, count: block * support)
                    for index in piece {
                        let first: Int = index * block
                        let size: Int = min(block, features.rows - first)
                        if columns > 0, support > 0 {
                            cblas_dgemm(
                                CblasRowMajor, CblasNoTrans, CblasTrans, Int32(size), Int32(support), Int32(columns),
                                1, table.baseAddress! + first * columns, Int32(columns), supportVectors.values,
                                Int32(columns), 0, &products, Int32(support))
                        }
                        products.withUnsafeMutableBufferPointer { products in
                            for row in 0..<size {
                                let similar = products.baseAddress! + row * support
                                kernel.apply(similar, count: support, square: own[first + row], squares: squares)
                                for pair in 0..<pairs {
                                    var sum: Double = intercepts[pair]
                                    for j in 0..<support { sum += coefficients.values[pair * support + j] * similar[j] }
                                    values[(first + row) * pairs + pair] = sum
                                }
                            }
                        }
                    }
                }
            }
        }
        return FeatureMatrix(rows: features.rows, columns: pairs, values: values)
    }
}
