import Tensor
import Testing
import Tokenizers

/// A chat template comes with a model's files: whatever it says, rendering ends soon, with a text or its typed error.
@Suite("Hostile templates")
struct HostileTemplateTests {
    @Test(
        "work, texts and lists without bound are refused",
        arguments: [
            "{% for i in range(99999) %}{% for j in range(99999) %}{% endfor %}{% endfor %}",
            "{% macro f() %}{{ f() }}{{ f() }}{% endmacro %}{{ f() }}",
            "{{ range(-9223372036854775807 - 1) }}",
            "{{ 'a' * 99999999999 }}",
            "{% set x = 'a' * 60000000 %}{% for i in range(99999) %}{{ 'b' in x }}{% endfor %}",
            "{% set x = 'ab' * 30000000 %}{% set ns = namespace(l=[]) %}"
                + "{% for i in range(99999) %}{% set _ = ns.l.append(x ~ i) %}{% endfor %}",
            "{% set x = 'a' * 60000000 %}{{ x | replace('', x) }}",
            "{% set x = 'a' * 60000000 %}{{ x | replace('a', x) }}",
            "{% set x = 'a' * 60000000 %}{{ x.join('abcdefghijklmnopqrstuvwxyz') }}",
            "{% set x = 'a\\n' * 30000000 %}{{ x | indent(x) }}",
            "{% set x = 'a' * 60000000 %}{{ '%s%s%s%s' | format(x, x, x, x) }}",
            "{% set x = 'a' * 60000000 %}{{ '{0}{0}{0}{0}'.format(x) }}",
            "{% set x = 'a' * 60000000 %}{{ [1, [2]] | tojson(indent=x) }}",
            "{% set x = 'a' * 60000000 %}{{ x ~ x ~ x }}",
            "{{ ['a' * 60000000] * 1000000 }}",
            "{{ (['a' * 60000000] * 1000000) | sort }}",
            "{% set ns = namespace(x='') %}{% for i in range(99999) %}"
                + "{% set ns.x %}{{ ns.x }}0123456789abcdef0123456789abcdef{% endset %}{% endfor %}",
        ])
    func unbounded(source: String) throws {
        let template = try ChatTemplate(source)
        let error = #expect(throws: ChatTemplateError.self) { try template.render([:]) }
        #expect(error?.isRaisedByTemplate == false)
    }

    @Test(
        "values that contain themselves or double at each step",
        arguments: [
            "{% set a = [] %}{% set b = [a] %}{% set _ = a.append(b) %}{% set c = [a] %}{% set d = [c] %}"
                + "{% set _ = c.append(d) %}{{ b == d or a == c }}{{ a }}",
            "{% set ns = namespace() %}{% set ns.x = ns %}{{ ns }}",
            "{% set d = {} %}{% set _ = d.update(x=d) %}{{ d | tojson }}",
            "{% set ns = namespace(l=[1]) %}{% for i in range(60) %}{% set ns.l = [ns.l, ns.l] %}{% endfor %}{{ ns.l }}",
            "{% set ns = namespace(l=[1], m=[1]) %}{% for i in range(60) %}{% set ns.l = [ns.l, ns.l] %}"
                + "{% set ns.m = [ns.m, ns.m] %}{% endfor %}{{ ns.l == ns.m }}",
            "{% set ns = namespace(l=[1]) %}{% for i in range(60) %}{% set ns.l = [ns.l, ns.l] %}{% endfor %}"
                + "{{ ns.l | tojson }}",
        ])
    func cycles(source: String) throws {
        #expect(throws: ChatTemplateError.self) { try ChatTemplate(source).render([:]) }
    }

    @Test(
        "chains of a hundred thousand values are freed",
        arguments: [
            "{% set ns = namespace(l=[]) %}{% for i in range(99999) %}{% set ns.l = [ns.l] %}{% endfor %}x",
            "{% set ns = namespace(d={}) %}{% for i in range(99999) %}{% set ns.d = {'d': ns.d} %}{% endfor %}x",
            "{% set ns = namespace(c=0) %}{% for i in range(99999) %}{% set last = ns.c %}"
                + "{% macro m() %}{% endmacro %}{% set ns.c = m %}{% endfor %}x",
            "{% set ns = namespace(c=0) %}{% for i in range(99999) %}{% for x in [ns.c] %}{% set ns.c = loop %}"
                + "{% endfor %}{% endfor %}x",
            "{% set ns = namespace(top=[]) %}{% set first = ns.top %}{% for i in range(99999) %}{% set next = [] %}"
                + "{% set _ = ns.top.append(next) %}{% set ns.top = next %}{% endfor %}x",
            "{% set ns = namespace(m=0) %}{% for i in range(99999) %}{% set l = [ns.m] %}{% set ns.m = l.append %}"
                + "{% endfor %}x",
        ])
    func chains(source: String) throws {
        #expect(try ChatTemplate(source).render([:]) == "x")
    }
}
