/** Texts of YAML that readers differ on, for the comparison with kubectl. */
import * as fc from "fast-check";

const HEAD = "apiVersion: example.com/v1\nkind: Thing\nmetadata:\n  name: a\n";

const SCALARS = [
    ..."y Y n N yes Yes YES yES no No NO on On ON off Off OFF true True TRUE TrUe false False FALSE null Null NULL nULL ~ ~a".split(" "),
    ..."0 00 010 0777 0310 08 09 0208 0o17 0O17 0o8 0x 0x1F 0XfF 0x_1 0b11 0B1 0b2 0b111_1 +0b1 -0b11 -0o7 -0x10 +12 -12 +010 0_8 0_1 1_000 1__0 1_ _1".split(
        " ",
    ),
    ..."1e3 1E3 1e+3 2e2 203.0 1. .5 +.5 -.5 .5e3 .5_0 .e3 .0x1 1.5e400 1e400 -0 -0.0 1_0.5 3.14159265358979 0x1.8p1 .inf +.Inf -.INF .nan .NaN .inf_ 1e".split(
        " ",
    ),
    ..."9007199254740993 9223372036854775807 -9223372036854775808 18446744073709551615 18446744073709551616 0x1FFFFFFFFFFFFFFFFFFFF 0777777777777777777777777".split(
        " ",
    ),
    ..."2001-01-01 2001-1-1 2001-13-01 2001-1-1T1:2:3Z 12:30 12:30:45 190:20:30.15 1:20 1:2 2001:db8:: 2001:db8::1 ::1 :: a: a:b a::".split(
        " ",
    ),
    ...'!!str !!null !!bool !!binary|aGVsbG8= !!binary|% !!binary|/w== !!int|010 !!int|"010" !!int|3.5 !!int|1e3 !!int|y !!float|3 !!float|010 !!float|.5 !!float|x !!bool|y !!bool|"no" !!null|x !!str|010 !!str|~ !!timestamp|2001-01-01 !!timestamp|x !!foo|x !foo|010 !|010 !<tag:yaml.org,2002:int>|010 !!merge|a'
        .split(" ")
        .map((text) => text.replace("|", " ")),
    "2001-1-1 1:2:3",
    '"010"',
    "'y'",
    '"a\\x41\\u00e9\\n"',
    "'it''s'",
    "a?b",
    "http://a.b:80/c",
    "http://a.b/c?d=e",
    "a#b",
    "a #b",
    "=",
    "<",
    "<<",
    "@a",
    "`a",
    "%a",
    "&a b",
    "*a",
    "-a",
    "- a",
    "?a",
    "|",
    ">-",
    "{}",
    "[]",
    "é",
    "a\tb",
];

const STRUCTURES = [
    "spec: {a: 2, <<: {a: 1}}",
    "spec: {<<: {a: 1}, a: 2}",
    'spec: {"<<": {a: 1}}',
    "spec: {<<: 1}",
    "spec: {<<: [1]}",
    "spec: {<<: [{a: 1}, {a: 2, b: 3}]}",
    "spec: {<<: null}",
    "x: &l [{a: 1}]\nspec: {<<: *l}",
    "x: &m {a: 1}\nspec: {<<: *m, b: 2}",
    "x: &m {a: 1}\nspec: {<<: [*m, {c: 1}], b: 2}",
    "spec: &a [*a]",
    "spec: {b: *nope}",
    "x: &k b\nspec: {*k : 1}",
    "a: &x {b: &y 1}\nc: &y 2\nd: *x\nspec: *y",
    "spec: {a: *b, b: &b 1}",
    "spec: &a b\ny2: *a",
    "spec: &a &b c",
    "spec: &a|b c",
    "spec: {a: 1, a: 2}",
    "spec: a\nspec: b",
    "spec: {[a]: 1}",
    "spec: {? a : b}",
    "spec: {? a}",
    "spec: {~: 1}",
    "spec: {!!binary aGk=: 1}",
    "spec: {.nan: 1, 0x10: 2, -0: 3, 1e100: 4, 100000: 5, 1e20: 6, 1e21: 7, 0.00001: 8, 3.14159265358979: 9, 123456.7: 10, 1234567.8: 11, 16777217.5: 12}",
    "spec: |\n  a\n  b",
    "spec: >\n  a\n  b\n",
    "spec: >-\n  a\n\n  b\n",
    "spec: |+\n  a\n\n",
    "spec: |2\n    a",
    "spec: |\n  a\n\tb",
    "spec: 'a\n  b'",
    "spec: a\n  b\n  c",
    "spec: '\n  a\n\n  b\n  '",
    'spec: "a \\\n   b"',
    "spec:\n- a\n- b",
    "spec:\n  - - a\n    - b",
    "spec:\n  ? a\n  : b",
    "spec:\n  a: b\n  ? c",
    "spec: [a, b,]",
    "spec: [a,,b]",
    "spec: {a: 1,}",
    "spec: {,}",
    "spec: [a\n]",
    "spec: [a\n  ,b]",
    "spec: [a",
    "spec: {a",
    'spec: "a',
    "spec: 'a",
    "spec:\n\ta: 1",
    "spec:\n  a:\t1",
    "spec: \t1",
    "spec:\n  -\tb",
    "spec:\n  a: 1\n b: 2",
    "spec:\n   a: 1\n  b: 2",
    "spec: a: b",
    "spec: 'a' b",
    "spec: [a]b",
    "spec: a]",
    "spec: ]",
    "spec: ,",
    "spec: {a:b}",
    "spec: {a:[b]}",
    'spec: {"a":b, "c":d}',
    'spec: {"a":1}',
    'spec: {a: "x":b}',
    'spec: ["a":b]',
    "spec: [a: b, c]",
    "spec: {a: [b, c: d]}",
    "spec: {a:, b: 1}",
    "spec: [a:, b]",
    "spec: [a::, b]",
    "spec: [2001:db8::, 192.0.2.1]",
    "spec: [::1]",
    "spec: !!set {a, b}",
    "spec: !!map {a: b}",
    "spec: !!seq [a]",
    "spec: !!int [a]",
    "spec: !!omap [a: 1]",
    "spec: !foo\n  a: b",
    "spec: !a!b c",
    "spec: !!binary |\n  aGVs\n  bG8=",
    "spec:\r\n  a: 1\r\n",
    "spec: \u0007",
    "spec: \uFEFFa",
    "spec: \u{1F600}",
];

/** A text of a scalar everywhere a scalar may stand. */
function places(scalar: string): string[] {
    return [`spec: ${scalar}`, `spec: [${scalar}]`, `spec: {a: ${scalar}, b: 1}`, `spec: {${scalar}: 1}`, `spec:\n  ${scalar}: 1`];
}

const asDocument = (body: string): string => `${HEAD}${body}\n`;

export function yamlCorpus(): string[] {
    return [...new Set([...SCALARS.flatMap(places), ...STRUCTURES].map(asDocument))];
}

const PIECES = [
    "0",
    "1",
    "7",
    "8",
    "9",
    "x",
    "o",
    "b",
    "B",
    "e",
    "E",
    "+",
    "-",
    ".",
    "_",
    "y",
    "n",
    "t",
    "f",
    "inf",
    "nan",
    "~",
    "null",
    "No",
    "ON",
    "True",
    "a",
    "z",
    ":",
    "::",
    "/",
    "#",
    "F",
    "00",
    "12",
    "2001",
    "-01",
    "T",
    "'",
    '"',
    ">",
    "=",
    "<<",
    ",",
    "[",
    "]",
    "{",
    "}",
    " ",
];
const NUMBERS = ["0", "1", "7", "8", "x", "o", "b", "e", "+", "-", ".", "_", "F"];

/** Further texts, the same for the same seed. */
export function generatedYaml(seed: number, count: number): string[] {
    const joined = (pieces: readonly string[], most: number): fc.Arbitrary<string> =>
        fc.array(fc.constantFrom(...pieces), { minLength: 1, maxLength: most }).map((parts) => parts.join(""));
    return fc
        .sample(fc.oneof(joined(PIECES, 6), joined(NUMBERS, 7)), { numRuns: count, seed })
        .flatMap(places)
        .map(asDocument);
}

/** Where ours reads a document that kubectl does not, or the other way round. */
export const YAML_DIFFERENCES: Readonly<Record<string, string>> = Object.fromEntries(
    [
        ["spec: [?a]", "a question mark within brackets is refused wherever it stands"],
        ["spec: {?a: 1}", "a question mark within brackets is refused wherever it stands"],
        ["spec: [-]", "a dash alone within brackets is refused"],
        ["spec: {a: -, b: 1}", "a dash alone within brackets is refused"],
        ["spec: [!!str]", "a bracket or a comma ends a tag"],
        ["spec: {a: !!str, b: 1}", "a bracket or a comma ends a tag"],
        ["spec: [!!null]", "a bracket or a comma ends a tag"],
        ["spec: {a: !!null, b: 1}", "a bracket or a comma ends a tag"],
        ["spec:\n  -\tb", "a tab behind a dash is a space"],
    ].map(([body = "", why = ""]) => [asDocument(body), why]),
);
