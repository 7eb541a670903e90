import Tensor

let matrixWorkloads: [Workload] = [
    product("sgemm_64", 64, 64, 64),
    product("sgemm_256", 256, 256, 256),
    product("sgemm_512", 512, 512, 512),
    product("sgemm_1024", 1024, 1024, 1024),
    product("sgemm_2048", 2048, 2048, 2048),
    product("linear_256x768x3072", 256, 768, 3072),
    product("gemv_1x1536x576", 1, 1536, 576),
    product("gemv_1x576x49152", 1, 576, 49152),
]

private func product(_ name: String, _ m: Int, _ k: Int, _ n: Int) -> Workload {
    // A product with a vector reads the matrix once; the small one stays in the caches.
    let isVector = m == 1
    let limit: Workload.Limit =
        isVector
        ? (k * n > 4 << 20 ? .bytes(4 * Double(k * n + k + n)) : .none) : .operations(2 * Double(m) * Double(k * n))
    return Workload(name, limit) {
        let (a, b) = (normal(m, k, seed: 1), normal(k, n, seed: 2))
        return { keep(a.matmul(b)) }
    }
}

/// Numbers from the standard normal distribution.
func normal(_ shape: Int..., seed: UInt64) -> Tensor<Float> {
    Tensor(randomNormal: TensorShape(shape), key: RandomKey(seed: seed))
}
