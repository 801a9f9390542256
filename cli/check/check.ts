/** Evaluates stacks and says what the policies think of them, all stacks together. */
import type { Evaluation } from "../../engine";
import type { Place } from "../../istio";
import type { Settings } from "../../policy/config";
import { judge, type Violation } from "../../policy/judge";
import { EXIT, type ExitCode } from "../exit";
import { placed } from "../objects/examine";
import { evaluateStacks, LOCAL_IMAGE } from "../stack/evaluate";
import { fileSystemLookup } from "../stack/lookup";
import { defaultStack, resolveStack } from "../stack/resolve";
import { columns, shortPath, type Terminal } from "../terminal";
import { readPolicyConfig } from "./policy-config";
import { resourcesOf } from "./resources";

export interface CheckOptions {
    readonly stacks: readonly string[];
    readonly env: string;
    readonly config: Readonly<Record<string, string>>;
    readonly policyConfig?: string;
    readonly output: "table" | "json";
}

/** Everything that the policies have to say of these stacks. */
export function checkEvaluations(evaluations: readonly Evaluation[], settings: Settings, now: number): Violation[] {
    // A stack that is referred to is evaluated too: what is not here is nowhere.
    return judge(resourcesOf(evaluations), { settings, context: { now, standInImages: [LOCAL_IMAGE] }, complete: true });
}

function rowOf(violation: Violation, places: ReadonlyMap<string, Place>, terminal: Terminal): string[] {
    const { enforcementLevel, policy, message, object } = violation;
    const place = places.get(object);
    const where = place ? ` (${shortPath(place.file)}:${place.line})` : "";
    return [terminal.style(enforcementLevel === "mandatory" ? "red" : "yellow", enforcementLevel), policy, `${message}${where}`];
}

export async function check(options: CheckOptions, terminal: Terminal): Promise<ExitCode> {
    const lookup = fileSystemLookup();
    const dirs = options.stacks.length === 0 ? [defaultStack(lookup)] : options.stacks.map((stack) => resolveStack(stack, lookup));
    // Before the evaluation: whoever mistyped a policy need not wait for it.
    const settings = readPolicyConfig(options.policyConfig);
    terminal.progress(`Evaluating ${dirs.map(shortPath).join(", ")} (${options.env})`);
    const { stacks, findings, places } = await evaluateStacks({ dirs, env: options.env, config: options.config, typecheck: true }, terminal);
    const violations = checkEvaluations(stacks.map(({ evaluation }) => evaluation), settings, Date.now());
    // The policies see every cluster: nothing is left out.
    for (const one of placed(findings.filter(({ code }) => code !== "GH0511"), places)) terminal.finding(one);
    if (options.output === "json") terminal.print(JSON.stringify(violations, null, 2));
    else for (const line of columns(violations.map((one) => rowOf(one, places, terminal)))) terminal.print(line);
    const mandatory = violations.filter(({ enforcementLevel }) => enforcementLevel === "mandatory").length;
    const active = [...settings.values()].filter(({ level }) => level !== "disabled").length;
    terminal.progress(`${active} policies: ${mandatory} mandatory and ${violations.length - mandatory} advisory violations`);
    return mandatory > 0 || findings.some(({ level }) => level === "Error") ? EXIT.failure : EXIT.ok;
}
