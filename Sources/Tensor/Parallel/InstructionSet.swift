import CKernels

/// The instruction set of the kernels that run in this process.
public enum InstructionSet {
    /// `avx512`, `avx2` or `scalar`: the widest that the processor has, or what `MARTLET_ISA` asks for if it has that.
    public static var current: String { String(cString: mk_isa_name()) }
}
