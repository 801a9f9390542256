/** What of a workload is known while an argument is not: every argument that may come later is looked at. */
import assert from "node:assert/strict";
import { describe, it } from "mocha";
import type { ArgumentField } from "../../components/schema";
import { isHandedOn, WORKLOAD_FIELDS } from "../../components/workload";

/** What decides on the objects by its value: as long as it is not known, no more than their names is. */
const DECIDE = ["rootNamespace", "secretVolumes[0].secretName", "service.externalTrafficPolicy"];

/** Where an Output may stand, with one entry in every list and mapping. */
function laterPaths(field: ArgumentField, path: string): string[] {
    switch (field.type) {
        case "text":
        case "number":
        case "flag":
            return field.input ? [path] : [];
        case "list":
            return laterPaths(field.of, `${path}[0]`);
        case "map":
            return laterPaths(field.of, `${path}.a`);
        case "object":
            return Object.entries(field.fields).flatMap(([name, one]) => laterPaths(one, `${path}.${name}`));
        case "union":
            return Object.values(field.members).flatMap(({ field: one }) => laterPaths(one, path));
        case "kubernetes":
            return [path, `${path}.key`];
        case "variants":
        case "istio":
        case "rich":
            return [];
        default:
            return field satisfies never;
    }
}

describe("a gateway's argument whose value comes later", () => {
    it("hides nothing but itself, unless it decides on what there is", () => {
        const paths = Object.entries(WORKLOAD_FIELDS as Readonly<Record<string, ArgumentField>>).flatMap(([name, field]) =>
            laterPaths(field, name),
        );
        assert.ok(paths.length > 30, "arguments are found at all");
        assert.deepEqual(paths.filter((path) => !isHandedOn(path)).sort(), DECIDE);
    });
});
