/** For whom a policy is: a selector of pods, or references to objects. */
import type { PolicyTargetReference, TrafficSelector } from "../types";
import { podSelector } from "./common";
import { list, object, required, text, whole, words, type Field, type ListField, type ObjectField } from "./field";

const TRAFFIC = ["UNDEFINED", "CLIENT", "SERVER", "CLIENT_AND_SERVER"];

export const policyTarget = (): ObjectField =>
    object<PolicyTargetReference>("an object that it is for", {
        group: text("its API group", { maxLength: 253 }),
        kind: required(text("its kind", { minLength: 1, maxLength: 63 })),
        name: required(text("its name", { minLength: 1, maxLength: 253 })),
        namespace: text("must be absent", { maxLength: 0 }),
    });

export const matchLabelsSelector = (): ObjectField => podSelector("pods it is for", "matchLabels", 4096);
export const targetReferences = (): ListField => list("objects it is for", policyTarget(), { max: 16 });

/** The three ways of most kinds. */
export const attachment = (): { readonly selector: Field; readonly targetRef: Field; readonly targetRefs: Field } => ({
    selector: matchLabelsSelector(),
    targetRef: policyTarget(),
    targetRefs: targetReferences(),
});
export const ONE_ATTACHMENT = ["selector", "targetRef", "targetRefs"] as const;

export const trafficSelectors = (): ListField =>
    list(
        "which traffic",
        object<TrafficSelector>("some traffic", {
            mode: words("which side of a call", TRAFFIC),
            ports: list("ports", object("a port", { number: required(whole("its number", 1, 65535)) })),
        }),
    );
