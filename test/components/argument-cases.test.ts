/** The cases that give every argument a wrong value leave none of them out. */
import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { COMPONENTS } from "../../components/package-schema";
import type { ArgumentField } from "../../components/schema";
import { argumentCases } from "./support/argument-cases";

type Visit = (field: ArgumentField, path: string, values: readonly unknown[]) => void;

/** Every argument below a field, with the values that the cases give it. */
function walk(field: ArgumentField, path: string, given: readonly unknown[], visit: Visit): void {
    const values = given.filter((value) => value !== undefined);
    visit(field, path, values);
    const objects = values.filter((value): value is Readonly<Record<string, unknown>> => typeof value === "object" && value !== null);
    const each = (): unknown[] => objects.flatMap((value) => Object.values(value));
    switch (field.type) {
        case "list":
            return walk(field.of, `${path}[]`, each(), visit);
        case "map":
            return walk(field.of, `${path}.<name>`, each(), visit);
        case "object":
            for (const [name, one] of Object.entries(field.fields))
                walk(
                    one,
                    `${path}.${name}`,
                    objects.map((value) => value[name]),
                    visit,
                );
            return;
        case "union":
            for (const [sort, of] of [
                ["list", field.members.list],
                ["object", field.members.object],
            ] as const)
                if (of)
                    walk(
                        of.field,
                        path,
                        objects.filter((value) => Array.isArray(value) === (sort === "list")),
                        visit,
                    );
            return;
        case "variants":
            for (const [kind, one] of Object.entries(field.variants))
                walk(
                    one,
                    `${path}.${kind}`,
                    objects.filter((value) => value["kind"] === kind),
                    visit,
                );
            return;
        default:
            return;
    }
}

describe("the cases of wrong arguments", () => {
    it("give every argument, at one of the places where it is taken", () => {
        const pems = { cert: "certificate", key: "key" } as never;
        const cases = argumentCases(pems, pems);
        const paths = new Map<ArgumentField, string>();
        const given = new Set<ArgumentField>();
        for (const [name, { args }] of Object.entries(COMPONENTS)) {
            const own = cases.filter((one) => one.name === name || one.name.startsWith(`${name} `)).map((one) => one.args);
            walk(args, name, own, (field, path, values) => {
                paths.set(field, path);
                if (values.length > 0) given.add(field);
            });
        }
        assert.deepEqual(
            [...paths].filter(([field]) => !given.has(field)).map(([, path]) => path),
            [],
        );
    });
});
