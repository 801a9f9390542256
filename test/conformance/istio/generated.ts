/** Objects that follow the field tables, with values near the limits of the rules: most are one step from being right. */
import * as fc from "fast-check";
import { GROUP_OF_KIND, kindTable, type Field, type Kind } from "../../../istio";

/** Texts by what a field's name says of it. */
const TEXTS: readonly (readonly [RegExp, readonly string[]])[] = [
    [
        /^(hosts?|sniHosts|authority|sni|targetHost)$/,
        [
            "a.example.com",
            "*.example.com",
            "*",
            "a",
            "10.0.0.1",
            "*-a.example.com",
            "a_b.com",
            "ns/a.example.com",
            "*/*",
            "~/*",
            "./*",
            "outbound_.80_._.a.b",
            "A.com",
            "",
        ],
    ],
    [/^(address|addresses|bind|destinationSubnets)$/, ["10.0.0.1", "::1", "10.0.0.0/8", "a.example.com", "unix:///a", "", "10.0.0.0/40"]],
    [/^protocol$/, ["HTTP", "HTTPS", "TLS", "TCP", "GRPC", "http", "UDP", "X", ""]],
    [
        /^(name|subset|namespace|sourceNamespace|gateways|exportTo|credentialName|credentialNames)$/,
        ["a", "b", "a-b", "ns/a", ".", "*", "mesh", "A", "a.b", "a_b", "~", ""],
    ],
    [/(Certificate|Certificates|Key|Crl)$/, ["/a", "/b", ""]],
    [/^(prefix|exact|uri|prefixRewrite|path)$/, ["/a", "/", "a", "", "/a b"]],
    [/^(regex|match)$/, ["/a.*", "*", "(", "", "a"]],
    [/^(scheme)$/, ["http", "https", "ftp"]],
    [/^retryOn$/, ["5xx", "503", "5xx,reset", "nope", "", "601"]],
    [/^grpcStatus$/, ["UNAVAILABLE", "14", ""]],
    [/^expression$/, ["response.code >= 400", "a ==", "has(a.b)", ""]],
    [/^defaultEndpoint$/, ["127.0.0.1:80", "unix:///a", "10.0.0.1:80", ""]],
    [/^allowMethods$/, ["GET", "get", "*", "PROPFIND"]],
    [/^(from|to)$/, ["a", "b", "a/*", "a/b"]],
];
const TIMES = ["1s", "100ms", "0s", "1h", "0.5ms", "-1s", "x"];
const KEYS = ["a", "x-a", "a.b/c", "x a", "host", ":authority", "http"];

const textOf = (name: string): fc.Arbitrary<string> =>
    fc.constantFrom(...(TEXTS.find(([pattern]) => pattern.test(name))?.[1] ?? ["a", "b", ""]));

function valueOf(field: Field, name: string): fc.Arbitrary<unknown> {
    switch (field.type) {
        case "text":
            return field.words
                ? fc.constantFrom(...field.words)
                : field.format === "span" || field.format === "duration"
                  ? fc.constantFrom(...TIMES)
                  : field.format === "bytes"
                    ? fc.constant("YWJj")
                    : textOf(name);
        case "number":
            return field.whole
                ? fc.constantFrom(...[1, 2, 80, 443, 100, 200, 503, 0].filter((number) => number >= field.min && number <= field.max))
                : fc.constantFrom(0, 1, 50);
        case "flag":
            return fc.boolean();
        case "numberOrName":
            return fc.constant(80);
        case "any":
            return fc.constant({});
        case "list":
            return fc.array(valueOf(field.of, name), { minLength: field.min ?? 0, maxLength: Math.min(field.max ?? 2, 2) });
        case "map":
            return fc.dictionary(fc.constantFrom(...KEYS), valueOf(field.of, name), { maxKeys: 2 });
        case "object":
            return recordOf(field.fields, field.atMostOne ?? []);
        default:
            return field satisfies never;
    }
}

/** Every field that is needed and some of the others, at most one of those that exclude each other. */
function recordOf(fields: Readonly<Record<string, Field>>, groups: readonly (readonly string[])[]): fc.Arbitrary<Record<string, unknown>> {
    const entries = Object.entries(fields).filter(
        ([name, field]) => !name.includes("_") && !(field.type === "text" && field.maxLength === 0),
    );
    const model = Object.fromEntries(
        entries.map(([name, field]) => [
            name,
            field.required
                ? fc.oneof({ weight: 30, arbitrary: valueOf(field, name) }, { weight: 1, arbitrary: fc.constant(undefined) })
                : fc.oneof(
                      { weight: 1, arbitrary: valueOf(field, name) },
                      { weight: Math.max(2, Math.ceil(entries.length / 3)), arbitrary: fc.constant(undefined) },
                  ),
        ]),
    );
    return fc.record(model).map((record) => {
        const kept = Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined));
        for (const group of groups) {
            for (const name of group.filter((one) => kept[one] !== undefined).slice(1)) delete kept[name];
        }
        return kept;
    });
}

export interface GeneratedObject {
    readonly apiVersion: string;
    readonly kind: string;
    readonly metadata: { readonly name: string; readonly namespace: string };
    readonly spec: unknown;
}

/** The same objects for the same seed, numbered by their namespaces from `n0`. */
export function generatedObjects(kinds: readonly Kind[], seed: number, each: number): GeneratedObject[] {
    const specs = kinds.flatMap((kind) => {
        const {
            root: {
                fields: { spec },
            },
        } = kindTable(kind);
        return spec
            ? fc
                  .sample(valueOf(spec, "spec"), { seed, numRuns: each })
                  .map((value) => ({ apiVersion: `${GROUP_OF_KIND[kind]}/v1`, kind, value }))
            : [];
    });
    return specs.map(({ apiVersion, kind, value }, index) => ({
        apiVersion,
        kind,
        metadata: { name: `case-${index}`, namespace: `n${index}` },
        spec: value,
    }));
}
