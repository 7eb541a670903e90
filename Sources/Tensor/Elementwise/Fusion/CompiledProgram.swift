import CKernels

/// A program as the kernels run it: every value has a slot, and values that are no longer needed leave theirs.
///
/// The slots are, in this order, the operands, the constants, the computed results and the registers.
struct CompiledProgram {
    private(set) var instructions: [mk_instruction] = []
    private(set) var constants: [Double] = []
    private(set) var registerCount = 0
    /// The steps that are computed into tensors of their own, in the order of their slots.
    private(set) var computed: [Int] = []

    init<Scalar>(_ program: ElementwiseProgram<Scalar>) {
        let steps = program.steps
        // The last step that uses a value; -1 for values that nothing needs.
        var lastUse = [Int](repeating: -1, count: steps.count)
        for case let result? in program.results where lastUse[result] < 0 {
            lastUse[result] = steps.count
            switch steps[result].operation {
            case .unary, .binary: computed.append(result)
            case .operand, .constant: break
            }
        }
        var constantCount = 0
        for (number, step) in steps.enumerated().reversed() where lastUse[number] >= 0 {
            switch step.operation {
            case .unary(_, let x): lastUse[x] = max(lastUse[x], number)
            case .binary(_, let a, let b):
                lastUse[a] = max(lastUse[a], number)
                lastUse[b] = max(lastUse[b], number)
            case .constant: constantCount += 1
            case .operand: break
            }
        }

        var slots = [Int](repeating: -1, count: steps.count)
        let firstResult = program.operandCount + constantCount
        let firstRegister = firstResult + computed.count
        for (position, step) in computed.enumerated() { slots[step] = firstResult + position }
        var free: [Int] = []
        for (number, step) in steps.enumerated() where lastUse[number] >= 0 {
            /// An operand's slot, which is free again if this step is the last to use it: kernels may write in place.
            func use(_ operand: Int) -> Int32 {
                if lastUse[operand] == number, slots[operand] >= firstRegister {
                    free.append(slots[operand])
                    lastUse[operand] = steps.count
                }
                return Int32(slots[operand])
            }
            func place() -> Int32 {
                if slots[number] < 0 {
                    if free.isEmpty {
                        free.append(firstRegister + registerCount)
                        registerCount += 1
                    }
                    slots[number] = free.removeLast()
                }
                return Int32(slots[number])
            }
            switch step.operation {
            case .operand(let index): slots[number] = index
            case .constant:
                slots[number] = program.operandCount + constants.count
                constants.append(step.p0)
            case .unary(let op, let x):
                let source = use(x)
                instructions.append(
                    mk_instruction(
                        is_binary: 0, op: Int32(op.rawValue), a: source, b: source, out: place(), p0: step.p0,
                        p1: step.p1))
            case .binary(let op, let a, let b):
                let (first, second) = (use(a), use(b))
                instructions.append(
                    mk_instruction(
                        is_binary: 1, op: Int32(op.rawValue), a: first, b: second, out: place(), p0: step.p0,
                        p1: step.p1))
            }
        }
    }
}
