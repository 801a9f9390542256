/** Evaluates stacks and says what the policies think of them, all stacks together. */
import type { Evaluation } from "../../engine";
import { refKey, refOfUnknown, type Place } from "../../istio";
import type { PolicySettings } from "../../policy/config";
import { judge, type Violation } from "../../policy/judge";
import type { Resource } from "../../policy/resource";
import { thingOf } from "../../policy/thing";
import { jsonText } from "../documents";
import { EXIT, type ExitCode } from "../exit";
import { placedAnywhere, type StackCluster } from "../stack/clusters";
import { evaluateStacks, LOCAL_IMAGE } from "../stack/evaluate";
import { fileSystemLookup } from "../stack/lookup";
import { defaultStack, resolveStack } from "../stack/resolve";
import { columns, shortPath, type Terminal } from "../terminal";
import { readPolicyConfig } from "./policy-config";
import { resourcesOf } from "./resources";

export interface StackCheckOptions {
    readonly stacks: readonly string[];
    readonly env: string;
    readonly config: Readonly<Record<string, string>>;
    readonly policyConfig?: string;
    readonly output: "table" | "json";
}

/** Everything that the policies have to say of these stacks. */
export function checkEvaluations(evaluations: readonly Evaluation[], settings: PolicySettings, now: number): Violation[] {
    return checkResources(resourcesOf(evaluations), settings, now);
}

function checkResources(resources: readonly Resource[], settings: PolicySettings, now: number): Violation[] {
    // A stack that is referred to is evaluated too: what is not here is nowhere.
    return judge(resources, { settings, context: { now, standInImages: [LOCAL_IMAGE] }, complete: true });
}

/** A violation, and in which of several clusters it is. */
interface Told {
    readonly violation: Violation & { readonly cluster?: string };
    readonly place: Place | undefined;
}

function toldOf(violations: readonly Violation[], resources: readonly Resource[], clusters: readonly StackCluster[]): Told[] {
    const objects = new Map(resources.filter(({ type }) => type.startsWith("kubernetes:")).map((one) => [one.urn, one]));
    return violations.map((violation) => {
        const object = objects.get(violation.urn);
        const cluster = object && clusters.find(({ key }) => key === object.cluster);
        const ref = object && refOfUnknown(thingOf(object).value);
        return {
            violation: { ...violation, ...(cluster?.title === undefined ? {} : { cluster: cluster.title }) },
            place: ref && cluster?.places.get(refKey(ref)),
        };
    });
}

function rowOf({ violation, place }: Told, terminal: Terminal): string[] {
    const { enforcementLevel, policy, message, cluster } = violation;
    const where = [
        ...(cluster === undefined ? [] : [`cluster ${cluster}`]),
        ...(place ? [`${shortPath(place.file)}:${place.line}`] : []),
    ].join(", ");
    return [
        terminal.style(enforcementLevel === "mandatory" ? "red" : "yellow", enforcementLevel),
        policy,
        where === "" ? message : `${message} (${where})`,
    ];
}

export async function check(options: StackCheckOptions, terminal: Terminal): Promise<ExitCode> {
    const lookup = fileSystemLookup();
    const dirs = options.stacks.length === 0 ? [defaultStack(lookup)] : options.stacks.map((stack) => resolveStack(stack, lookup));
    // Before the evaluation: whoever mistyped a policy need not wait for it.
    const settings = readPolicyConfig(options.policyConfig);
    terminal.progress(`Evaluating ${dirs.map(shortPath).join(", ")} (${options.env})`);
    const { stacks, clusters, findings } = await evaluateStacks(
        { dirs, env: options.env, config: options.config, typecheck: true },
        terminal,
    );
    const resources = resourcesOf(stacks.map(({ evaluation }) => evaluation));
    const violations = checkResources(resources, settings, Date.now());
    const told = toldOf(violations, resources, clusters);
    for (const one of placedAnywhere(findings, clusters)) terminal.finding(one);
    if (options.output === "json") terminal.print(jsonText(told.map(({ violation }) => violation)));
    else for (const line of columns(told.map((one) => rowOf(one, terminal)))) terminal.print(line);
    const mandatory = violations.filter(({ enforcementLevel }) => enforcementLevel === "mandatory").length;
    const active = [...settings.values()].filter(({ level }) => level !== "disabled").length;
    terminal.progress(`${active} policies: ${mandatory} mandatory and ${violations.length - mandatory} advisory violations`);
    return mandatory > 0 || findings.some(({ level }) => level === "Error") ? EXIT.failure : EXIT.ok;
}
