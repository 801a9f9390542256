/** Access logs: off by default, the narrower scope wins. */
import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { codesOf, compileYaml } from "../support";

const telemetry = (name: string, spec: string, namespace = "istio-system", created = "2026-01-01T00:00:00Z"): string =>
    `\n---\napiVersion: telemetry.istio.io/v1\nkind: Telemetry\nmetadata: { name: ${name}, namespace: ${namespace}, creationTimestamp: "${created}" }\nspec: ${spec}\n`;
const ON = "accessLogging: [{ providers: [{ name: Envoy }] }]";
const EDGE = { namespace: "edge" } as const;
const log = (yaml: string): unknown => {
    const entry = compileYaml(yaml || "{apiVersion: v1, kind: Pod, metadata: {name: p}}", EDGE).tables.accessLogs.get("envoy");
    return entry && { format: entry.to.format.kind, filter: entry.filter, from: `${entry.origin.namespace}/${entry.origin.name}` };
};
const SELECT = "selector: { matchLabels: { istio: ingressgateway } }";

describe("the access log", () => {
    for (const [title, yaml, expected] of [
        ["is off when nobody asks", "", undefined],
        ["is on for the mesh", telemetry("mesh", `{ ${ON} }`), { format: "text", filter: "", from: "istio-system/mesh" }],
        ["is on for a namespace", telemetry("ns", `{ ${ON} }`, "edge"), { format: "text", filter: "", from: "edge/ns" }],
        ["is on for a workload", telemetry("w", `{ ${SELECT}, ${ON} }`, "edge"), { format: "text", filter: "", from: "edge/w" }],
        ["is not on for another workload", telemetry("w", `{ selector: { matchLabels: { app: x } }, ${ON} }`, "edge"), undefined],
        ["is not on for another namespace", telemetry("ns", `{ ${ON} }`, "other"), undefined],
        [
            "is off where the workload disables it",
            telemetry("mesh", `{ ${ON} }`) + telemetry("w", `{ ${SELECT}, accessLogging: [{ disabled: true }] }`, "edge"),
            undefined,
        ],
        [
            "is on again where the workload says so",
            telemetry("mesh", "{ accessLogging: [{ providers: [{ name: envoy }], disabled: true }] }") +
                telemetry("w", `{ ${SELECT}, accessLogging: [{ disabled: false }] }`, "edge"),
            { format: "text", filter: "", from: "edge/w" },
        ],
        [
            "leaves a filter without providers alone, as Istio does",
            telemetry("mesh", "{ accessLogging: [{ providers: [{ name: envoy }], filter: { expression: a } }] }") +
                telemetry("ns", '{ accessLogging: [{ filter: { expression: "response.code >= 400" } }] }', "edge"),
            { format: "text", filter: "a", from: "edge/ns" },
        ],
        [
            "replaces providers",
            telemetry("mesh", `{ ${ON} }`) + telemetry("ns", "{ accessLogging: [{ providers: [{ name: otel }] }] }", "edge"),
            undefined,
        ],
        [
            "has nothing of the server's side",
            telemetry("ns", "{ accessLogging: [{ match: { mode: SERVER }, providers: [{ name: envoy }] }] }", "edge"),
            undefined,
        ],
    ] as const) {
        it(title, () => assert.deepEqual(log(yaml), expected));
    }

    it("names a second Telemetry at a level, an unknown provider, and a missing one", () => {
        assert.deepEqual(
            codesOf(compileYaml(telemetry("b", `{ ${ON} }`, "edge") + telemetry("a", `{ ${ON} }`, "edge", "2026-02-01T00:00:00Z"), EDGE)),
            ["GH0456 Telemetry edge/a"],
        );
        assert.ok(
            codesOf(compileYaml(telemetry("a", "{ accessLogging: [{ providers: [{ name: otel }] }] }", "edge"), EDGE)).includes(
                "GH0457 Telemetry edge/a spec.accessLogging[0].providers[0].name",
            ),
        );
        assert.deepEqual(codesOf(compileYaml(telemetry("a", "{ accessLogging: [{}] }", "edge"), EDGE)), [
            "GH0457 Telemetry edge/a spec.accessLogging[0]",
        ]);
    });
});
