/**
 * The one way from arguments to what children are made of. Plain values are checked before anything is registered;
 * the rest in one apply, through which the input of every child flows, so that a bad value reaches none of them.
 */
import type * as pulumi from "@pulumi/pulumi";
import { refuse, type Fault } from "./faults";
import { checkedLater } from "./secrets";
import { knownPart } from "./unknown";

/**
 * Checks what is known of `wire` now, throwing all faults at once, and returns the whole of it, checked, for later.
 * `wire` holds data and Outputs of data only: no resource, and no key.
 */
export function settle<Plain>(
    owner: string,
    wire: object,
    check: (args: Plain) => readonly Fault[],
    gate: pulumi.Input<unknown> = true,
): pulumi.Output<Plain> {
    refuse(owner, check(knownPart(wire) as Plain));
    return checkedLater(owner, wire, check, gate);
}
