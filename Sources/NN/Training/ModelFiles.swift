import Autograd
import Tensor

extension Parameterized {
    /// Writes the parameters and buffers to a safetensors file, atomically.
    public func save(to path: String, metadata: [String: String] = [:]) throws(CheckpointError) {
        let tensors = namedTensors().map { (name: $0.path, tensor: AnyTensor($0.tensor)) }
        do {
            try SafetensorsFile.write(tensors, metadata: metadata, to: path)
        } catch {
            throw .file(error)
        }
    }

    /// Replaces the parameters and buffers by those of a safetensors file; the model stays as it was if anything
    /// differs.
    ///
    /// Elements of another float type are converted.
    /// - Throws: ``CheckpointError/mismatch(_:)`` with all missing, unexpected and wrongly shaped tensors at once.
    public mutating func load(from path: String) throws(CheckpointError) {
        do {
            try load(from: SafetensorsFile(contentsOf: path))
        } catch let error as CheckpointError {
            throw error
        } catch let error as TensorFileError {
            throw .file(error)
        } catch {
            throw .corrupted(path: path, problem: "\(error)")
        }
    }

    /// Replaces the parameters and buffers by those of an open file; the model stays as it was if anything differs.
    public mutating func load(from file: SafetensorsFile) throws(CheckpointError) {
        var mismatch = TensorMismatch(path: file.path)
        var loaded: [Tensor<Scalar>] = []
        var expected: Set<String> = []
        do throws(TensorFileError) {
            for (name, current) in namedTensors() {
                expected.insert(name)
                guard let entry = file.entry(named: name) else {
                    mismatch.missing.append(name)
                    continue
                }
                guard entry.shape == current.shape else {
                    mismatch.misshaped.append(.init(name: name, expected: current.shape, found: entry.shape))
                    continue
                }
                // Copied out of the mapping, so that training writes in place and the file may go away.
                if mismatch.isEmpty { loaded.append(try file.tensor(named: name).cast(to: Scalar.self).compacted()) }
            }
        } catch {
            throw .file(error)
        }
        mismatch.unexpected = file.entries.map(\.name).filter { !expected.contains($0) }
        guard mismatch.isEmpty else { throw .mismatch(mismatch) }
        var replacing = TensorReplacement(tensors: loaded[...])
        visitParameters(&replacing)
    }
}

/// Replaces parameters and buffers, in visiting order.
private struct TensorReplacement<Scalar: FloatingTensorScalar>: ParameterVisitor {
    var tensors: ArraySlice<Tensor<Scalar>>

    mutating func visit(_ name: String, _ parameter: inout Variable<Scalar>) {
        parameter = Variable(tensors.removeFirst())
    }

    mutating func visitBuffer(_ name: String, _ buffer: inout Tensor<Scalar>) { buffer = tensors.removeFirst() }
}
