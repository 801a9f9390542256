/**
 * A host or port that two objects claim goes to one of them, by age or by name, and the other is left out in silence.
 * Within one program components refuse it; hand-written objects and other stacks meet here.
 */
import { shownText } from "../../istio";
import type { Checks } from "../check";
import { fault, type PolicyFault, type Thing } from "../thing";
import { gatewayClaims } from "../objects/gateway-claims";
import { externalClaims, nodePortClaims, routeClaims } from "../objects/other-claims";
import type { HostClaim } from "../objects/claim";
import type { World } from "../world";

/** The stack in a URN: two stacks may each make an object of one name. */
function stackOf({ resource }: Thing): string {
    const [stack = "", project = ""] = resource.urn.replace(/^urn:pulumi:/, "").split("::");
    return `${project}/${stack}`;
}

function owner(other: Thing, own: Thing): string {
    return stackOf(other) === stackOf(own) ? other.title : `${other.title} of stack ${stackOf(other)}`;
}

/** The second claim of each is the fault; it names the first. */
function takenTwice(claims: readonly HostClaim[]): PolicyFault[] {
    const first = new Map<string, HostClaim>();
    const faults: PolicyFault[] = [];
    for (const claim of claims) {
        // What stands in two clusters is not in each other's way.
        const key = `${claim.thing.resource.cluster ?? ""} ${claim.key}`;
        const known = first.get(key);
        if (known === undefined) first.set(key, claim);
        else if (known.thing !== claim.thing && known.value !== claim.value)
            faults.push(
                conflict(
                    claim,
                    known,
                    `is ${shownText(claim.value)} on ${claim.what}, where ${owner(known.thing, claim.thing)} has ${shownText(known.value)}`,
                ),
            );
        else if (known.thing !== claim.thing && claim.exclusive)
            faults.push(conflict(claim, known, `claims ${claim.what}, as ${owner(known.thing, claim.thing)} does`));
    }
    return faults;
}

function conflict(claim: HostClaim, known: HostClaim, text: string): PolicyFault {
    // A stack that is only referred to is not judged: its claim stands, and the other one is told.
    const told = claim.thing.resource.judged ? claim : known;
    return fault(
        told.thing,
        told.field,
        `${told === claim ? text : `claims ${claim.what}, as ${owner(claim.thing, known.thing)} does`}. One of them is left out: give each its own.`,
    );
}

function allClaims(world: World): HostClaim[] {
    return [...gatewayClaims(world), ...routeClaims(world), ...externalClaims(world), ...nodePortClaims(world)];
}

export const hostClaimedOnce: Checks<"host-claimed-once"> = {
    stack: (world) => takenTwice(allClaims(world)),
};
