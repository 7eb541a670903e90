/// How many of a number of places each class gets when all shall keep their shares.
enum ClassShares {
    /// Places in proportion to the sizes of the classes by largest remainders, each between a least and a most number.
    ///
    /// - Parameters:
    ///   - total: Places; at least the sum of `least` and at most that of `most`.
    ///   - sizes: The sizes of the classes, not all 0.
    ///   - least: The fewest places of each class.
    ///   - most: The most places of each class.
    static func apportioned(_ total: Int, to sizes: [Int], least: [Int], most: [Int]) -> [Int] {
        let sum = Double(sizes.reduce(0, +))
        let quotas = sizes.map { Double(total) * Double($0) / sum }
        var places = quotas.indices.map { min(max(Int(quotas[$0]), least[$0]), most[$0]) }
        func rest(_ index: Int) -> Double { quotas[index] - Double(places[index]) }
        var given = places.reduce(0, +)
        while given < total {
            let open = places.indices.filter { places[$0] < most[$0] }
            guard let next = open.max(by: { rest($0) < rest($1) || (rest($0) == rest($1) && $0 > $1) }) else { break }
            places[next] += 1
            given += 1
        }
        while given > total {
            let open = places.indices.filter { places[$0] > least[$0] }
            guard let next = open.min(by: { rest($0) < rest($1) || (rest($0) == rest($1) && $0 < $1) }) else { break }
            places[next] -= 1
            given -= 1
        }
        return places
    }

    /// The numbers of support and query rows of each class, both in the ratio of the classes and none of them empty.
    ///
    /// - Returns: nil unless there are `support + query` rows, at least as many of either as classes, and of each class a
    ///   row for both sets.
    static func divided(support: Int, query: Int, sizes: [Int]) -> (support: [Int], query: [Int])? {
        let perClass = query > 0 ? 2 : 1
        guard support >= sizes.count, query == 0 || query >= sizes.count,
            sizes.reduce(0, +) >= support + query, sizes.allSatisfy({ $0 >= perClass })
        else { return nil }
        let both = apportioned(
            support + query, to: sizes, least: sizes.map { _ in perClass }, most: sizes)
        let own = apportioned(
            support, to: both, least: both.map { _ in 1 }, most: both.map { $0 - (query > 0 ? 1 : 0) })
        return (own, zip(both, own).map { $0 - $1 })
    }
}
