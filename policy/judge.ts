/** Judges resources by all policies: what `gatehouse check` and a user's own tests ask. */
import { withoutSecrets } from "../istio";
import type { Checks, CheckContext } from "./check";
import { CHECKS } from "./checks";
import { withChanges } from "./changes";
import type { PolicySetting, PolicySettings } from "./config";
import { secretTextsOf, type Resource } from "./resource";
import { entryOf, POLICY_NAMES, type ParametersOf, type PolicyName, type Severity } from "./table";
import { thingOf, type PolicyFault } from "./thing";
import { pathText } from "./values";
import { World, type WorldOptions } from "./world";

export interface Violation {
    readonly policy: PolicyName;
    readonly enforcementLevel: "advisory" | "mandatory";
    readonly severity: Severity;
    /** `Kind namespace/name`. */
    readonly object: string;
    readonly urn: string;
    readonly message: string;
}

export interface JudgeOptions extends WorldOptions {
    readonly settings: PolicySettings;
    readonly context: CheckContext;
}

/** The logic of a policy, with the parameters that it takes by its table. */
export function checksOf(name: PolicyName): Checks<PolicyName> {
    return CHECKS[name] as Checks<PolicyName>;
}

export function parametersOf(setting: PolicySetting): ParametersOf<PolicyName> {
    return setting.parameters as ParametersOf<PolicyName>;
}

/** The resource as the remedies that are asked for would leave it. */
function remedied(resource: Resource, settings: PolicySettings): Resource {
    return POLICY_NAMES.reduce((current, name) => {
        const setting = settings.get(name);
        const { remedy } = checksOf(name);
        if (setting?.level !== "remediate" || !remedy || !current.inputs) return current;
        const changes = remedy(thingOf(current), parametersOf(setting));
        if (changes.length === 0) return current;
        const secret = changes.filter((one) => one.secret).map(({ path }) => pathText(path));
        const secretPaths = current.inputs.secretPaths && [...current.inputs.secretPaths, ...secret];
        const inputs = { values: withChanges(current.inputs.values, changes), secretPaths };
        // What comes out is what went in, as far as it is marked.
        return {
            ...current,
            inputs,
            ...(current.outputs
                ? {
                      outputs: {
                          ...current.outputs,
                          secretPaths: current.outputs.secretPaths && [...current.outputs.secretPaths, ...secret],
                      },
                  }
                : {}),
        };
    }, resource);
}

function faultsOf(name: PolicyName, setting: PolicySetting, world: World, context: CheckContext): readonly PolicyFault[] {
    const checks = checksOf(name);
    const parameters = parametersOf(setting);
    const alone = world.things.flatMap((thing) => (thing.resource.judged ? (checks.resource?.(thing, parameters, context) ?? []) : []));
    return [...alone, ...(checks.stack?.(world, parameters, context) ?? [])].filter(({ thing }) => thing.resource.judged);
}

/** Everything that the policies have to say, in the order of the table. */
export function judge(resources: readonly Resource[], { settings, context, ...options }: JudgeOptions): Violation[] {
    const world = new World(
        resources.map((one) => remedied(one, settings)),
        options,
    );
    const violations = POLICY_NAMES.flatMap((policy) => {
        const setting = settings.get(policy);
        if (!setting || setting.level === "disabled") return [];
        const enforcementLevel = setting.level === "advisory" ? ("advisory" as const) : ("mandatory" as const);
        const { severity } = entryOf(policy);
        return faultsOf(policy, setting, world, context).map(
            ({ thing, message }): Violation => ({
                policy,
                enforcementLevel,
                severity,
                object: thing.title,
                urn: thing.resource.urn,
                message,
            }),
        );
    });
    if (violations.length === 0) return violations;
    const secrets = secretTextsOf(resources);
    return violations.map((one) => ({
        ...one,
        object: withoutSecrets(one.object, secrets),
        message: withoutSecrets(one.message, secrets),
    }));
}
