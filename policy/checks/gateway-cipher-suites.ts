/** A suite without forward secrecy lets a stolen key open what was recorded; one without authenticated encryption is open to padding attacks. */
import { shownText } from "../../istio";
import { suitesIn } from "../../istio/cipher-suites";
import type { Checks } from "../check";
import { isGateway, serversOf } from "../objects/gateway";
import { fault, type Thing } from "../thing";
import { at, texts } from "../values";

/** The suites of TLS 1.3 are not chosen by Istio and all sound. */
const TLS13 = /^TLS_/;

function weak(
    thing: Thing,
    allowed: readonly string[],
): { readonly index: number; readonly field: string; readonly bad: readonly string[]; readonly good: readonly string[] }[] {
    if (!isGateway(thing)) return [];
    return serversOf(thing).flatMap(({ index, field, tls }) => {
        const suites = texts(at(tls, "cipherSuites"));
        const bad = suites.filter((entry) => !suitesIn(entry).every((suite) => TLS13.test(suite) || allowed.includes(suite)));
        return bad.length > 0 ? [{ index, field, bad, good: suites.filter((suite) => !bad.includes(suite)) }] : [];
    });
}

export const gatewayCipherSuites: Checks<"gateway-cipher-suites"> = {
    resource: (thing, { allowed }) =>
        weak(thing, allowed).map(({ field, bad }) =>
            fault(
                thing,
                `${field}.tls.cipherSuites`,
                `offers ${bad.map(shownText).join(", ")}. Want ${allowed.join(", ")}; leave it out for the defaults.`,
            ),
        ),
    remedy: (thing, { allowed }) =>
        weak(thing, allowed).map(({ index, good }) => ({
            path: ["spec", "servers", index, "tls", "cipherSuites"],
            value: good.length > 0 ? good : undefined,
        })),
};
