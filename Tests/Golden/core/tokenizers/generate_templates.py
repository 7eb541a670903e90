#!/usr/bin/env python3
"""Writes jinja.json: small templates, their variables and what Jinja renders with transformers' settings.

Usage: generate_templates.py OUT.json   (Jinja2 3.1)
"""
import json
import sys

import jinja2
import jinja2.sandbox

env = jinja2.sandbox.ImmutableSandboxedEnvironment(
    trim_blocks=True, lstrip_blocks=True, extensions=["jinja2.ext.loopcontrols"])


def raise_exception(message):
    raise jinja2.TemplateError(message)


env.globals["raise_exception"] = raise_exception
env.filters["tojson"] = lambda x, ensure_ascii=False, indent=None, separators=None, sort_keys=False: json.dumps(
    x, ensure_ascii=ensure_ascii, indent=indent, separators=separators, sort_keys=sort_keys)

V = {
    "a": 7, "b": -3, "f": 2.5, "big": 1e16, "small": 0.00001, "s": "Hello World", "u": "naïve café 你好 🙂", "n": None,
    "t": True, "l": [3, 1, 2], "e": [], "d": {"z": 1, "a": {"k": "v"}, "items": "shadow", "m": [1, 2.0, None, False]},
    "ms": [{"role": "system", "content": " sys "}, {"role": "user", "content": "Hi\nthere", "n": 2},
           {"role": "assistant", "content": None, "tool_calls": [{"function": {"name": "f", "arguments": {"x": 1}}}]},
           {"role": "user", "content": [{"type": "text", "text": "part"}, {"type": "image"}]}],
    "quotes": "it's \"q\" \\ \t\n\x01", "words": ["b", "A", "c", "a", "B"],
}
T = r"""
{{ a + b }} {{ a - b }} {{ a * b }} {{ a / b }} {{ a // b }} {{ a % b }} {{ b % a }} {{ a ** 2 }} {{ -a ** 2 }} {{ f * 2 }} {{ f // 1 }}
{{ 1 < 2 < 3 }} {{ 1 < 2 > 3 }} {{ a == 7.0 }} {{ 1 == true }} {{ "a" < "b" }} {{ [1, 2] == [1, 2] }} {{ not a }} {{ a and b }} {{ n or "x" }}
{{ 3 in l }} {{ 9 not in l }} {{ "ell" in s }} {{ "z" in d }} {{ "role" in ms[0] }}
{{ big }} {{ small }} {{ 1.0 }} {{ 100000.0 }} {{ 123456789.125 }} {{ 1e22 }} {{ 0.1 + 0.2 }} {{ 1e-4 }}
{{ n }} {{ t }} {{ l }} {{ d }} {{ (1,) }} {{ (1, 2) }} {{ quotes }} {{ [quotes, u, "it's"] }} {{ undefinedname }}|
{{ s[0] }} {{ s[-1] }} {{ s[1:4] }} {{ s[::-1] }} {{ u[5:] }} {{ l[1:] }} {{ l[:-1] }} {{ l[-2:] }} {{ l[5:] }} {{ s[:100] }} {{ l[::2] }}
{{ d.z }} {{ d['items'] }} {{ d.a.k }} {{ d.nothing }} {{ d.get('q') }} {{ d.get('q', 5) }} {{ d.items() | list | length }} {{ d.keys() | list }} {{ d.m }}
{{ s.upper() }} {{ s.lower() }} {{ s.title() }} {{ "ab cd".title() }} {{ "hELLO".capitalize() }} {{ "  x ".strip() }}|{{ "  x ".lstrip() }}|{{ "xxaxx".strip("x") }} {{ "xxaxx".rstrip("x") }}
{{ s.split() }} {{ "a,b,,c".split(",") }} {{ "a,b,c".split(",", 1) }} {{ "a</think>b</think>c".split("</think>")[-1] }} {{ " a  b ".split() }} {{ "a b c".rsplit(" ", 1) }} {{ "a\nb\r\nc".splitlines() }}
{{ s.startswith("He") }} {{ s.endswith(("x", "ld")) }} {{ s.replace("l", "L") }} {{ s.replace("l", "L", 1) }} {{ s.find("World") }} {{ s.find("q") }} {{ s.count("l") }} {{ ",".join(["a", "b"]) }}
{{ "{} and {}".format(1, "x") }} {{ "{0}{1}{0}".format("a", "b") }} {{ "{name}".format(name="n") }} {{ "%s-%d-%.2f %%" % ("a", 3, 2.5) }} {{ "%s" % s }}
{{ "  x " | trim }}|{{ s | upper }} {{ s | lower }} {{ s | title }} {{ s | length }} {{ u | length }} {{ "abC dE" | capitalize }} {{ s | replace("o", "0") }} {{ s | reverse }} {{ l | reverse | list }}
{{ l | first }} {{ l | last }} {{ l | sort }} {{ l | sort(reverse=true) }} {{ words | sort }} {{ words | sort(case_sensitive=true) }} {{ words | unique | list }} {{ l | join("-") }} {{ l | sum }} {{ l | min }} {{ l | max }} {{ e | first }}|
{{ ms | map(attribute="role") | join(",") }} {{ ms | selectattr("role", "equalto", "user") | list | length }} {{ ms | rejectattr("role", "equalto", "user") | map(attribute="role") | list }} {{ ms | selectattr("tool_calls", "defined") | list | length }} {{ l | select("odd") | list }} {{ l | reject("gt", 2) | list }} {{ l | map("string") | join }} {{ words | map("upper") | list }}
{{ ms | tojson }}
{{ d | tojson(indent=2) }}
{{ quotes | tojson }} {{ u | tojson }} {{ u | tojson(ensure_ascii=true) }} {{ d | tojson(sort_keys=true) }} {{ d | tojson(separators=(",", ":")) }} {{ [] | tojson(indent=4) }} {{ "<b>&'" | tojson }}
{{ nope | default("dflt") }} {{ "" | default("x") }}|{{ "" | default("x", true) }} {{ n | default("x") }} {{ nope | d(1) }} {{ d.q | default("z") }}
{{ nope is defined }} {{ a is defined }} {{ nope is undefined }} {{ n is none }} {{ s is string }} {{ d is mapping }} {{ l is iterable }} {{ s is iterable }} {{ a is number }} {{ t is boolean }} {{ t is true }} {{ a is integer }} {{ f is float }} {{ l is sequence }} {{ a is odd }} {{ a is divisibleby 7 }} {{ a is not none }} {{ a is equalto 7 }} {{ a is in [7] }} {{ l is mapping }}
{{ "yes" if t else "no" }} {{ "yes" if n else "no" }} {{ "only" if n }}| {{ "a" ~ 1 ~ none ~ [1] }} {{ "a" "b" }}
{{ "7" | int + 1 }} {{ "x" | int }} {{ "2.5" | float }} {{ 2.5 | int }} {{ 2.567 | round(1) }} {{ -3 | abs }} {{ a | string + "!" }} {{ "a b" | wordcount }}
{{ d | dictsort }} {{ d | items | list | length }} {{ "x\ny\n\nz" | indent }} {{ "x\ny" | indent(2, true) }} {{ "<a>" | e }} {{ "<a>" | safe }}
{% for x in l %}{{ loop.index }}/{{ loop.length }}:{{ x }}{% if not loop.last %}, {% endif %}{% endfor %}
{% for x in e %}x{% else %}empty{% endfor %}
{% for k, v in d.items() %}{{ k }}={{ v }};{% endfor %}
{% for x in range(5) %}{% if x == 1 %}{% continue %}{% endif %}{% if x == 4 %}{% break %}{% endif %}{{ x }}{% endfor %} {{ range(2, 10, 3) | list }} {{ range(3, 0, -1) | list }}
{% for x in l if x > 1 %}{{ loop.index0 }}{{ x }}{{ loop.previtem }}{{ loop.nextitem }} {% endfor %}
{% for x in l %}{{ loop.first }}{{ loop.revindex }}{{ loop.cycle("o", "e") }}{% endfor %}
{% for c in "añb" %}[{{ c }}]{% endfor %} {% for k in d %}{{ k }}{% endfor %}
{% set x = 1 %}{% for i in l %}{% set x = i %}{{ x }}{% endfor %}{{ x }}
{% set ns = namespace(n=0, found=false) %}{% for i in l %}{% set ns.n = ns.n + i %}{% if i == 2 %}{% set ns.found = true %}{% endif %}{% endfor %}{{ ns.n }} {{ ns.found }}
{% set x, y = 1, 2 %}{{ x }}{{ y }} {% set z = (1, 2) %}{{ z[1] }} {% if t %}{% set q = 5 %}{% endif %}{{ q }}
{% set block %}in {{ a }} block{% endset %}[{{ block }}] {% set block | upper | trim %} up {% endset %}[{{ block }}]
{% macro m(x, y=2) %}<{{ x }},{{ y }}>{% endmacro %}{{ m(1) }}{{ m(1, 3) }}{{ m(y=4, x=5) }}{{ m() }}
{% macro outer(x) %}{{ inner(x) }}{% endmacro %}{% macro inner(x) %}({{ x }}{{ a }}){% endmacro %}{{ outer(1) }}
{% macro wrap() %}<{{ caller() }}>{% endmacro %}{% call wrap() %}body {{ a }}{% endcall %}
{% filter upper %}shout {{ s }}{% endfilter %} {% with v = 3 %}{{ v }}{% endwith %}{{ v }}
{# comment #}x{#- strip -#} y {%- if t -%} z {%- endif -%} w
{% raw %}{{ not rendered }}{% endraw %} {{ "{{" }} {{ '%}' }} {{ {"a": {"b": 1}}["a"]["b"] }} {{ {'x': 1}.x }}
{{ ms[0].content.strip() + '!' }} {{ ms[-1]['content'][0].text }} {{ ms[2].tool_calls[0].function.arguments | tojson }} {{ ms[1:] | length }} {{ (ms | last).role }}
{% if a > 5 and b < 0 or n %}A{% elif a %}B{% else %}C{% endif %}{% if not (n or e) %}D{% endif %}{% if "x" not in s %}E{% endif %}
{{ -a | abs }} {{ (-a) | abs }} {{ 2 + 3 * 4 - 10 // 3 }} {{ (2 + 3) * 4 }} {{ 7 % 3 * 2 }} {{ "a" * 3 }} {{ [0] * 3 }} {{ [1] + [2] }} {{ 2 ** 3 ** 1 }}
{{ "tab\tnl\\n" }} {{ "\u00e9\x41" }} {{ 'single \'q\'' }} {{ "é" == "é" }} {{ "x".isdigit() }} {{ "12".isdigit() }} {{ s.removeprefix("He") if false else "" }}
{% for m in ms %}{% if m.content is string %}{{ m.role }}: {{ m.content | trim }}{% elif m.content is none %}{{ m.role }} calls {{ m.tool_calls | length }}{% else %}{% for p in m.content %}{{ p.type }}{{ p.text or '' }}{% endfor %}{% endif %};{% endfor %}
{{ true and false }} {{ True }} {{ none }} {{ 1 if true else 2 if false else 3 }} {{ ((1)) }} {{ [1, 2,] }} {{ {"k": [1, {"z": ()}]} }} {{ 1_000 }} {{ 0.5e1 }}
{{ l | length > 2 }} {{ l | length == 3 and t }} {{ s | upper == "HELLO WORLD" }} {{ not l is mapping }} {{ a is number and b is number }} {{ "%s" | format("v") }} {{ ms | map(attribute="n", default=0) | list }}
{{ raise_exception("boom " ~ a) }}
{{ nope.attr }}
{{ 1 / 0 }}
{{ s + 1 }}
{{ nope + "x" }}
{{ nope() }}
{% for x in 5 %}{% endfor %}
{{ l | nofilter }}
{% if %}
{% for x in l %}
{{ "unclosed }}
{{ a b }}
""".strip("\n").split("\n")
M = [
    "{% if t %}\n  in\n{% endif %}\nafter\n", "  {% if t %}  \n    x\n  {% endif %}\n  y\n", "a\n{%- if t %}\nb\n{%- endif %}\nc",
    "a {{- ' b ' -}} c\n\n{{ a }}\n\nd\n", "{# c #}\nline\n  {# indented #}\n  next", "{% for x in l -%}\n  {{ x }}\n{%- endfor %}",
    "{%+ if t %}  x{%+ endif %}", "  {%+ if t %}x{% endif +%}\n y", "a\r\nb\r{% if t %}\r\nc{% endif %}\n\n", "{{ a }}\n", "{{ a }}\n\n",
    "{%- for m in ms %}\n    {%- if m.role == 'user' %}\n        {{- '<u>' + m.role }}\n    {%- else %}\n        {{- m.role }}\n    {%- endif %}\n{%- endfor %}\n{%- if t %}\n    {{- '<a>' }}\n{%- endif %}\n",
    "{% raw %}\n  {% x %}\n{% endraw %}\nz", "x\n\t {% set y = 1 %}\t\n{{ y }}", "{% macro f(x) -%}\n  {{ x }}\n{%- endmacro %}\n{{ f(1) }}\n{{ f(2) }}",
    "one {% if t %}two\n{% endif %} three\n   {%- set q = 1 %}   four", "{% set x %}\n  text\n{% endset %}[{{ x }}]", "{{ 'a' }}\n  {{ 'b' }}\n  {{- 'c' }}",
]
out = []
for source in T + M:
    try:
        out.append(dict(template=source, rendered=env.from_string(source).render(**V)))
    except jinja2.TemplateError as error:
        out.append(dict(template=source, rendered=None, error=str(error), raised="raise_exception" in source))
    except Exception as error:
        out.append(dict(template=source, rendered=None, error=str(error), raised=False))
json.dump(dict(made_with="jinja2 " + jinja2.__version__, variables=V, cases=out), open(sys.argv[1], "w"), indent=0)
print(len(out), sum(c["rendered"] is None for c in out))
for c in out:
    if c["rendered"] is None: print(c["template"][:50], "->", c["error"])
