/// An expression of a template and where it begins.
struct TemplateExpression: Sendable {
    indirect enum Kind: Sendable {
        case none
        case bool(Bool)
        case integer(Int)
        case number(Double)
        case string(String)
        case name(String)
        case list([TemplateExpression], isTuple: Bool)
        case dictionary([(key: TemplateExpression, value: TemplateExpression)])
        case not(TemplateExpression)
        case negative(TemplateExpression)
        case positive(TemplateExpression)
        case and(TemplateExpression, TemplateExpression)
        case or(TemplateExpression, TemplateExpression)
        case arithmetic(String, TemplateExpression, TemplateExpression)
        case concatenation([TemplateExpression])
        /// `a < b <= c` holds if both do.
        case comparison(TemplateExpression, [(operation: String, operand: TemplateExpression)])
        case attribute(TemplateExpression, String)
        case element(TemplateExpression, TemplateExpression)
        case slice(TemplateExpression, TemplateExpression?, TemplateExpression?, TemplateExpression?)
        case call(TemplateExpression, TemplateArguments)
        case filter(TemplateExpression, String, TemplateArguments)
        case test(TemplateExpression, String, TemplateArguments)
        case conditional(TemplateExpression, condition: TemplateExpression, otherwise: TemplateExpression?)
    }

    let kind: Kind
    let place: TemplatePlace
}

/// The arguments of a call, a filter or a test.
struct TemplateArguments: Sendable {
    var positional: [TemplateExpression] = []
    var named: [(name: String, value: TemplateExpression)] = []
}

/// What `set`, `for` and `with` assign to.
indirect enum TemplateTarget: Sendable {
    case name(String)
    case attribute(String, String)
    case tuple([TemplateTarget])
}

/// A statement of a template.
indirect enum TemplateStatement: Sendable {
    case text(String)
    case output(TemplateExpression)
    case conditional([(condition: TemplateExpression, body: [TemplateStatement])], otherwise: [TemplateStatement])
    case loop(TemplateLoop)
    case set(TemplateTarget, TemplateExpression, TemplatePlace)
    /// `{% set x | filter %}...{% endset %}`; the filters apply to the name `TemplateStatement.blockName`.
    case setBlock(TemplateTarget, filters: TemplateExpression?, body: [TemplateStatement], TemplatePlace)
    case filterBlock(TemplateExpression, body: [TemplateStatement])
    case macro(TemplateMacro)
    /// `{% call f() %}...{% endcall %}`: the body is the macro `caller` of the call.
    case callBlock(TemplateExpression, caller: TemplateMacro)
    case with([(target: TemplateTarget, value: TemplateExpression)], body: [TemplateStatement], TemplatePlace)
    /// A body in its place, as in `{% generation %}`.
    case block([TemplateStatement])
    case doExpression(TemplateExpression)
    case breakLoop
    case continueLoop

    /// The name under which filters of a block find its text; no template can write it.
    static let blockName = " block"
}

/// A `for` statement.
struct TemplateLoop: Sendable {
    var target: TemplateTarget
    var sequence: TemplateExpression
    var condition: TemplateExpression?
    var body: [TemplateStatement]
    var otherwise: [TemplateStatement]
    var place: TemplatePlace
}

/// A `macro` statement.
struct TemplateMacro: Sendable {
    var name: String
    var parameters: [(name: String, fallback: TemplateExpression?)]
    var body: [TemplateStatement]
}
