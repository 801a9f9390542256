/** Limits in the proxy's words: of VirtualServices for their hosts, and of the Services in front of the gateway for all. */
import {
    MAX_CONCURRENT_ANNOTATION,
    RATE_LIMIT_ANNOTATION,
    readMaxConcurrent,
    readRateLimits,
    type RateLimit,
} from "../../../istio/semantics";
import type { Placed } from "../../resources/model";
import type { CompilerSettings } from "../context/context";
import type { ObjectContext } from "../context/objects";
import { annotationField, annotationText, type Subject } from "../context/place";
import type { Family, Value } from "../graph/graph";
import type { LimitRule, LimitSource } from "../routing/model/limits";
import { matchOf } from "./conditions";

export class RateLimits implements LimitSource {
    /** An application is not kept from what it asks for; who serves it keeps others from it. */
    readonly #isMesh: boolean;
    readonly #read: Family<Subject, LimitRule>;
    readonly #ofGateway: Value<readonly LimitRule[]>;

    /** `inFront`: the Services in front of the gateway's pods. */
    constructor({ graph, settings }: ObjectContext, inFront: () => readonly Placed<"Service">[]) {
        this.#isMesh = settings.mode === "mesh";
        this.#read = graph.family((one) => readOf(one, settings));
        this.#ofGateway = graph.value(() => (this.#isMesh ? [] : inFront().flatMap((one) => (isLimiting(one) ? this.#read.get(one) : []))));
    }

    ofGateway(): readonly LimitRule[] {
        return this.#ofGateway.get();
    }

    ofRules(subject: Subject): LimitRule | undefined {
        if (this.#isMesh || subject.ref.kind !== "VirtualService" || !isLimiting(subject)) return undefined;
        return this.#read.get(subject);
    }
}

function isLimiting(subject: Subject): boolean {
    return annotationText(subject, RATE_LIMIT_ANNOTATION) !== undefined || annotationText(subject, MAX_CONCURRENT_ANNOTATION) !== undefined;
}

/** What is wrong with it the reader of the object has said; of an object that was never good it is here all the same. */
function readOf(subject: Subject, settings: CompilerSettings): LimitRule {
    const rates = annotationText(subject, RATE_LIMIT_ANNOTATION);
    const concurrent = annotationText(subject, MAX_CONCURRENT_ANNOTATION);
    const field = annotationField(rates === undefined ? MAX_CONCURRENT_ANNOTATION : RATE_LIMIT_ANNOTATION);
    const read = rates === undefined ? { limits: [] } : readRateLimits(rates);
    const most = concurrent === undefined ? undefined : readMaxConcurrent(concurrent);
    const fault = "fault" in read ? read.fault : typeof most === "object" ? most.fault : undefined;
    if (fault !== undefined || "fault" in read || typeof most === "object")
        return { subject, field, rates: [], refused: fault ?? "it can't be read" };
    return {
        subject,
        field,
        rates: read.limits.map((one) => rateOf(one, field, settings)),
        ...(most === undefined ? {} : { maxConcurrent: most }),
    };
}

function rateOf({ match, ...rest }: RateLimit, field: string, settings: CompilerSettings): LimitRule["rates"][number] {
    return { ...rest, matches: match.map((block) => matchOf(block, field, settings)?.conditions) };
}
