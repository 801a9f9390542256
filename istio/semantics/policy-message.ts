/** What is said of a policy that is for gateways of the bundled proxy: the same wherever it is said. */
import type { Code } from "../codes";
import { refText, type KubeObject, type ObjectRef } from "../types";
import type { PolicyEffect } from "./policy-effect";
import { typedAlternatives } from "./typed-alternatives";

export interface PolicyMessage {
    readonly code: Code;
    readonly message: string;
    readonly fix: string;
}

function ignored(about: string, otherwise: string): PolicyMessage {
    return {
        code: "GH0461",
        message: `${about}; nothing of it is enforced, because --ignore-security-policies is given.`,
        fix: `Leave the switch out, ${otherwise}.`,
    };
}

/** So many gateways are named. */
const NAMED = 10;

function listed(gateways: readonly string[]): string {
    return gateways.slice(0, NAMED).join(", ") + (gateways.length > NAMED ? ` and ${gateways.length - NAMED} more` : "");
}

export interface PolicyCircumstances {
    /** --ignore-security-policies is given. */
    readonly isIgnored?: boolean;
    /** Why it can't be asked, though its kind can: it can't be read. */
    readonly why?: string;
}

/** `gateways`: `Gateway ns/name`, or what makes their pods. Undefined: there is nothing to say of it. */
export function policyMessage(
    object: KubeObject,
    ref: ObjectRef,
    effect: PolicyEffect,
    gateways: readonly string[],
    { isIgnored = false, why = "" }: PolicyCircumstances = {},
): PolicyMessage | undefined {
    const about = `${refText(ref)} is for ${listed(gateways)}`;
    switch (effect.kind) {
        case "decides":
            return isIgnored ? ignored(about, "and it decides who may pass") : undefined;
        case "restricts":
            if (isIgnored) return ignored(about, "and whom the policy is for refuses everything");
            return {
                code: "GH0460",
                message: `${about}, and ${why === "" ? "the bundled proxy does not evaluate it" : `can't be evaluated (${why})`}: HTTP requests there get 403, and TCP connections are closed.`,
                fix: why === "" ? 'Attach the policy to other workloads, or run the gateway with dataPlane: "istio".' : "Mend the policy.",
            };
        case "extends":
            return {
                code: "GH0462",
                message: `${about}, and the bundled proxy does nothing of it; requests are served without.`,
                fix: typedAlternatives(object),
            };
        case "settings":
            return {
                code: "GH0463",
                message: `${about}, and the bundled proxy does not read it.`,
                fix: "Write threads and environment variables on the gateway's workload.",
            };
        case "none":
            return { code: "GH0464", message: `${about} and restricts nothing there, because ${effect.reason}.`, fix: "" };
        default:
            return effect satisfies never;
    }
}
