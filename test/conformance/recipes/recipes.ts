/** The recipes of CONTRIBUTING.md, each as a change that somebody may want to make. */
import { before, beforeLast, behind, each, file, type Recipe } from "./recipe";

const message: Recipe = {
    what: "a message",
    tests: [["test/house/docs.test.ts", "code"]],
    steps: [
        {
            place: "istio/codes/<room>.ts",
            file: "istio/codes/resource.ts",
            change: beforeLast("} as const;", '    GH0199: { level: "Error", name: "Overslept", when: "An object overslept." },\n'),
            missed: /"GH0199"/,
        },
        {
            place: "where it is said",
            file: "istio/findings.ts",
            change: (text) => `${text}\nexport const overslept = finding("GH0199", {}, "It overslept.");\n`,
            missed: /GH0199 .*nothing says it/,
        },
        {
            place: "docs/messages.md",
            file: "docs/messages.md",
            change: (text) =>
                text.replace(/(\| GH01\d\d \|[^\n]*\n)(?!\| GH01)/, "$1| GH0199 | Overslept | Error | An object overslept. |\n"),
            missed: /GH0199/,
        },
    ],
};

const policy: Recipe = {
    what: "a policy",
    compile: ["policy/checks/registry.ts"],
    tests: [["test/policy/page.test.ts", "beside the table"]],
    steps: [
        {
            place: "policy/table/<part>.ts",
            file: "policy/table/routes.ts",
            change: before(
                '    "mirror-loop": {',
                '    "route-asleep": { enforcementLevel: "advisory", severity: "low", description: "A route is awake." },\n',
            ),
            missed: /"route-asleep"/,
        },
        {
            place: "policy/checks/<name>.ts",
            file: "policy/checks/route-asleep.ts",
            change: file(
                'import type { Checks } from "../check";\n\nexport const routeAsleep: Checks<"route-asleep"> = { resource: () => [] };\n',
            ),
            missed: /route-asleep/,
        },
        {
            place: "policy/checks/registry.ts",
            file: "policy/checks/registry.ts",
            change: each(
                before("import { routeHeaderUnserved }", 'import { routeAsleep } from "./route-asleep";\n'),
                before('    "mirror-loop": ', '    "route-asleep": routeAsleep,\n'),
            ),
            missed: /route-asleep.* is missing/,
        },
        {
            place: "docs/policies.md",
            file: "docs/policies.md",
            change: each(
                before("| [mirror-loop]", "| [route-asleep](#route-asleep) | advisory | low | A route is awake. |\n"),
                before(
                    "### mirror-loop\n",
                    "### route-asleep\n\nIt sleeps.\n\nBad:\n\n```yaml\na: 1\n```\n\nFixed:\n\n```yaml\na: 2\n```\n\n",
                ),
            ),
            missed: /route-asleep/,
        },
    ],
};

const fieldOfAKind: Recipe = {
    what: "a field of a kind",
    compile: ["istio/fields/virtual-service.ts"],
    tests: [["test/house/readers.test.ts", "as a field of a kind"]],
    steps: [
        {
            place: "istio/types/<group>.ts",
            file: "istio/types/networking.ts",
            change: behind("export interface HTTPRoute {\n", "    readonly bedtime?: string;\n"),
            missed: /'bedtime' does not exist in type/,
        },
        {
            place: "istio/fields/<kind>.ts",
            file: "istio/fields/virtual-service.ts",
            change: before("        redirect,", '        bedtime: text("when it sleeps"),\n'),
            missed: /Property 'bedtime' is missing/,
        },
        {
            place: "proxy/compiler/istio/<what>.ts, or `notServed` in the table",
            file: "proxy/compiler/istio/bedtime.ts",
            change: file(
                'import type { HTTPRoute } from "../../../istio/types";\n\nexport const bedtimeOf = (route: HTTPRoute): string => route.bedtime ?? "";\n',
            ),
            missed: /VirtualService\.http\.bedtime/,
        },
    ],
};

const condition: Recipe = {
    what: "a match condition",
    compile: ["istio/fields/virtual-service.ts", "proxy/compiler/istio/conditions.ts", "proxy/snapshot/match/conditions.ts"],
    tests: [["test/house/readers.test.ts", "as a field of a kind"]],
    steps: [
        {
            place: "istio/types/networking.ts",
            file: "istio/types/networking.ts",
            change: behind("export interface HTTPMatchRequest {\n", "    readonly mood?: StringMatch;\n"),
            missed: /'mood' does not exist in type/,
        },
        {
            place: "istio/fields/virtual-service.ts",
            file: "istio/fields/virtual-service.ts",
            change: before('        uri: stringMatch("the path', '        mood: stringMatch("the mood"),\n'),
            missed: /Property 'mood' is missing/,
        },
        {
            place: "proxy/compiler/istio/conditions.ts",
            file: "proxy/compiler/istio/conditions.ts",
            change: each(
                before("        scheme: read(", '        mood: read(block.mood, "mood"),\n'),
                before("    uri: true,", "    mood: true,\n"),
            ),
            missed: /proxy\/compiler\/istio\/conditions\.ts: Property 'mood' is missing/,
        },
        {
            place: "proxy/tables/match-entry.ts",
            file: "proxy/tables/match-entry.ts",
            change: before("    readonly scheme?: StringMatchEntry;", "    readonly mood?: StringMatchEntry;\n"),
            missed: /'mood' does not exist in type/,
        },
        {
            place: "proxy/snapshot/match/conditions.ts",
            file: "proxy/snapshot/match/conditions.ts",
            change: each(
                before('        case "scheme":', '        case "mood":\n            return CONDITIONS.mood.match(condition, request);\n'),
                before(
                    "    scheme: {\n        isList",
                    `    mood: {
        isList: false,
        bind: (item) => bound("mood", { value: bindStringMatch(item) }),
        match: ({ value }, { scheme }) => matchesString(value!, scheme),
        text: (item) => \`mood \${stringText(item)}\`,
        example: () => {},
    },
`,
                ),
            ),
            missed: /proxy\/snapshot\/match\/conditions\.ts: .*'mood' is missing/,
        },
    ],
};

const NAP_ARGUMENTS = `## Nap

A rest. [More](nap.md).

| argument | type | Output | default | |
| --- | --- | --- | --- | --- |
| \`hours\` | whole number from 1 |  | **required** | How long. |

`;

const component: Recipe = {
    what: "a component",
    compile: ["components/package-schema/components.ts", "components/index.ts"],
    tests: [
        ["test/house/components.test.ts", "a component"],
        ["test/house/docs.test.ts", "every argument of every component"],
    ],
    steps: [
        {
            place: "components/<name>/schema.ts",
            file: "components/nap/schema.ts",
            change: file(`import type { ObjectFor } from "../schema";

export interface NapArgs {
    /** How long. */
    readonly hours: number;
}

export const NAP: ObjectFor<NapArgs> = {
    type: "object",
    name: "NapArgs",
    doc: "A rest.",
    fields: { hours: { type: "number", least: 1, required: true, doc: "How long." } },
};
`),
            missed: /Cannot find module '\.\.?\/(nap\/)?schema'/,
        },
        {
            place: "components/<name>/plan.ts",
            file: "components/nap/plan.ts",
            change: file("export const planNap = (hours: number): number => hours;\n"),
            missed: /nap\/plan\.ts/,
        },
        {
            place: "components/<name>/objects.ts",
            file: "components/nap/objects.ts",
            change: file("export const buildNap = (hours: number): object => ({ hours });\n"),
            missed: /nap\/objects\.ts/,
        },
        {
            place: "components/<name>/component.ts",
            file: "components/nap/component.ts",
            change: file(`import * as pulumi from "@pulumi/pulumi";

export class Nap extends pulumi.ComponentResource {
    constructor(name: string) {
        super("gatehouse:index:Nap", name);
    }
}
`),
            missed: /Cannot find module '\.\/component'/,
        },
        {
            place: "components/<name>/index.ts",
            file: "components/nap/index.ts",
            change: file('export { Nap } from "./component";\nexport type { NapArgs } from "./schema";\n'),
            missed: /Cannot find module '\.\.?\/nap'/,
        },
        {
            place: "components/index.ts",
            file: "components/index.ts",
            change: before("export { TcpRoute", 'export { Nap, type NapArgs } from "./nap";\n'),
            missed: /Nap is exported nowhere/,
        },
        {
            place: "components/package-schema/components.ts",
            file: "components/package-schema/components.ts",
            change: each(
                before("import { TCP_ROUTE }", 'import { NAP } from "../nap/schema";\nimport type { Nap } from "../nap";\n'),
                before("    readonly TcpRoute:", "    readonly Nap: Nap;\n"),
                before("    TcpRoute: { args", "    Nap: { args: NAP, outputs: {} },\n"),
            ),
            missed: /Nap/,
        },
        {
            place: "docs/components/<name>.md",
            file: "docs/components/nap.md",
            change: file("# Nap\n"),
            missed: /Nap has no page docs\/components\/nap\.md/,
        },
        {
            place: "docs/components/arguments.md",
            file: "docs/components/arguments.md",
            change: before("## TcpRoute\n", NAP_ARGUMENTS),
            missed: /Nap/,
        },
    ],
};

const argument: Recipe = {
    what: "an argument of a component",
    compile: ["components/tcp-route/schema.ts"],
    tests: [
        ["test/house/components.test.ts", "a component"],
        ["test/house/docs.test.ts", "every argument of every component"],
        ["test/house/readers.test.ts", "argument of a component"],
        ["test/components/argument-cases.test.ts", "give every argument"],
    ],
    steps: [
        {
            place: "the type in components/<name>/schema.ts",
            file: "components/tcp-route/schema.ts",
            change: before(
                "    readonly destination: pulumi.Input<DestinationArgs>;",
                "    /** How long it rests. */\n    readonly restHours?: number;\n",
            ),
            missed: /'restHours' does not exist in type/,
        },
        {
            place: "the schema beside it",
            file: "components/tcp-route/schema.ts",
            change: before("        namespace: {", '        restHours: { type: "number", least: 1, doc: "How long it rests." },\n'),
            missed: /restHours/,
        },
        {
            place: "components/<name>/plan.ts, or objects.ts",
            file: "components/tcp-route/plan.ts",
            change: (text) => `${text}\nexport const restOf = (args: TcpRouteArgs<AnyPorts>): number => args.restHours ?? 0;\n`,
            missed: /TcpRouteArgs\.restHours/,
        },
        {
            place: "test/components/support/argument-cases.ts",
            file: "test/components/support/argument-cases.ts",
            change: before('                sniHosts: ["a.example.com"],', "                restHours: 2,\n"),
            missed: /restHours/,
        },
        {
            place: "docs/components/arguments.md",
            file: "docs/components/arguments.md",
            change: (text) => {
                const at = text.indexOf("| `namespace` |", text.indexOf("## TcpRoute"));
                return `${text.slice(0, at)}| \`restHours\` | whole number from 1 |  |  | How long it rests. |\n${text.slice(at)}`;
            },
            missed: /restHours/,
        },
    ],
};

const adminRoute: Recipe = {
    what: "an admin route",
    tests: [["test/proxy/admin/routes.test.ts", "list what both servers answer"]],
    steps: [
        {
            place: "proxy/admin/admin-routes.ts",
            file: "proxy/admin/admin-routes.ts",
            change: before(
                '    {\n        method: "GET",\n        path: "/ready",',
                '    { method: "GET", path: "/dreams", contentType: TEXT, help: "what it dreams of", answer: () => ({ status: 200, body: "" }) },\n',
            ),
            missed: /GET \/dreams/,
        },
        {
            place: "docs/proxy.md",
            file: "docs/proxy.md",
            change: before("| `GET /ready` |", "| `GET /dreams` | `text/plain` | what it dreams of |\n"),
            missed: /GET \/dreams/,
        },
    ],
};

const benchmark: Recipe = {
    what: "a benchmark row",
    compile: ["bench/index.ts"],
    tests: [["test/house/docs.test.ts", "list the benchmarks"]],
    steps: [
        {
            place: "bench/<name>.ts",
            file: "bench/sleep.ts",
            change: file("export async function benchSleep(): Promise<void> {}\n"),
            missed: /Cannot find module '\.\/sleep'/,
        },
        {
            place: "bench/index.ts",
            file: "bench/index.ts",
            change: each(
                before("import { benchScale }", 'import { benchSleep } from "./sleep";\n'),
                behind("const BENCHES = {", " sleep: benchSleep,"),
            ),
            missed: /sleep/,
        },
        {
            place: "CONTRIBUTING.md",
            file: "CONTRIBUTING.md",
            change: behind("| `npm run bench` | all benchmarks;", " `-- sleep`: none;"),
            missed: /sleep/,
        },
    ],
};

export const RECIPES: readonly Recipe[] = [condition, policy, component, argument, message, fieldOfAKind, adminRoute, benchmark];
