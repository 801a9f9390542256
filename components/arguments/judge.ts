/**
 * The order in which the arguments of every component are judged: by themselves, by the objects that would be made of
 * them, and, where nothing is wrong so far, by what other components of the program have taken.
 */
import { withoutWeaker, type Fault } from "./faults";
import { objectFaults, type Candidate } from "./objects";
import type { Owner } from "./owner";
import { takeClaims, takeNames, takeSettings, type Claim, type ObjectName, type Setting } from "./register";

/** Arguments as far as they could be judged by themselves. */
export interface Judged<Plan> {
    readonly faults: readonly Fault[];
    /**
     * What the objects are made of; with stand-ins where arguments are wrong or not known, so that the rest can be looked at.
     * Undefined where nothing can be made of them.
     */
    readonly plan: Plan | undefined;
    /** The plan is of the arguments alone, and what is taken by it can be told. */
    readonly sound: boolean;
}

/** What only one component of a program can have. */
export interface Taken {
    readonly claims?: readonly Claim[];
    readonly names?: readonly ObjectName[];
    readonly settings?: readonly Setting[];
}

/** What is to be made; what is wrong with it already goes to `faults`. */
type Candidates<Plan> = (plan: Plan, faults: Fault[]) => readonly Candidate[];

export function judge<Plan>(
    owner: Owner,
    { faults, plan, sound }: Judged<Plan>,
    candidates: Candidates<Plan>,
    taken: (plan: Plan) => Taken,
): Fault[] {
    if (plan === undefined) return withoutWeaker(faults);
    const made: Fault[] = [];
    const wrong = objectFaults(candidates(plan, made));
    const all = withoutWeaker([...faults, ...made, ...wrong]);
    if (all.length > 0 || !sound) return all;
    const { claims = [], names = [], settings = [] } = taken(plan);
    return [...takeClaims(owner, claims), ...takeNames(owner, names), ...takeSettings(owner, settings)];
}
