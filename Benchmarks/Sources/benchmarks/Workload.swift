/// A named piece of work with the shapes that the peers' workload of the same name has.
struct Workload: Sendable {
    /// What bounds the speed of a workload: the share of the limit is measured against it.
    enum Limit: Sendable {
        /// Floating-point operations of matrix products, against the fastest product measured in the same run.
        case operations(Double)
        /// Bytes that have to cross the memory bus, against the triad's bandwidth measured in the same run.
        case bytes(Double)
        /// Neither: overheads, or work that stays in the caches.
        case none
    }

    let name: String
    let limit: Limit
    /// The file that the work needs, if any; see ``Files``.
    let file: String?
    /// Makes the inputs and returns the work.
    let prepare: @Sendable () throws -> () -> Void

    init(
        _ name: String, _ limit: Limit, file: String? = nil, prepare: @escaping @Sendable () throws -> () -> Void
    ) {
        self.name = name
        self.limit = limit
        self.file = file
        self.prepare = prepare
    }

    static let all: [Workload] =
        matrixWorkloads + elementwiseWorkloads + rowWorkloads + attentionWorkloads + trainingWorkloads
        + modelWorkloads + languageWorkloads + tokenizerWorkloads + metaLearningWorkloads + estimatorWorkloads
        + startWorkloads
}

/// Takes a result, so that the optimiser cannot drop the work that made it.
@inline(never)
func keep<Value>(_ value: Value) {}
