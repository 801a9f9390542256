/**
 * `pulumi-gatehouse/policy`: the policies as functions, for a user's own tests. The pack itself, for `pulumi preview
 * --policy-pack`, is the folder of this file. Nothing here needs Pulumi.
 */
import { configFaultText, readConfig } from "./config";
import { judge, type Violation } from "./judge";
import { resourceOf, type ResourceData } from "./resource";

export { POLICY_TABLE, type EnforcementLevel, type PolicyName, type Severity } from "./table";
export type { ResourceData, Violation };

export interface CheckOptions {
    /** As in a file for `--policy-config`: for `all` and for each policy a level, or a mapping with its parameters. */
    readonly config?: unknown;
    /** Resources that are there to be referred to and are not judged: those of the stacks below. */
    readonly beside?: readonly ResourceData[];
    /** Whether what is not among the resources is nowhere. Default: no stack is referred to. */
    readonly complete?: boolean;
    /** Milliseconds since 1970; default now. */
    readonly now?: number;
}

/** The configuration names what is not there, or gives it what it cannot take. */
export class PolicyConfigError extends Error {
    constructor(message: string) {
        super(message);
        this.name = "PolicyConfigError";
    }
}

/** What the policies have to say of an evaluation's resources. */
export function checkResources(resources: readonly ResourceData[], options: CheckOptions = {}): Violation[] {
    const { settings, faults } = readConfig(options.config);
    if (faults.length > 0)
        throw new PolicyConfigError(`The configuration of the policies is wrong. ${faults.map(configFaultText).join(" ")}`);
    const all = [...resources.map((one) => resourceOf(one)), ...(options.beside ?? []).map((one) => resourceOf(one, false))];
    return judge(all, {
        settings,
        context: { now: options.now ?? Date.now(), standInImages: [] },
        ...(options.complete === undefined ? {} : { complete: options.complete }),
    });
}
