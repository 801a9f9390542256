/** Values shaped by a field table, with any JSON in any place: they reach every rule with every type. */
import * as fc from "fast-check";
import { GROUP_OF_KIND, kindTable, type Field, type Kind } from "../../istio";

/** Texts that rules look at. */
const TEXTS = [
    "",
    "a",
    "*",
    "*.example.com",
    "a.example.com",
    "http",
    "HTTPS",
    "TCP",
    "SIMPLE",
    "PASSTHROUGH",
    "unix:///x",
    "10.0.0.1",
    "10.0.0.0/8",
    "5s",
    "0s",
    "(",
    "%",
    "mesh",
    "ns/g",
    "a.b.svc.cluster.local",
    ".",
    "~",
    "5xx,reset",
    "__proto__",
    "constructor",
    "Host",
    "response.code >= 400",
    "\u0000",
    "YWJj",
];
const anyText = fc.oneof(fc.constantFrom(...TEXTS), fc.string());
const anyKey = fc.oneof(fc.constantFrom("a", "x-a", ":path", "Host", "@request.auth.claims.x", "tls.crt", "", "__proto__"), fc.string());

export function arbitraryOf(field: Field): fc.Arbitrary<unknown> {
    const exact = shaped(field);
    return fc.oneof(
        { weight: 12, arbitrary: exact },
        { weight: 1, arbitrary: fc.jsonValue() },
        { weight: 1, arbitrary: fc.constant(null) },
    );
}

function shaped(field: Field): fc.Arbitrary<unknown> {
    switch (field.type) {
        case "text":
            return field.words ? fc.oneof(fc.constantFrom(...field.words), anyText) : anyText;
        case "number":
            return fc.oneof(fc.constantFrom(0, 1, 80, 65536, -1), fc.double(), fc.integer());
        case "flag":
            return fc.boolean();
        case "numberOrName":
            return fc.oneof(fc.integer(), anyText);
        case "any":
            return fc.jsonValue({ maxDepth: 2 });
        case "list":
            return fc.array(arbitraryOf(field.of), { maxLength: 3 });
        case "map":
            return fc.dictionary(anyKey, arbitraryOf(field.of), { maxKeys: 3 });
        case "object": {
            const known = fc.record(
                Object.fromEntries(
                    Object.entries(field.fields).map(([name, own]) => [
                        name,
                        fc.oneof({ weight: 1, arbitrary: arbitraryOf(own) }, { weight: 2, arbitrary: fc.constant(undefined) }),
                    ]),
                ),
            );
            return fc.tuple(known, fc.dictionary(anyKey, fc.jsonValue(), { maxKeys: 1 })).map(([own, others]) => ({ ...others, ...own }));
        }
        default:
            return field satisfies never;
    }
}

/** An object of a kind with a good outline and anything below it. */
export function arbitraryObject(kind: Kind): fc.Arbitrary<unknown> {
    const group = GROUP_OF_KIND[kind];
    const { versions, root } = kindTable(kind);
    const version = versions[0] ?? "v1";
    const { apiVersion: _apiVersion, kind: _kind, metadata: _metadata, ...fields } = root.fields;
    const spec = fields.spec;
    const others = arbitraryOf({ ...root, fields });
    return fc
        .tuple(others, spec ? shaped(spec) : fc.constant(undefined), fc.dictionary(anyKey, fc.jsonValue(), { maxKeys: 2 }))
        .map(([rest, own, metadata]) => ({
            ...(typeof rest === "object" ? rest : {}),
            ...(own === undefined ? {} : { spec: own }),
            apiVersion: group === "" ? version : `${group}/${version}`,
            kind,
            metadata: { ...metadata, name: "x" },
        }));
}
