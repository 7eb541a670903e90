import Autograd

extension TransformerModel {
    /// Calls a function with every map inside the blocks and its path, such as `model.layers.0.self_attn.q_proj`.
    mutating func updateProjections(_ update: (_ path: String, _ projection: inout Projection) -> Void) {
        let names = ParameterNames.huggingFace(configuration.family)
        for layer in blocks.indices {
            let path = names.block(layer)
            for (index, name) in names.attentionInputs.enumerated() {
                update(path + name, &blocks[layer].attention.inputs[index])
            }
            update(path + names.attentionOutput, &blocks[layer].attention.output)
            if var gate = blocks[layer].feedForward.gate.take() {
                update(path + names.gate, &gate)
                blocks[layer].feedForward.gate = gate
            }
            update(path + names.up, &blocks[layer].feedForward.up)
            update(path + names.down, &blocks[layer].feedForward.down)
        }
    }
}
