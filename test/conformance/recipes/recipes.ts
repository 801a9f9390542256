/** The recipes of CONTRIBUTING.md, each as a change that somebody may want to make. */
import { before, behind, file, type Recipe } from "./recipe";

const message: Recipe = {
    what: "a message",
    tests: [["test/house/docs.test.ts", "list every error code"]],
    steps: [
        {
            place: "istio/codes/<room>.ts",
            file: "istio/codes/resource.ts",
            change: before("} as const", '    GH0199: { level: "Error", name: "Overslept", when: "An object overslept." },\n'),
            missed: /GH0199/,
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
            change: (text) => text.replace(/(\| GH01\d\d \|[^\n]*\n)(?!\| GH01)/, "$1| GH0199 | Overslept | Error | An object overslept. |\n"),
            missed: /GH0199/,
        },
    ],
};

const policy: Recipe = {
    what: "a policy",
    compile: ["policy/checks/registry.ts"],
    tests: [["test/policy/page.test.ts", "beside its table"]],
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
            change: file('import type { Checks } from "../check";\n\nexport const routeAsleep: Checks<"route-asleep"> = { resource: () => [] };\n'),
            missed: /route-asleep/,
        },
        {
            place: "policy/checks/registry.ts",
            file: "policy/checks/registry.ts",
            change: (text) =>
                before('    "mirror-loop": ', '    "route-asleep": routeAsleep,\n')(
                    before("import { routeHeaderUnserved }", 'import { routeAsleep } from "./route-asleep";\n')(text),
                ),
            missed: /route-asleep.* is missing/,
        },
        {
            place: "docs/policies.md",
            file: "docs/policies.md",
            change: (text) =>
                before(
                    "### mirror-loop\n",
                    "### route-asleep\n\nIt sleeps.\n\nBad:\n\n```yaml\na: 1\n```\n\nFixed:\n\n```yaml\na: 2\n```\n\n",
                )(before("| [mirror-loop]", "| [route-asleep](#route-asleep) | advisory | low | A route is awake. |\n")(text)),
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
            missed: /'?bedtime'? does not exist/,
        },
        {
            place: "istio/fields/<kind>.ts",
            file: "istio/fields/virtual-service.ts",
            change: behind("object<HTTPRoute>(", ""),
            missed: /'?bedtime'? is missing/,
        },
        {
            place: "proxy/compiler/istio/, or `notServed` in the table",
            file: "proxy/compiler/istio/bedtime.ts",
            change: file('import type { HTTPRoute } from "../../../istio/types";\n\nexport const bedtimeOf = (route: HTTPRoute): string => route.bedtime ?? "";\n'),
            missed: /HTTPRoute\.bedtime/,
        },
    ],
};

const benchmark: Recipe = {
    what: "a benchmark row",
    compile: ["bench/index.ts"],
    tests: [["test/house/docs.test.ts", "list the benchmarks"]],
    steps: [],
};

export const RECIPES: readonly Recipe[] = [message, policy, fieldOfAKind, benchmark];
